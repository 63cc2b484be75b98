"""What the auditor finds in inventory's books, on a real PostgreSQL."""

import json
from collections.abc import AsyncIterator

import asyncpg
import pytest

from chassis.http import Queries
from chassis.poured import poured, violations
from chassis.testing import MONDAY, Bench
from contracts.fulfillment import ShipmentDispatchedV1
from contracts.inventory import CommitStockV1
from contracts.values import PickedLine
from embedded.templates import Database
from inventory.audit import CHECKS, ORDERS
from inventory.repository import TABLES
from services.inventory.tests.examples import ORDER, OTHER, bench, receive, reserve


@pytest.fixture
def story() -> Bench:
    """Ten pieces of tea were received, five are reserved, and two of them were dispatched."""
    it = bench(stock={"fish": {}})
    it.send(receive(10))
    it.send(reserve({"l1": ("tea", 3)}), reserve({"l1": ("tea", 2)}, order_id=OTHER, customer_id="c2"))
    it.send(CommitStockV1(order_id=OTHER))
    it.send(
        ShipmentDispatchedV1(
            order_id=OTHER,
            sub_order_id=f"{OTHER}-s1",
            shipment_id=f"{OTHER}-s1-d1",
            warehouse_id="north",
            carrier="hare",
            waybill="w1",
            collect=0,
            lines=(PickedLine(line_id="l1", sku="tea", quantity=2),),
            dispatched_at=MONDAY,
        )
    )
    return it


@pytest.fixture
async def queries(story: Bench, database: Database) -> AsyncIterator[Queries]:
    async with poured(bench=story, tables=TABLES, package="inventory", url=database.url) as queries:
        yield queries


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner_url)
    yield connection
    await connection.close()


async def test_sound_books_have_no_violation(queries: Queries, story: Bench) -> None:
    """Goods that were received, reserved and dispatched by messages violate nothing."""
    assert {} == await violations(queries=queries, checks=CHECKS, bench=story)


async def test_each_order_has_what_it_reserves(queries: Queries) -> None:
    """What is known of an order are the pieces that it reserves and that were not dispatched."""
    rows = await queries.fetch(ORDERS, "", 10)
    assert {ORDER: {"reserved": 3}, OTHER: {"reserved": 0}} == {
        row["order_id"]: json.loads(row["facts"]) for row in rows
    }
    assert [OTHER] == [row["order_id"] for row in await queries.fetch(ORDERS, ORDER, 10)]


@pytest.mark.parametrize(
    "damage, checks",
    [
        ("UPDATE stock SET reserved = 4", ["audit_counters", "audit_reserved"]),
        ("UPDATE stock SET on_hand = 9", ["audit_counters", "audit_received"]),
        ("UPDATE stock SET written_off = 1", ["audit_counters", "audit_received"]),
        ("DELETE FROM movements WHERE kind = 'reserve'", ["audit_counters"]),
        ("DELETE FROM movements WHERE kind = 'receive'", ["audit_counters", "audit_received"]),
        (
            "UPDATE reservations SET state = 'released', ends = NULL WHERE state = 'held'",
            ["audit_holds", "audit_reserved"],
        ),
        (
            "UPDATE reservations SET document = jsonb_set(document, '{allocations,0,quantity}', '4')",
            ["audit_holds", "audit_lines", "audit_reserved"],
        ),
        ("UPDATE stock SET holds = '{}'", ["audit_holds"]),
        (
            "ALTER TABLE stock DROP CONSTRAINT stock_reserved_check; UPDATE stock SET on_hand = 2",
            ["audit_counters", "audit_holds", "audit_received"],
        ),
    ],
)
async def test_damage_is_found(
    queries: Queries, owner: asyncpg.Connection, story: Bench, damage: str, checks: list[str]
) -> None:
    """A counter, movement, reservation or line that was tampered with is found by the checks that it concerns."""
    await owner.execute(damage)
    assert checks == sorted(await violations(queries=queries, checks=CHECKS, bench=story))
