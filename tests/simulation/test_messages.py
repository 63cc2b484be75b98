"""The budget of messages: what one order says until its invoice, compared with what docs/performance.md says of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import fulfillment.consumers
from chassis.message import Record
from contracts.tenders import TopUpBalanceV1
from fulfillment.domain.states import ShipmentState
from fulfillment.domain.waves import Policy
from simulation.broker import header
from simulation.loop import run
from simulation.shop.catalogue import CURRENCY, CUSTOMERS
from simulation.sweep.crashes import Crashes
from simulation.sweep.sagas import Saga
from simulation.sweep.stage import SERVICES, Stage

PAGE = Path(__file__).parents[2] / "docs/performance.md"
ROW = re.compile(r"^\| (?:(\d+) \w+)? ?\| `([a-z.0-9-]+)` \| (\w+) \| ([\w, ]*)\|", re.MULTILINE)
SAGA = Saga(name="bench", ends="awaiting_receipt", wares={"tea": 2, "gift": 1}, channel="balance", deeds=())
POLICY = Policy(window=timedelta(0), self_advancing={"*": ShipmentState.DISPATCHED}, step=timedelta(0))


@dataclass(frozen=True, slots=True)
class Said:
    """A message, who said it, and which services take it."""

    type: str
    by: str
    takers: tuple[str, ...]


async def play() -> tuple[list[Said], str]:
    """Return what is said of one order, and where it ends."""
    stage = Stage(saga=SAGA, crashes=Crashes(at=()))
    world, records = stage.world, list[Record]()
    plans = dict(world.plans)
    plans["fulfillment"] = replace(plans["fulfillment"], routes=fulfillment.consumers.routes(policy=POLICY))
    world.plans = plans
    # Nobody picks, carries or pays from outside.
    world.broker.listeners.clear()
    for service in plans:
        world.supervise(service=service)
    await stage.prepare()
    world.publish(TopUpBalanceV1(top_up_id="t", customer_id=CUSTOMERS[0], currency=CURRENCY, amount=100_000))
    await world.until(lambda: not world.unquiet(), seconds=600)
    world.broker.listeners.append(records.append)
    world.publish(SAGA.command)
    await world.until(lambda: not world.unquiet(), seconds=600)
    stage.channel.close()
    takers = {
        type_: tuple(sorted(name for name in plans if type_ in plans[name].routes)) for type_ in map(_type, records)
    }
    return [
        Said(_type(each), header(each, "ce_source").strip("/"), takers[_type(each)]) for each in records
    ], stage.outcome().state


def _type(record: Record) -> str:
    return header(record, "ce_type")


def written() -> list[tuple[str, Said]]:
    """Return the table of the page: the transaction, and what it says."""
    section = PAGE.read_text().partition("## The messages of one order")[2].partition("\n## ")[0]
    return [
        (number, Said(type_, by, tuple(each.strip() for each in takers.split(",") if each.strip())))
        for number, type_, by, takers in ROW.findall(section)
    ]


def test_an_order_says_what_the_page_says() -> None:
    """A balance-paid order of two skus says these messages in this order until its invoice, and no other."""
    said, state = run(play())
    assert "awaiting_receipt" == state
    assert [each for _, each in written()] == said


def test_the_page_counts_what_it_lists() -> None:
    """Its sentences about the count of messages and transactions are the table's."""
    rows = written()
    transactions = {number for number, _ in rows if number}
    taken = [name for _, said in rows for name in said.takers]
    text = PAGE.read_text()
    assert f"{len(rows)} messages, {len(transactions)} transactions" in text
    counts = {service: taken.count(service) for service in SERVICES}
    assert (
        f"(order {counts['order']}, inventory {counts['inventory']}, payment, fulfillment and billing one each)" in text
    )
    assert (1, 1, 1) == (counts["payment"], counts["fulfillment"], counts["billing"])
