"""What the auditor finds in the books of the order service, on a real PostgreSQL."""

import json
from collections.abc import AsyncIterator

import asyncpg
import pytest

from chassis.http import Queries
from chassis.poured import poured, violations
from chassis.testing import Bench
from embedded.templates import Database
from order.audit.books import CHECKS, ORDERS
from order.repository import TABLES
from services.order.tests.basket import ID, cancel
from services.order.tests.examples import Shop


@pytest.fixture
def story() -> Bench:
    """A paid order waits for the warehouse to say whether it can still be stopped."""
    shop = Shop()
    shop.confirmed()
    shop.say(cancel())
    return shop.bench


@pytest.fixture
async def queries(story: Bench, database: Database) -> AsyncIterator[Queries]:
    async with poured(bench=story, tables=TABLES, package="order", url=database.url) as queries:
        yield queries


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner_url)
    yield connection
    await connection.close()


async def test_sound_books_have_no_violation(queries: Queries, story: Bench) -> None:
    """An order that was placed, paid and is being cancelled by messages violates nothing."""
    assert {} == await violations(queries=queries, checks=CHECKS, bench=story)


async def test_each_order_has_its_state(queries: Queries, owner: asyncpg.Connection) -> None:
    """What is known of an order is its state, and that it has ended when nothing runs any more."""

    async def facts() -> dict[str, object]:
        rows = await queries.fetch(ORDERS, "", 10)
        return {row["order_id"]: json.loads(row["facts"]) for row in rows}

    assert {ID: {"state": "cancelling", "terminal": False, "accepted": True, "running": True}} == await facts()
    await owner.execute("UPDATE orders SET state = 'cancelled', running = FALSE")
    assert {ID: {"state": "cancelled", "terminal": True, "accepted": True, "running": False}} == await facts()
    assert [] == await queries.fetch(ORDERS, ID, 10)


@pytest.mark.parametrize(
    "damage, checks",
    [
        ("DELETE FROM tasks", ["audit_clocks"]),
        ("UPDATE orders SET document = jsonb_set(document, '{sagas,cancellation-1,due}', 'null')", ["audit_clocks"]),
        ("UPDATE orders SET stuck = TRUE", ["audit_stuck"]),
        ("UPDATE orders SET running = FALSE; DELETE FROM tasks", ["audit_clocks", "audit_locks", "audit_open_orders"]),
        ("UPDATE terms SET document = jsonb_set(document, '{priced,due}', '1')", ["audit_parts"]),
        ("UPDATE entries SET why = 'another reason' WHERE number = 2", ["audit_history"]),
        ("UPDATE entries SET at = at + interval '1 microsecond' WHERE number = 1", ["audit_history"]),
        ("DELETE FROM entries WHERE number = 2", ["audit_history"]),
        ("DELETE FROM entries WHERE number = (SELECT max(number) FROM entries)", ["audit_history"]),
        ("UPDATE orders SET document = jsonb_set(document, '{head}', '\"\"')", ["audit_history"]),
    ],
)
async def test_damage_is_found(
    queries: Queries, owner: asyncpg.Connection, story: Bench, damage: str, checks: list[str]
) -> None:
    """A clock that is gone, an order that nothing moves, and a history that was changed are found."""
    await owner.execute(damage)
    assert checks == sorted(await violations(queries=queries, checks=CHECKS, bench=story))
