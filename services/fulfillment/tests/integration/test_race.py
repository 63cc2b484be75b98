import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from chassis.statements import read_statements
from chassis.store.pool import open_pool
from chassis.store.postgres import PostgresStore
from chassis.testing import MONDAY
from embedded.templates import Database
from fulfillment.repository import TABLES
from services.fulfillment.tests.examples import create, dispatch, intercept, pack
from services.fulfillment.tests.process import Process


@pytest.fixture
async def processes(database: Database) -> AsyncIterator[list[Process]]:
    """Two processes that both take themselves for the owner: what a fence normally forbids."""
    pools = [await open_pool(url=database.url, size=2, application=f"fulfillment-{n}") for n in range(2)]
    queries = read_statements(package="fulfillment")
    stores = [PostgresStore(pool=pool, queries=queries, tables=TABLES) for pool in pools]
    await stores[0].maintain(now=MONDAY)
    await stores[0].raise_epoch(shard=0)
    yield [Process(store=store, seed=number) for number, store in enumerate(stores)]
    for pool in pools:
        await pool.close()


@pytest.mark.parametrize("round_", range(5))
async def test_interception_and_dispatch_race_on_the_row(
    processes: list[Process], pool: asyncpg.Pool, round_: int
) -> None:
    """When both come at the same time, one wins on the shipment's row and the other is refused."""
    one, other = processes
    for message in (create(), pack()):
        await one.handle(message)
    stopped, sent = await asyncio.gather(one.handle(intercept(cause=f"c{round_}")), other.handle(dispatch()))
    state = await pool.fetchval("SELECT state FROM shipments")
    assert {"intercepted": ("applied", "rejected"), "dispatched": ("rejected", "applied")}[state] == (
        stopped[0].outcome,
        sent[0].outcome,
    )
