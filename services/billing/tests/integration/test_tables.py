"""The tables on a real PostgreSQL: numbers without gaps under concurrency, documents that stay as they are."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import asyncpg
import pytest

from billing.domain.kinds import BILL, SEQUENCE
from chassis.databasebench import DatabaseBench
from chassis.message import shard_of
from chassis.statements import read_statements
from chassis.testing import refused_statements
from contracts.topics import PARTITIONS
from embedded.eventually import eventually
from services.billing.tests.examples import ORDER, SUB_ORDER, TOTAL, bench, credit, invoice, other

Process = Callable[[], AbstractAsyncContextManager[DatabaseBench]]
STATEMENTS = read_statements(package="billing")


async def test_every_statement_fits_the_schema(runner: asyncpg.Connection) -> None:
    """Every named statement can be prepared by the role that serves."""
    assert {} == await refused_statements(connection=runner, statements=STATEMENTS)


async def test_a_bill_s_life_is_the_same_as_in_memory(on: DatabaseBench) -> None:
    """The same story over PostgreSQL tells the same events, and leaves the same bill."""
    memory = bench()
    for step in (invoice(), credit("c1", ("tea", 1, 900)), credit("c2", ("tea", 9, 1)), credit("c3"), invoice()):
        expected = memory.send(step)
        told = await on.send(step)
        assert (expected.emitted, expected.outcome) == (told.emitted, told.outcome)
    assert memory.aggregate(BILL, SUB_ORDER) == await on.aggregate(BILL, SUB_ORDER)


async def test_what_was_billed_adds_up(on: DatabaseBench, runner: asyncpg.Connection) -> None:
    """Invoices less credit notes of an order are what is left of its bills."""
    await on.send(invoice())
    await on.send(credit("c1", ("tea", 1, 900)))
    rows = await runner.fetch(STATEMENTS["billed_of_order"], ORDER)
    assert [("EUR", TOTAL, 900)] == [tuple(row) for row in rows]
    assert TOTAL - 900 == await runner.fetchval("SELECT sum(amount_left) FROM bills")


async def test_who_begins_a_series_waits_for_another_who_does(on: DatabaseBench, runner: asyncpg.Connection) -> None:
    """What is not there cannot be locked, but its name can: the second one goes on from what the first has drawn."""
    async with runner.transaction():
        await runner.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"{SEQUENCE.name}:E:apple-farm")
        second = asyncio.create_task(on.send(invoice()))
        await eventually(lambda: runner.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))
        await runner.execute("INSERT INTO sequences VALUES ('E:apple-farm', 'apple-farm', 'E', 2026, 1)")
    await second
    assert [2] == [row["serial"] for row in await runner.fetch("SELECT serial FROM documents")]


async def test_numbers_have_no_gap_when_two_processes_draw_them(process: Process, runner: asyncpg.Connection) -> None:
    """Two processes that invoice one issuer at once draw every number once, from the very first on."""
    async with process() as one, process() as two:
        await one.own(shards=range(0, PARTITIONS, 2))
        await two.own(shards=range(1, PARTITIONS, 2))
        wanted = [other(number) for number in range(60)]
        await asyncio.gather(*((one, two)[shard_of(each.order_id, PARTITIONS) % 2].send(each) for each in wanted))
    serials = await runner.fetch("SELECT serial FROM documents ORDER BY serial")
    assert list(range(1, 61)) == [row["serial"] for row in serials]
    assert 60 == await runner.fetchval("SELECT last FROM sequences")
    assert [] == await runner.fetch(STATEMENTS["find_gaps"])


async def test_a_write_that_is_rolled_back_has_drawn_nothing(on: DatabaseBench, runner: asyncpg.Connection) -> None:
    """A document that the database refuses takes its number with it: the next one gets it."""
    await on.send(other(1))
    await runner.execute(
        "INSERT INTO documents SELECT 'stray', kind, issuer, series, year, 2, 'stray', order_id, 'stray', currency, "
        "total, issued_at, document FROM documents",
    )
    refused = await on.send(other(2))
    assert "dead" == refused.outcome
    assert 1 == await runner.fetchval("SELECT last FROM sequences")


async def test_a_missing_number_is_found(on: DatabaseBench, database_admin: asyncpg.Connection) -> None:
    """The auditor's query names the series in which a document is gone."""
    await on.send(other(1), other(2), other(3))
    await database_admin.execute("DELETE FROM documents WHERE serial = 2")
    rows = await database_admin.fetch(STATEMENTS["find_gaps"])
    assert [("apple-farm", "E", 2026, 2, 3)] == [tuple(row) for row in rows]


async def test_a_new_year_begins_at_one(on: DatabaseBench, runner: asyncpg.Connection) -> None:
    """The sequence row starts anew with the first document of a year, and old numbers stay without a gap."""
    await on.send(other(1), other(2))
    on.clock.time = on.clock.time.replace(year=2027)
    await on.store.maintain(now=on.clock.time)
    await on.send(other(3))
    assert ["E2026-00000001", "E2026-00000002", "E2027-00000001"] == [
        row["number"] for row in await runner.fetch("SELECT number FROM documents ORDER BY number")
    ]
    assert [] == await runner.fetch(STATEMENTS["find_gaps"])


@pytest.mark.parametrize("statement", ["UPDATE documents SET total = 1", "DELETE FROM documents", "TRUNCATE documents"])
async def test_nobody_edits_a_document(on: DatabaseBench, runner: asyncpg.Connection, statement: str) -> None:
    """The role that serves can only add documents."""
    await on.send(invoice())
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await runner.execute(statement)


async def test_red_is_within_blue_by_the_database(on: DatabaseBench, runner: asyncpg.Connection) -> None:
    """Even a wrong handler could not credit more than was invoiced."""
    await on.send(invoice())
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await runner.execute("UPDATE bills SET amount_left = -1")
    assert "bills_red_within_blue" == caught.value.constraint_name


async def test_a_repeat_is_known_by_the_bill_that_was_saved(on: DatabaseBench, runner: asyncpg.Connection) -> None:
    """A bill that was loaded again knows the same figures and draws no second number."""
    await on.send(invoice())
    assert "duplicate" == (await on.send(invoice())).outcome
    assert 1 == await runner.fetchval("SELECT count(*) FROM documents")
