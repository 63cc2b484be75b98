"""What the auditor finds in payment's books, on a real PostgreSQL."""

import json
from collections.abc import AsyncIterator

import asyncpg
import pytest

from chassis.http import Queries
from chassis.poured import poured, violations
from chassis.testing import Bench
from embedded.templates import Database
from payment.audit import CHECKS, ORDERS
from payment.repository import TABLES
from services.payment.tests.examples import (
    DUE,
    ORDER,
    asked,
    believed,
    bench,
    lock,
    notice,
    payment,
    refund,
    refund_answered,
    requested,
    tender,
)


@pytest.fixture
def story() -> Bench:
    """An order was paid twice and with a coupon; the second payment went back, a part of the first is on its way."""
    it = bench()
    it.send(tender(amount=500))
    it.send(lock(("coupon-1", 300)))
    requested(it)
    it.send(notice())
    asked(it, ("cap-1", DUE))
    it.send(notice("cap-2"))
    believed(it, "cap-2")
    (double,) = (refund.id for refund in payment(it).refunds)
    refund_answered(it, double)
    it.send(refund())
    return it


@pytest.fixture
async def queries(story: Bench, database: Database) -> AsyncIterator[Queries]:
    async with poured(bench=story, tables=TABLES, package="payment", url=database.url) as queries:
        yield queries


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner_url)
    yield connection
    await connection.close()


async def test_sound_books_have_no_violation(queries: Queries, story: Bench) -> None:
    """Money that was taken twice, sent back once and refunded in part by messages violates nothing."""
    assert {} == await violations(queries=queries, checks=CHECKS, bench=story)


async def test_each_order_has_its_money(queries: Queries) -> None:
    """What is known of an order is what was taken, given back and is on its way back, and the tenders that it holds."""
    rows = await queries.fetch(ORDERS, "", 10)
    expected = {"captured": 2 * DUE, "refunded": DUE, "in_flight": 2_000, "due": DUE, "tenders_held": 300}
    assert {ORDER: expected} == {row["order_id"]: json.loads(row["facts"]) for row in rows}
    assert [] == await queries.fetch(ORDERS, ORDER, 10)


@pytest.mark.parametrize(
    "damage, checks",
    [
        ("UPDATE postings SET amount = amount + 1 WHERE account = 'FREIGHT'", ["audit_entries"]),
        ("DELETE FROM postings WHERE account = 'CASH_IN_TRANSIT'", ["audit_cash", "audit_entries"]),
        ("UPDATE payments SET captured = captured + 1", ["audit_captures", "audit_cash", "audit_folds"]),
        ("UPDATE payments SET refunded = 0", ["audit_cash", "audit_folds"]),
        ("UPDATE payments SET due = due - 1", ["audit_captures"]),
        ("UPDATE payments SET document = jsonb_set(document, '{refunds,0,of}', '\"\"')", ["audit_captures"]),
        ("UPDATE payments SET document = jsonb_set(document, '{facts}', '[]')", ["audit_folds"]),
        (
            "UPDATE payments SET document = jsonb_set(document, '{refunds,1,id}', document #> '{refunds,0,id}')",
            ["audit_intents"],
        ),
        (
            "UPDATE payments SET document = jsonb_insert(document, '{attempts,0}', document #> '{attempts,0}')",
            ["audit_intents"],
        ),
        ("UPDATE tenders SET consumed = consumed - 1, available = available + 1", ["audit_tenders"]),
        ("UPDATE payments SET document = jsonb_set(document, '{holds,0,returned}', '1')", ["audit_tenders"]),
    ],
)
async def test_damage_is_found(
    queries: Queries, owner: asyncpg.Connection, story: Bench, damage: str, checks: list[str]
) -> None:
    """An entry, amount, fact, refund or tender that was tampered with is found by the checks that it concerns."""
    await owner.execute(damage)
    assert checks == sorted(await violations(queries=queries, checks=CHECKS, bench=story))
