"""The billing service's database, and processes on it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import asyncpg
import pytest

from billing.consumers import ROUTES
from billing.publishers import PUBLISH
from billing.repository import TABLES
from chassis.databasebench import DatabaseBench
from chassis.migrating import migrate
from embedded.templates import Database, Template


async def build_billing(url: str) -> None:
    await migrate(url=url, package="billing")


@pytest.fixture(scope="session")
def database_template() -> Template:
    return Template(name="billing", build=build_billing)


@pytest.fixture
def process(database: Database) -> Callable[[], AbstractAsyncContextManager[DatabaseBench]]:
    """Open processes of the service on one database."""

    def opened() -> AbstractAsyncContextManager[DatabaseBench]:
        return DatabaseBench.on(url=database.url, service="billing", routes=ROUTES, publisher=PUBLISH, tables=TABLES)

    return opened


@pytest.fixture
async def on(process: Callable[[], AbstractAsyncContextManager[DatabaseBench]]) -> AsyncIterator[DatabaseBench]:
    """A process that owns all shards."""
    async with process() as bench:
        await bench.own()
        yield bench


@pytest.fixture
async def runner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the role that serves."""
    connection: Any = await asyncpg.connect(database.url)
    yield connection
    await connection.close()


@pytest.fixture
async def database_admin(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the role that made the database."""
    connection: Any = await asyncpg.connect(database.admin_url)
    yield connection
    await connection.close()
