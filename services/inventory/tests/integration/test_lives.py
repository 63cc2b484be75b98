from datetime import timedelta

import asyncpg
import pytest

from chassis.store.postgres import PostgresStore
from chassis.verdicts import Verdict
from contracts.inventory import ExtendHoldV1, HeldUnits, ReleaseStockV1
from contracts.topics import PARTITIONS
from contracts.values import Contract
from embedded.templates import Database
from inventory.domain.catalog import StockMode
from inventory.domain.kinds import PRODUCT, WAREHOUSE
from inventory.gateway import CounterBooks
from inventory.handlers.goods import miss_cause
from services.inventory.tests.examples import (
    NORTH,
    ORDER,
    OTHER,
    SOUTH,
    UNTIL,
    commit,
    dispatched,
    graded,
    product,
    receive,
    short,
    tea,
)
from services.inventory.tests.process import Process

LATER = UNTIL + timedelta(minutes=10)
HALF_AN_HOUR = timedelta(minutes=30)
Step = Contract | timedelta
MISSED = miss_cause(shipment_id=f"{ORDER}-s1-d1")


def extend() -> ExtendHoldV1:
    return ExtendHoldV1(order_id=ORDER, hold_until=LATER)


def release(cause: str = "all", quantity: int | None = None) -> ReleaseStockV1:
    lines = () if quantity is None else (HeldUnits(line_id="l1", quantity=quantity),)
    return ReleaseStockV1(order_id=ORDER, cause=cause, lines=lines)


@pytest.fixture
async def process(store: PostgresStore) -> Process:
    """A process whose database knows two warehouses and tea, ten packets of it."""
    for shard in range(1, PARTITIONS):
        await store.raise_epoch(shard=shard)
    await store.feed(kind=WAREHOUSE, items=[(each.warehouse_id, 1, each) for each in (NORTH, SOUTH)])
    await store.feed(kind=PRODUCT, items=[("tea", 1, product("tea", cap_per_customer=9, low_stock=9))])
    process = Process(store=store)
    await process.handle(receive(10, safety=1))
    return process


@pytest.mark.parametrize(
    "steps,state,counters",
    [
        ([tea(2)], "held", (10, 2, 0)),
        ([tea(2), tea(2)], "held", (10, 2, 0)),
        ([tea(99)], "refused", (10, 0, 0)),
        ([tea(2), release()], "released", (10, 0, 0)),
        ([release(), tea(2)], "released", (10, 0, 0)),
        ([tea(4), release("part", 1)], "held", (10, 3, 0)),
        ([tea(4), release("part", 4)], "released", (10, 0, 0)),
        ([tea(2), HALF_AN_HOUR], "expired", (10, 0, 0)),
        ([tea(2), extend(), HALF_AN_HOUR], "held", (10, 2, 0)),
        ([tea(2), extend(), HALF_AN_HOUR, timedelta(minutes=10)], "expired", (10, 0, 0)),
        ([tea(2), HALF_AN_HOUR, release()], "released", (10, 0, 0)),
        ([tea(2), commit()], "committed", (10, 2, 0)),
        ([tea(2), extend(), commit()], "committed", (10, 2, 0)),
        ([tea(2), HALF_AN_HOUR, commit()], "committed", (10, 2, 0)),
        ([tea(4), release("part", 1), HALF_AN_HOUR, commit()], "committed", (10, 3, 0)),
        ([tea(6), HALF_AN_HOUR, tea(6, order_id=OTHER, customer_id="c2", until=LATER), commit()], "short", (10, 6, 0)),
        ([tea(2), commit(), release()], "released", (10, 0, 0)),
        ([tea(2), commit(), dispatched(2)], "committed", (8, 0, 0)),
        ([tea(2), commit(), dispatched(2), graded(A=1, C=1)], "committed", (9, 0, 1)),
        ([tea(3), commit(), short(1), release(MISSED, 1), dispatched(2)], "committed", (7, 0, 1)),
        ([tea(3), commit(), release(MISSED, 1), short(1), dispatched(2)], "committed", (7, 0, 1)),
        ([tea(3), commit(), short(1), release("rest", 2)], "released", (9, 0, 1)),
    ],
)
async def test_every_life_is_stored(
    process: Process,
    pool: asyncpg.Pool,
    database: Database,
    steps: list[Step],
    state: str,
    counters: tuple[int, int, int],
) -> None:
    """Each life of a reservation passes every constraint, and leaves counters that its movements add up to."""
    for step in steps:
        handled = await (process.advance(by=step) if isinstance(step, timedelta) else process.handle(step))
        assert {Verdict.DEAD, Verdict.PARKED}.isdisjoint(each.verdict for each in handled)
    row = await pool.fetchrow("SELECT on_hand, reserved, written_off FROM stock")
    assert (state, counters) == (
        await pool.fetchval("SELECT state FROM reservations WHERE order_id = $1", ORDER),
        tuple(row or ()),
    )
    assert [] == await CounterBooks(url=database.url).check(rebuild=False)


async def test_the_counters_are_checked_however_long_it_takes(
    process: Process, pool: asyncpg.Pool, database: Database
) -> None:
    """The time-outs of the role that serves, made for short writes, do not cut the comparison off."""
    await process.handle(tea(2))
    role = await pool.fetchval("SELECT quote_ident(current_user)")
    name = await pool.fetchval("SELECT quote_ident(current_database())")
    admin = await asyncpg.connect(database.admin_url)
    await admin.execute(f"ALTER ROLE {role} IN DATABASE {name} SET statement_timeout = '1ms'")
    await admin.close()
    assert [] == await CounterBooks(url=database.url).check(rebuild=False)


async def test_stock_of_mode_b_is_taken_at_the_commit(
    process: Process, store: PostgresStore, pool: asyncpg.Pool
) -> None:
    """A sku that is deducted at payment is not reserved before it."""
    await store.feed(kind=PRODUCT, items=[("tea", 2, product("tea", mode=StockMode.AT_PAYMENT))])
    await process.handle(tea(2))
    before = await pool.fetchval("SELECT reserved FROM stock")
    await process.handle(commit())
    assert (0, 2) == (before, await pool.fetchval("SELECT reserved FROM stock"))
