import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from chassis.statements import read_statements
from chassis.store.pool import open_pool
from chassis.store.postgres import PostgresStore
from chassis.testing import MONDAY
from chassis.verdicts import Handled
from contracts.topics import PARTITIONS
from embedded.templates import Database
from inventory.domain.kinds import PRODUCT, WAREHOUSE
from inventory.gateway import CounterBooks
from inventory.repository import TABLES
from services.inventory.tests.examples import NORTH, SOUTH, receive, reserve, tea
from services.inventory.tests.examples import product as a_product
from services.inventory.tests.process import Process

COUNT_UPDATES = """
CREATE SEQUENCE updates;
CREATE FUNCTION count_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
AS $$ BEGIN PERFORM nextval('updates'); RETURN NEW; END $$;
CREATE TRIGGER count_updates BEFORE UPDATE ON stock FOR EACH ROW EXECUTE FUNCTION count_update();
"""


@pytest.fixture
async def processes(database: Database) -> AsyncIterator[list[Process]]:
    """Three processes on one database, which knows two warehouses and two products."""
    pools = [await open_pool(url=database.url, size=3, application=f"inventory-{n}") for n in range(3)]
    stores = [PostgresStore(pool=pool, queries=read_statements(package="inventory"), tables=TABLES) for pool in pools]
    await stores[0].maintain(now=MONDAY)
    for shard in range(PARTITIONS):
        await stores[0].raise_epoch(shard=shard)
    await stores[0].feed(kind=WAREHOUSE, items=[(each.warehouse_id, 1, each) for each in (NORTH, SOUTH)])
    await stores[0].feed(kind=PRODUCT, items=[(sku, 1, a_product(sku, cap_per_customer=10)) for sku in ("tea", "rice")])
    yield [Process(store=store, seed=number) for number, store in enumerate(stores)]
    for pool in pools:
        await pool.close()


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the role that owns the tables."""
    connection = await asyncpg.connect(database.owner_url)
    yield connection
    await connection.close()


def order(number: int) -> str:
    return str(UUID(int=number << 80 | 5 << 76 | 2 << 62, version=5))


async def stock(owner: asyncpg.Connection) -> tuple[int, int]:
    row = await owner.fetchrow("SELECT on_hand, reserved FROM stock WHERE sku = 'tea' AND warehouse_id = 'north'")
    assert row is not None
    return row["on_hand"], row["reserved"]


async def test_a_batch_changes_a_row_once(processes: list[Process], owner: asyncpg.Connection) -> None:
    """Twenty orders of one sku in one batch, with the same sku on two lines, are one update of its row."""
    await processes[0].handle(receive(100))
    await owner.execute(COUNT_UPDATES)
    two_lines = (
        reserve({"l1": ("tea", 1), "l2": ("tea", 2)}, order_id=order(n), customer_id=f"c{n}") for n in range(20)
    )
    handled = await processes[0].handle(*two_lines)
    assert ({"applied"}, (100, 60)) == ({each.outcome for each in handled}, await stock(owner))
    assert 1 == await owner.fetchval("SELECT last_value FROM updates")
    assert 20 == await owner.fetchval("SELECT count(*) FROM movements WHERE kind = 'reserve'")


async def test_the_last_units_are_sold_once(
    processes: list[Process], owner: asyncpg.Connection, database: Database
) -> None:
    """Three processes that reserve the same sku at the same time sell what there is, and no unit twice."""
    await processes[0].handle(receive(25))

    async def shop(process: Process, first: int) -> list[Handled]:
        handled: list[Handled] = []
        for batch in range(4):
            numbers = range(first + batch * 5, first + batch * 5 + 5)
            handled += await process.handle(*(tea(1, order_id=order(n), customer_id=f"c{n}") for n in numbers))
        return handled

    shops = await asyncio.gather(*(shop(process, 100 * n) for n, process in enumerate(processes)))
    outcomes = [each.outcome for handled in shops for each in handled]
    assert (25, 35) == (outcomes.count("applied"), outcomes.count("rejected"))
    assert ((25, 25), []) == (await stock(owner), await CounterBooks(url=database.url).check(rebuild=False))


async def test_orders_that_cross_do_not_deadlock(processes: list[Process], owner: asyncpg.Connection) -> None:
    """Orders that name the same skus the other way round lock them in one order, and all are held."""
    rice = receive(200, receipt_id="receipt-2").model_copy(update={"sku": "rice"})
    await processes[0].handle(receive(200), rice)

    async def shop(process: Process, first: int, skus: tuple[str, str]) -> list[str]:
        outcomes = []
        for n in range(first, first + 20):
            lines = {f"l{number}": (sku, 1) for number, sku in enumerate(skus)}
            handled = await process.handle(reserve(lines, order_id=order(n), customer_id=f"c{n}"))
            outcomes += [each.outcome for each in handled]
        return outcomes

    crossing = [("tea", "rice"), ("rice", "tea"), ("tea", "rice")]
    shops = (shop(process, 100 * n, skus) for n, (process, skus) in enumerate(zip(processes, crossing, strict=True)))
    assert {"applied"} == {outcome for found in await asyncio.gather(*shops) for outcome in found}
    assert (200, 60) == await stock(owner)


async def test_a_customer_cannot_pass_the_cap_by_many_orders_at_once(
    processes: list[Process], owner: asyncpg.Connection
) -> None:
    """Orders of one customer in three processes together take no more than the cap."""
    await processes[0].handle(receive(100))

    async def shop(process: Process, first: int) -> list[str]:
        return [
            handled.outcome
            for n in range(first, first + 5)
            for handled in await process.handle(tea(2, order_id=order(n), customer_id="greedy"))
        ]

    shops = await asyncio.gather(*(shop(process, 100 * n) for n, process in enumerate(processes)))
    assert 5 == sum(found.count("applied") for found in shops)
    assert (10, (100, 10)) == (await owner.fetchval("SELECT quantity FROM taken"), await stock(owner))
