"""The toy service's database, and a store on it."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest
from store_cases import NOW
from toy.service import TABLES

from chassis.migrating import migrate
from chassis.statements import read_statements
from chassis.store.pool import open_pool
from chassis.store.postgres import PostgresStore
from embedded.templates import Database, Template


async def build_toy(url: str) -> None:
    await migrate(url=url, package="toy")


@pytest.fixture(scope="session")
def database_template() -> Template:
    return Template(name="toy", build=build_toy)


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[asyncpg.Pool]:
    pool = await open_pool(url=database.url, size=4, application="toy")
    yield pool
    await pool.close()


@pytest.fixture
async def store(pool: asyncpg.Pool) -> PostgresStore:
    store = PostgresStore(pool=pool, queries=read_statements(package="toy"), tables=TABLES)
    await store.maintain(now=NOW)
    return store


@pytest.fixture
async def admin(database: Database) -> AsyncIterator[Callable[..., Any]]:
    connection = await asyncpg.connect(database.admin_url)
    yield connection.fetch
    await connection.close()
