"""A service's store on PostgreSQL beside a reader of all its tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg

from chassis.migrating import migrate
from chassis.statements import read_statements
from chassis.store.pool import open_pool
from chassis.store.postgres import PostgresStore
from chassis.store.values import Retention
from chassis.tables import Tables
from embedded.templates import Database, Template
from simulation.differential.contents import Reader

FOR_EVER = Retention(log=timedelta(days=10_000), inbox=timedelta(days=10_000))
"""A simulated history spans years and throws nothing away."""


def template(*, package: str) -> Template:
    """Return the migrated database of a service."""

    async def build(url: str) -> None:
        await migrate(url=url, package=package)

    return Template(name=f"differential_{package}", build=build)


@asynccontextmanager
async def opened(
    *, database: Database, package: str, tables: Tables, retention: Retention | None = None
) -> AsyncIterator[tuple[PostgresStore, Reader]]:
    """Open both, on one connection each."""
    queries = read_statements(package=package)
    pool = await open_pool(url=database.url, size=1, application=package)
    connection = await asyncpg.connect(database.admin_url, server_settings={"timezone": "UTC"})
    try:
        store = PostgresStore(pool=pool, queries=queries, tables=tables, retention=retention)
        yield store, Reader(connection=connection, tables=tables, queries=queries)
    finally:
        await connection.close()
        await pool.close()
