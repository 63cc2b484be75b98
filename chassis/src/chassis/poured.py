"""Test the audit of a service: what happened on a bench is written into a real database, and damaged there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from chassis.audit import Check, run_check
from chassis.decision import Append
from chassis.http import Queries
from chassis.statements import read_statements
from chassis.store.pool import open_pool
from chassis.store.postgres import PostgresStore
from chassis.store.values import Changes, Saved, Write
from chassis.tables import Lookup, RowTable, Tables
from chassis.testing import Bench


@asynccontextmanager
async def poured(*, bench: Bench, tables: Tables, package: str, url: str) -> AsyncIterator[Queries]:
    """Write what happened on a bench into a migrated database, and give the statements of its service over it."""
    statements = read_statements(package=package)
    pool = await open_pool(url=url, size=2, application=package)
    try:
        store = PostgresStore(pool=pool, queries=statements, tables=tables)
        await store.maintain(now=bench.clock.now())
        changes = _changes(bench, tables)
        epoch = await store.raise_epoch(shard=0)
        await store.write(write=Write(fence={0: epoch}, locks=(), decide=lambda _locked: changes))
        yield Queries(pool, statements)
    finally:
        await pool.close()


async def violations(*, queries: Queries, checks: Sequence[Check], bench: Bench) -> dict[str, list[str]]:
    """Return what checks find, by statement, where they find something; each must have something to look at."""
    found = {
        check.statement: await run_check(queries=queries, check=check, before=bench.clock.now()) for check in checks
    }
    blind = [name for name, each in found.items() if not each["checked"]]
    if blind:
        raise AssertionError(f"nothing to look at for {', '.join(blind)}")
    return {name: each["violations"] for name, each in found.items() if each["violations"]}


def _changes(bench: Bench, tables: Tables) -> Changes:
    kept = [table for table in tables if not isinstance(table, Lookup)]
    kinds = {table.kind for table in kept}
    return Changes(
        now=bench.clock.now(),
        saves=tuple(
            Saved(kind=kind, key=key, version=1, before=None, after=stored.aggregate)
            for (kind, key), stored in bench.store.aggregates.items()
            if kind in kinds
        ),
        rows=tuple(
            Append(table.kind, row, unique)
            for table in kept
            if isinstance(table, RowTable)
            for unique, row in bench.store.rows.get(table.kind.name, {}).items()
        ),
        tasks=tuple(bench.store.waiting.values()),
    )
