"""Variants of the workload in one house, in turns: the house and the hour are the same, only the orders differ."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from bench.ours import opened
from bench.targets.slices import Row, Session, Slice, carry_slice, print_slices
from bench.workload import Workload


def hot_and_uniform(*, workload: Workload) -> dict[str, Workload]:
    """Return orders on all skus, and orders that all want one sku."""
    return {"uniform": replace(workload, hot=False), "hot": replace(workload, hot=True)}


def with_and_without(*, workload: Workload, duplicates: float) -> dict[str, Workload]:
    """Return orders that come once, and orders of which a share comes twice."""
    return {
        "none": replace(workload, duplicates=0.0),
        f"{duplicates:.0%} twice": replace(workload, duplicates=duplicates),
    }


async def measure_variants(*, session: Session, title: str, variants: Mapping[str, Workload]) -> list[str]:
    """Print a row per variant and return what is wrong with the books of all their orders."""
    plan, say = session.plan, session.say
    row, slices = Row(), defaultdict[str, list[Slice]](list)
    say("starting")
    async with opened(workload=plan.workload) as ours:
        for name, workload in variants.items():
            say(f"warming up: {name}")
            orders = row.take(workload=workload, count=plan.orders // 2)
            await carry_slice(ours=ours, orders=orders, window=plan.window)
        for number in range(session.rounds):
            # Forth and back: a machine that becomes slower, and databases that grow, favour neither.
            for name in variants if number % 2 == 0 else reversed(list(variants)):
                say(f"round {number + 1} of {session.rounds}: {name}")
                orders = row.take(workload=variants[name], count=plan.orders)
                slices[name].append(await carry_slice(ours=ours, orders=orders, window=plan.window))
        say("verifying")
        wrong = await ours.verify(orders=row.taken)
    print_slices(title=title, slices={name: slices[name] for name in variants}, console=session.console)
    return wrong
