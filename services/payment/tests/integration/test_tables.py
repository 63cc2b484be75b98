"""The tables on a real PostgreSQL: what is saved comes back, what must add up is held to it."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from uuid import UUID

import asyncpg
import pytest

from chassis.databasebench import DatabaseBench
from chassis.message import shard_of
from chassis.statements import read_statements
from chassis.testing import Bench, refused_statements
from contracts.topics import PARTITIONS
from contracts.values import Contract
from payment.domain.kinds import EXCEPTION, PAYMENT, TOP_UP
from services.payment.tests.examples import (
    ATTEMPT,
    DUE,
    ORDER,
    accounts,
    bench,
    captures,
    lock,
    notice,
    refund,
    release,
    request,
    settle,
    statement_line,
    tender,
    top_up,
)

STORY: tuple[Contract | tuple[str, dict[str, object]], ...] = (
    tender(),
    top_up(),
    lock(("coupon-1", 300)),
    request(),
    (ATTEMPT, {"verdict": "yes", "pay_url": "https://pay.example/1"}),
    notice(amount=4_000),
    (f"{ATTEMPT}:query:1", captures(("cap-1", 4_000))),
    notice("cap-2", 6_050),
    (f"{ATTEMPT}:query:2", captures(("cap-1", 4_000), ("cap-2", 6_050))),
    (f"{ORDER}-e1", {"verdict": "yes", "reference": "back-1"}),
    settle(),
    refund(),
    (f"{ORDER}-r1", {"verdict": "yes", "reference": "back-2"}),
    release("r1", ("coupon-1", 60)),
    statement_line(amount=4_000),
    statement_line("fee-1", 40, kind="fee", line_number=2),
    statement_line("unheard", 7, line_number=3),
)


async def sums(connection: asyncpg.Connection) -> dict[str, int]:
    """Return the balance of each account that is not zero."""
    statement = read_statements(package="payment")["show_trial_balance"]
    return {row["account"]: row["amount"] for row in await connection.fetch(statement) if row["amount"]}


async def test_every_statement_fits_the_schema(runner: asyncpg.Connection) -> None:
    """Every named statement can be prepared by the role that serves."""
    assert {} == await refused_statements(connection=runner, statements=read_statements(package="payment"))


async def test_a_payment_s_life_is_the_same_as_in_memory(on: DatabaseBench, runner: asyncpg.Connection) -> None:
    """The same story over PostgreSQL tells the same events, and leaves the same payment and ledger."""
    memory: Bench = bench()
    for step in STORY:
        if isinstance(step, tuple):
            told, expected = await on.answer_call(*step), memory.answer_call(*step)
        else:
            told, expected = await on.send(step), memory.send(step)
        assert (expected.emitted, expected.outcome) == (told.emitted, told.outcome)
    assert memory.aggregate(PAYMENT, ORDER) == await on.aggregate(PAYMENT, ORDER)
    assert memory.aggregate(TOP_UP, "top-1") == await on.aggregate(TOP_UP, "top-1")
    assert accounts(memory) == await sums(runner)
    tenders = await runner.fetchrow("SELECT available, locked, consumed, issued FROM tenders")
    assert (260, 0, 240, 500) == tuple(tenders or ())
    numbers = [key for (kind, key) in memory.store.aggregates if kind is EXCEPTION]
    for number in numbers:
        stored = await on.aggregate(EXCEPTION, number)
        assert memory.aggregate(EXCEPTION, number) == stored


async def test_the_columns_are_the_fold(on: DatabaseBench, runner: asyncpg.Connection) -> None:
    """State and amounts can be queried without reading the document."""
    await on.send(top_up())
    await on.send(request(channel="balance"))
    await on.send(refund())
    row = await runner.fetchrow("SELECT state, channel, due, captured, refunded, in_flight FROM payments")
    assert ("reconciled", "balance", DUE, DUE, 2_000, 0) == tuple(row or ())


@pytest.mark.parametrize("statement", ["UPDATE postings SET amount = 1", "DELETE FROM postings", "TRUNCATE postings"])
async def test_nobody_changes_a_posting(on: DatabaseBench, runner: asyncpg.Connection, statement: str) -> None:
    """The role that serves can only add to the ledger."""
    await on.send(top_up())
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await runner.execute(statement)


@pytest.mark.parametrize(
    "legs",
    [
        [("e", 1, "CASH", "EUR", 5)],
        [("e", 1, "CASH", "EUR", 5), ("e", 2, "SUSPENSE", "EUR", -4)],
        [("e", 1, "CASH", "EUR", 5), ("e", 2, "SUSPENSE", "USD", -5)],
        [("e", 1, "CASH", "EUR", 5), ("f", 1, "SUSPENSE", "EUR", -5)],
    ],
)
async def test_an_entry_that_does_not_balance_is_refused(
    runner: asyncpg.Connection, legs: list[tuple[str, int, str, str, int]]
) -> None:
    """The database itself refuses an entry whose sum per currency is not zero."""
    entries, lines, names, currencies, amounts = map(list, zip(*legs, strict=True))
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await runner.execute(
            "INSERT INTO postings SELECT e, l, 'o', a, c, n, now() "
            "FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::bigint[]) AS x (e, l, a, c, n)",
            entries,
            lines,
            names,
            currencies,
            amounts,
        )
    assert "postings_entry_balances" == caught.value.constraint_name


async def test_refunds_beyond_captures_are_refused_by_the_database(
    on: DatabaseBench, runner: asyncpg.Connection
) -> None:
    """Even a wrong handler could not refund more than was captured."""
    await on.send(request())
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await runner.execute("UPDATE payments SET in_flight = 1")
    assert "payments_refunds_covered" == caught.value.constraint_name


def order_of(number: int) -> str:
    """Return the id of one of many orders."""
    return str(UUID(int=number))


async def test_two_processes_share_a_tender_to_the_cent(
    process: Callable[[], AbstractAsyncContextManager[DatabaseBench]], runner: asyncpg.Connection
) -> None:
    """Orders of different shards lock one coupon at once: all that fits is locked, and not a cent more."""
    async with process() as one, process() as two:
        await one.own(shards=range(0, PARTITIONS, 2))
        await two.own(shards=range(1, PARTITIONS, 2))
        owner = (one, two)[shard_of("ann", PARTITIONS) % 2]
        await owner.send(tender(amount=1_000))
        orders = [order_of(number) for number in range(40)]
        wanted = [lock(("coupon-1", 70)).model_copy(update={"order_id": order_id}) for order_id in orders]
        happened = await asyncio.gather(
            *((one, two)[shard_of(each.order_id, PARTITIONS) % 2].send(each) for each in wanted)
        )
    told = [type(each.emitted[0]).__name__ for each in happened]
    assert {"TendersLockedV1": 14, "TendersRefusedV1": 26} == {name: told.count(name) for name in told}
    assert 980 == await runner.fetchval("SELECT locked FROM tenders")


async def test_two_processes_share_a_balance_to_the_cent(
    process: Callable[[], AbstractAsyncContextManager[DatabaseBench]], runner: asyncpg.Connection
) -> None:
    """Orders of different shards pay from one balance at once: it never falls below zero, and the ledger agrees."""
    async with process() as one, process() as two:
        await one.own(shards=range(0, PARTITIONS, 2))
        await two.own(shards=range(1, PARTITIONS, 2))
        await (one, two)[shard_of("ann", PARTITIONS) % 2].send(top_up(amount=5 * DUE + 1))
        orders = [order_of(number) for number in range(20)]
        wanted = [request(channel="balance", order_id=order_id) for order_id in orders]
        await asyncio.gather(*((one, two)[shard_of(each.order_id, PARTITIONS) % 2].send(each) for each in wanted))
    states = await runner.fetch("SELECT state, count(*) FROM payments GROUP BY state ORDER BY state")
    assert [("declined", 15), ("reconciled", 5)] == [tuple(row) for row in states]
    assert 1 == await runner.fetchval("SELECT amount FROM balances")
    assert -1 == (await sums(runner))["CUSTOMER_PREPAID"]
