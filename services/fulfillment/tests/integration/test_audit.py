"""What the auditor finds in fulfillment's books, on a real PostgreSQL."""

import json
from collections.abc import AsyncIterator

import asyncpg
import pytest

from chassis.http import Queries
from chassis.poured import poured, violations
from chassis.testing import Bench
from embedded.templates import Database
from fulfillment.audit import CHECKS, ORDERS
from fulfillment.repository import TABLES
from services.fulfillment.tests.examples import (
    ORDER,
    OTHER,
    bench,
    create,
    dispatch,
    intercept,
    pack,
    pick,
    wish,
)


@pytest.fixture
def story() -> Bench:
    """Of one order a shipment went out and another waits to be picked; those of another order were intercepted."""
    it = bench()
    it.send(create(wish(1), wish(2)), create(order_id=OTHER))
    it.send(intercept(order_id=OTHER))
    for record in (pick(), pack(), dispatch()):
        it.send(record)
    return it


@pytest.fixture
async def queries(story: Bench, database: Database) -> AsyncIterator[Queries]:
    async with poured(bench=story, tables=TABLES, package="fulfillment", url=database.url) as queries:
        yield queries


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner_url)
    yield connection
    await connection.close()


async def test_sound_books_have_no_violation(queries: Queries, story: Bench) -> None:
    """Shipments that were created, waved, sent and intercepted by messages violate nothing."""
    assert {} == await violations(queries=queries, checks=CHECKS, bench=story)


async def test_each_order_has_its_shipments(queries: Queries) -> None:
    """What is known of an order are the shipments that may still go out, that are gone, and that went astray."""
    rows = await queries.fetch(ORDERS, "", 10)
    expected = {
        ORDER: {"open": 1, "gone": 1, "astray": 0},
        OTHER: {"open": 0, "gone": 0, "astray": 0},
    }
    assert expected == {row["order_id"]: json.loads(row["facts"]) for row in rows}
    assert [OTHER] == [row["order_id"] for row in await queries.fetch(ORDERS, ORDER, 10)]


@pytest.mark.parametrize(
    "damage, checks",
    [
        (
            "UPDATE shipments SET document = jsonb_set(document, '{sub_order_id}', '\"s\"')",
            ["audit_shipments"],
        ),
        ("UPDATE shipments SET wave_id = 'another'", ["audit_waves"]),
        ("UPDATE shipments SET wave_id = NULL", ["audit_waves"]),
        (
            "INSERT INTO waves SELECT 'second', warehouse_id, shipment_ids, closed_at FROM waves LIMIT 1",
            ["audit_waves"],
        ),
        ("DELETE FROM shipments WHERE waybill IS NOT NULL", ["audit_waves"]),
    ],
)
async def test_damage_is_found(
    queries: Queries, owner: asyncpg.Connection, story: Bench, damage: str, checks: list[str]
) -> None:
    """A shipment that is there twice, or in another wave than it says, is found by the check that it concerns."""
    await owner.execute(damage)
    assert checks == sorted(await violations(queries=queries, checks=CHECKS, bench=story))
