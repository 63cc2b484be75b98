"""The order service's database, and a store on it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from chassis.migrating import migrate
from chassis.statements import read_statements
from chassis.store.pool import open_pool
from chassis.store.postgres import PostgresStore
from chassis.testing import MONDAY
from embedded.templates import Database, Template
from order.repository import TABLES


async def build_order(url: str) -> None:
    await migrate(url=url, package="order")


@pytest.fixture(scope="session")
def database_template() -> Template:
    return Template(name="order", build=build_order)


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[asyncpg.Pool]:
    pool = await open_pool(url=database.url, size=4, application="order")
    yield pool
    await pool.close()


@pytest.fixture
async def store(pool: asyncpg.Pool) -> PostgresStore:
    store = PostgresStore(pool=pool, queries=read_statements(package="order"), tables=TABLES)
    await store.maintain(now=MONDAY)
    await store.raise_epoch(shard=0)
    return store
