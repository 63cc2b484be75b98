"""The toy service's store on PostgreSQL, and a reader of all its tables."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from toy import service as toy

from chassis.store.postgres import PostgresStore
from embedded.templates import Database
from simulation.differential.contents import Reader
from simulation.differential.databases import opened, template


@pytest.fixture
async def both(fresh_database: Callable[..., Database]) -> AsyncIterator[tuple[PostgresStore, Reader]]:
    database = fresh_database(template=template(package="toy"))
    async with opened(database=database, package="toy", tables=toy.TABLES) as found:
        yield found
