"""The memory store against PostgreSQL: what the five services did in simulated histories, done again."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from chassis.routes import Ref
from chassis.store.values import Stored
from embedded.templates import Database
from simulation.differential.databases import FOR_EVER, opened, template
from simulation.differential.histories import TABLES, catalogue, of_scripts, of_shops
from simulation.differential.recorded import Recording, Replay

HISTORIES = int(os.environ.get("SEQUENCES", "2000")) // 10  # each is a sequence of five services
SHOP_EVERY = 10
ORDERS = 3
BATCH = 20

Recorded = tuple[str, Mapping[str, Recording]]


@pytest.mark.timeout(0)
def test_services_leave_the_same_in_postgres(fresh_database: Callable[..., Database]) -> None:
    """Every write of a history has the same answer, sees the same locked rows and leaves the same in PostgreSQL."""
    databases = {service: fresh_database(template=template(package=service)) for service in TABLES}
    before = catalogue()
    for first in range(0, HISTORIES, BATCH):
        recorded = [_record(seed) for seed in range(first, min(first + BATCH, HISTORIES))]
        assert [] == asyncio.run(_replayed(recorded, databases, before))


def test_write_that_postgres_refuses_is_found(fresh_database: Callable[..., Database]) -> None:
    """A recorded write that PostgreSQL would not have taken is a difference, and its call is named."""
    name, recordings = _record(1)
    recording = recordings["order"]
    number, call = next((number, call) for number, call in enumerate(recording.calls, start=1) if call.changes)
    assert call.changes is not None
    twice = replace(call.changes, inbox=(*call.changes.inbox, *call.changes.inbox))
    recording.calls[number - 1] = replace(call, changes=twice)
    databases = {"order": fresh_database(template=template(package="order"))}
    (found,) = asyncio.run(_replayed([(name, recordings)], databases, catalogue()))
    assert found.startswith(f"order of {name}: call {number}, write:")
    assert "Repeated" in found


def _record(seed: int) -> Recorded:
    if seed % SHOP_EVERY:
        return f"of_scripts(seed={seed})", of_scripts(seed=seed)
    return f"of_shops(seed={seed}, orders={ORDERS})", of_shops(seed=seed, orders=ORDERS)


async def _replayed(
    recorded: list[Recorded], databases: Mapping[str, Database], before: Mapping[str, Mapping[Ref, Stored]]
) -> list[str]:
    found = []
    for service, database in databases.items():
        tables = TABLES[service]
        async with opened(database=database, package=service, tables=tables, retention=FOR_EVER) as (store, reader):
            for name, recordings in recorded:
                replay = Replay(store=store, reader=reader, tables=tables)
                wrong = await replay.differences(recording=recordings[service], before=before[service])
                found += [f"{service} of {name}: {each}" for each in wrong]
    return found
