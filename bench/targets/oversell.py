"""Many more reservations of one sku than there are units: exactly the units are granted, and none twice."""

import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx
from rich.console import Console

from bench.cpu import cpu_seconds
from bench.following import Ends
from bench.house import REGION, SOURCE
from bench.ours import Ours, opened
from bench.rounds import since
from bench.targets.slices import Session
from bench.workload import Workload, customer_name, sku_name
from contracts.ids import order_id
from contracts.inventory import ReserveStockV1, StockLine
from simulators.demo.books import PAGE, Clerk
from simulators.house.addresses import SERVICES
from simulators.publishing import Outgoing, Publisher, derived_id, record_of

_GRANTED, _REFUSED = frozenset({b"inventory.stock-reserved.v1"}), frozenset({b"inventory.stock-refused.v1"})
_AT_ONCE = 1_000
_COUNTED = ("inventory", "postgres", "kafka")


async def measure_oversell(*, session: Session, attempts: int, units: int) -> list[str]:
    """Print how many of the attempts were granted, what one took, and return what is wrong."""
    workload = Workload(seed=session.plan.workload.seed, skus=2, customers=20, units=units)
    session.say("starting")
    async with opened(workload=workload) as ours:
        for service in SERVICES:
            # The others would wonder at reservations of orders that nobody placed.
            if service != "inventory":
                ours.house.kill(service)
        session.say(f"{attempts:,} attempts on {units:,} units")
        before, begun = cpu_seconds(roots=_roots(ours)), time.perf_counter()
        answers = await _attempt(ours, attempts)
        seconds = time.perf_counter() - begun
        cpu = since(before=before, after=cpu_seconds(roots=_roots(ours)))
        session.say("verifying")
        wrong = compare_answers(answers=answers, attempts=attempts, units=units, shelf=await _shelf(ours))
    _print(session.console, answers, seconds, {name: value * 1000 / attempts for name, value in cpu.items()})
    return wrong


def _roots(ours: Ours) -> dict[str, int]:
    return {name: pid for name, pid in ours.pids().items() if name in _COUNTED}


async def _attempt(ours: Ours, attempts: int) -> Counter[bool]:
    """Ask for one unit so many times, and count the answers: true for a granted one."""
    kafka, now = ours.house.addresses.kafka, datetime.now(UTC)
    answered = Ends(bootstrap=kafka, topics=("inventory.events",), good=_GRANTED, bad=_REFUSED)
    await answered.start()
    try:
        async with Publisher(bootstrap=kafka, source=SOURCE) as publisher:
            waiting = []
            for first in range(0, attempts, _AT_ONCE):
                records = [_record(number, now) for number in range(first, min(first + _AT_ONCE, attempts))]
                waiting += [answered.expect(order_id=record.key.decode()) for record in records]
                await publisher.publish_all(records=records)
            return Counter([await answer for answer in waiting])
    finally:
        await answered.stop()


def _record(number: int, now: datetime) -> Outgoing:
    customer = customer_name(number=number)
    order = order_id(customer_id=customer, idempotency_key="oversell")
    message = ReserveStockV1(
        order_id=order,
        customer_id=customer,
        region=REGION,
        method="standard",
        hold_until=now + timedelta(days=1),
        lines=(StockLine(line_id="l1", sku=sku_name(number=0), quantity=1),),
    )
    return record_of(message=message, id_=derived_id(at=now, of=(order, "oversell")), source=SOURCE, at=now)


async def _shelf(ours: Ours) -> Mapping[str, int]:
    async with httpx.AsyncClient() as client:
        clerk = Clerk(addresses=ours.house.addresses, client=client)
        places = await clerk.ask(service="inventory", path="/stock", limit=PAGE)
    found = next(place for place in places if place["sku"] == sku_name(number=0))
    return {"on hand": found["on_hand"], "reserved": found["reserved"]}


def compare_answers(*, answers: Counter[bool], attempts: int, units: int, shelf: Mapping[str, int]) -> list[str]:
    """Return what is wrong with answers and shelf."""
    granted = min(attempts, units)
    wrong = []
    if (answers[True], answers[False]) != (granted, attempts - granted):
        wrong.append(f"{answers[True]} were granted and {answers[False]} refused of {attempts}, with {units} units")
    if shelf != {"on hand": units, "reserved": granted}:
        wrong.append(f"the shelf has {shelf}, {granted} of {units} units must be reserved")
    return wrong


def _print(console: Console, answers: Counter[bool], seconds: float, cpu: Mapping[str, float]) -> None:
    total = answers.total()
    split = ", ".join(f"{name} {value:.2f}" for name, value in cpu.items())
    console.print(
        f"{total:,} attempts: {answers[True]:,} granted, {answers[False]:,} refused; "
        f"{total / seconds:,.0f} attempts/s; CPU ms per attempt {sum(cpu.values()):.2f}: {split}",
        highlight=False,
        soft_wrap=True,
    )
