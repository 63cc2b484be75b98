"""The demo from start to end: bring up a house, replay, wait until all is at rest, and prove the result."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
from rich.console import Console

from simulators.baskets.model import LeftOut
from simulators.baskets.reference import Reference, derive_reference
from simulators.demo.books import Clerk
from simulators.demo.explain import explain
from simulators.demo.failures import FAILURES
from simulators.demo.options import Options, demo_environment
from simulators.demo.playing import Played, play
from simulators.demo.preparing import prepare
from simulators.demo.reconcile import Reconciliation
from simulators.demo.report import last_line, print_outcomes, print_reconciliation
from simulators.demo.settling import settle
from simulators.house.compose import ComposeHouse
from simulators.house.embedded import EmbeddedHouse
from simulators.house.house import House, Verdict
from simulators.shopper.customer import Lived
from simulators.shopper.plan import Life, Plan, Shares, make_plans

AT_REST_SECONDS = 30
_STUCK_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that the demo found out."""

    played: Played
    reconciliation: Reconciliation
    verdict: Verdict

    @property
    def violations(self) -> int:
        """What the auditor found, and every figure and order that differs from the data set."""
        wrong = sum(not figure.agrees for figure in self.reconciliation.figures)
        return self.verdict.violations + wrong + len(self.reconciliation.differences)

    @property
    def exit_code(self) -> int:
        """Zero when every order has ended and everything adds up."""
        return int(bool(self.played.stuck or self.violations))


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What is replayed: the plans, what must be known beforehand, and what the data has that no order shows."""

    run: str
    since: date
    plans: tuple[Plan, ...]
    reference: Reference
    left_out: LeftOut

    @classmethod
    def of_options(cls, *, options: Options) -> "Material":
        """Read the baskets and plan their lives."""
        now = datetime.now(UTC)
        run = options.run(now=now)
        replay = options.replay(run=run)
        baskets = list(replay.baskets())
        return cls(
            run=run,
            since=now.date(),
            plans=make_plans(baskets=baskets, seed=options.seed, run=run, shares=Shares()),
            reference=derive_reference(replay=replay),
            left_out=sum((basket.left_out for basket in baskets), LeftOut()),
        )


def run_demo(*, options: Options) -> int:
    """Run the demo and return the exit code; data and logs stay when there is something to look at."""
    console = Console()
    material = Material.of_options(options=options)
    folder = options.state or _temporary_folder()
    keep = options.state is not None
    begun = time.monotonic()
    try:
        with _house(options, folder, console) as house:
            outcome = asyncio.run(_demo(options, material, house, console))
        keep |= bool(outcome.exit_code)
    except FAILURES as error:
        keep = True
        console.print(f"demo: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
        return 1
    finally:
        if keep:
            console.print(f"data and logs: {folder}", highlight=False, soft_wrap=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(_last_line(outcome, seconds=time.monotonic() - begun))
    return outcome.exit_code


def _last_line(outcome: Outcome, *, seconds: float) -> str:
    played = outcome.played
    return last_line(
        lived=played.lived,
        planned=len(played.lived) + len(played.stuck),
        stuck=len(played.stuck),
        violations=outcome.violations,
        seconds=seconds,
    )


def _temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ordersaga-demo-"))
    # PostgreSQL runs as another user when we are root, and has to enter.
    folder.chmod(0o711)
    return folder


async def _demo(options: Options, material: Material, house: House, console: Console) -> Outcome:
    async with httpx.AsyncClient() as client:
        clerk = Clerk(addresses=house.addresses, client=client)
        before = await clerk.holdings()
        received = await prepare(
            addresses=house.addresses,
            reference=material.reference,
            plans=material.plans,
            run=material.run,
            say=_speaker(console),
        )
        before = replace(before, on_hand=before.on_hand + received)
        played = await play(
            house=house,
            plans=material.plans,
            run=material.run,
            at_once=options.at_once,
            seconds=options.patience,
            console=console,
        )
        _print_played(played, console)
        settled = await settle(
            house=house,
            clerk=clerk,
            lived=played.lived,
            order_ids=[each.plan.order_id for each in played.lived],
            before=before,
            since=material.since,
            within=AT_REST_SECONDS,
        )
        outcome = Outcome(played=played, reconciliation=settled.reconciliation, verdict=settled.verdict)
        await _print(outcome, material.left_out, clerk, console)
    return outcome


def _print_played(played: Played, console: Console) -> None:
    print_outcomes(console=console, lived=played.lived)
    for plan, stage in played.stuck[:_STUCK_SHOWN]:
        console.print(f"  stuck: order {plan.order_id} ({plan.life}), last known: {stage}", highlight=False)


async def _print(outcome: Outcome, left_out: LeftOut, clerk: Clerk, console: Console) -> None:
    print_reconciliation(console=console, reconciliation=outcome.reconciliation, left_out=left_out)
    console.print(outcome.verdict.words.strip(), highlight=False, markup=False, soft_wrap=True)
    if told := _worth_telling(outcome.played.lived):
        await explain(clerk=clerk, order_id=told.plan.order_id, console=console)


def _worth_telling(lived: Sequence[Lived]) -> Lived | None:
    """Return an order that went all the way and back, the smallest, else the smallest of all."""
    return min(lived, key=lambda each: (each.plan.life is not Life.REFUSED, len(each.plan.basket.lines)), default=None)


def _house(options: Options, folder: Path, console: Console) -> House:
    if options.stack == "compose":
        return ComposeHouse(folder=Path.cwd())
    return EmbeddedHouse(
        state_dir=folder,
        environment=demo_environment(seed=options.seed),
        say=_speaker(console),
    )


def _speaker(console: Console) -> Callable[[str], None]:
    return lambda line: console.print(line, highlight=False, soft_wrap=True)
