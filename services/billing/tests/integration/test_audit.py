"""What the auditor finds in billing's books, on a real PostgreSQL."""

import json
from collections.abc import AsyncIterator

import asyncpg
import pytest

from billing.audit import CHECKS, ORDERS
from billing.repository import TABLES
from chassis.http import Queries
from chassis.poured import poured, violations
from chassis.testing import Bench
from embedded.templates import Database
from services.billing.tests.examples import ORDER, TOTAL, bench, credit, invoice, other


@pytest.fixture
def story() -> Bench:
    """Two orders were invoiced, one of them with tax on top; of that one two teas and the freight were credited."""
    it = bench()
    it.send(invoice(), other(1))
    it.send(credit("credit-1", ("tea", 2, 1_800)), credit("credit-2", freight=500))
    return it


@pytest.fixture
async def queries(story: Bench, database: Database) -> AsyncIterator[Queries]:
    async with poured(bench=story, tables=TABLES, package="billing", url=database.url) as queries:
        yield queries


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner_url)
    yield connection
    await connection.close()


async def test_sound_books_have_no_violation(queries: Queries, story: Bench) -> None:
    """Invoices and credit notes that were issued by messages violate nothing."""
    assert {} == await violations(queries=queries, checks=CHECKS, bench=story)


async def test_each_order_has_its_documents(queries: Queries) -> None:
    """What is known of an order is what it was invoiced and credited."""
    rows = await queries.fetch(ORDERS, "", 10)
    found = {row["order_id"]: json.loads(row["facts"]) for row in rows}
    assert {"invoiced": TOTAL, "credited": 2_300} == found[ORDER]
    assert 2 == len(found)
    assert [] == await queries.fetch(ORDERS, max(found), 10)


@pytest.mark.parametrize(
    "damage, checks",
    [
        ("UPDATE documents SET total = total + 1 WHERE kind = 'invoice'", ["audit_red", "audit_totals"]),
        ("UPDATE documents SET total = total + 1 WHERE kind = 'credit_note'", ["audit_red", "audit_totals"]),
        ("UPDATE documents SET document = jsonb_set(document, '{lines}', '[]')", ["audit_totals"]),
        ("UPDATE bills SET amount_left = 0", ["audit_red"]),
        ("DELETE FROM documents WHERE kind = 'invoice' AND serial = 1", ["audit_numbers", "audit_red"]),
        ("UPDATE documents SET serial = serial + 1 WHERE serial = 2", ["audit_numbers"]),
        ("UPDATE sequences SET last = last + 1", ["audit_numbers"]),
        (
            "DROP INDEX documents_invoice_once; UPDATE documents SET sub_order_id = 's' WHERE kind = 'invoice'",
            ["audit_invoices", "audit_red"],
        ),
    ],
)
async def test_damage_is_found(
    queries: Queries, owner: asyncpg.Connection, story: Bench, damage: str, checks: list[str]
) -> None:
    """A document, bill or number that was tampered with is found by the checks that it concerns."""
    await owner.execute(damage)
    assert checks == sorted(await violations(queries=queries, checks=CHECKS, bench=story))
