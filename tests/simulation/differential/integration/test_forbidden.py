"""What the memory store is told that a database forbids, the database forbids, by the constraint that was meant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from chassis.store.errors import BadData
from chassis.store.postgres import PostgresStore
from chassis.store.values import Changes, Write
from embedded.templates import Database
from simulation.clocks import BEGINNING
from simulation.differential.databases import FOR_EVER, opened, template
from simulation.differential.forbidden import STORY, Forbidden, forbidden
from simulation.differential.histories import TABLES, of_script


@pytest.mark.parametrize("service", TABLES)
def test_postgres_refuses_what_the_memory_store_refuses(service: str, fresh_database: Callable[..., Database]) -> None:
    """Each example of a forbidden row is refused by the constraint that it was made for."""
    database = fresh_database(template=template(package=service))
    examples = [each for each in forbidden(stores=of_script(name=STORY)) if each.service == service]
    assert [each.constraint for each in examples] == asyncio.run(_refused(service, database, examples))


async def _refused(service: str, database: Database, examples: Sequence[Forbidden]) -> list[str]:
    refused = []
    async with opened(database=database, package=service, tables=TABLES[service], retention=FOR_EVER) as (
        store,
        reader,
    ):
        await store.maintain(now=BEGINNING)
        for example in examples:
            await reader.empty()
            if example.before is not None:
                await _write(store, example.before)
            with pytest.raises(BadData) as caught:
                await _write(store, example.wrong)
            refused.append(str(caught.value).rpartition(": ")[2])
    return refused


async def _write(store: PostgresStore, changes: Changes) -> None:
    await store.write(write=Write(fence={}, locks=(), decide=lambda _locked: changes))
