"""The exceptions of the audit on a real PostgreSQL, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from chassis.http import HttpPorts, Queries
from chassis.message import shard_of
from chassis.poured import poured
from chassis.sources import ManualClock
from chassis.statements import read_statements
from chassis.testing import MONDAY
from contracts.auditing import CloseExceptionV1
from contracts.topics import PARTITIONS
from embedded.templates import Database
from order.audit.exceptions import exception_routes
from order.handlers.auditing import AUDIT
from order.repository import TABLES
from services.order.tests.integration.test_http import HeardCommands
from services.order.tests.unit.test_auditing import FISH, HOUR, NUMBER, TEA, Desk


@pytest.fixture
def heard() -> HeardCommands:
    return HeardCommands()


@pytest.fixture
async def client(database: Database, heard: HeardCommands) -> AsyncIterator[httpx.AsyncClient]:
    """An hour after an audit has opened two exceptions, of which one was closed by hand."""
    desk = Desk()
    desk.audit(TEA, FISH)
    desk.close()
    async with poured(bench=desk.bench, tables=TABLES, package="order", url=database.url) as queries:
        clock = ManualClock(desk.bench.clock.now() + HOUR)
        app = FastAPI()
        app.include_router(exception_routes(ports=HttpPorts(queries=queries, commands=heard, clock=clock)))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://order") as client:
            yield client


async def test_open_exceptions_are_listed_with_their_age(client: httpx.AsyncClient) -> None:
    """An open exception is shown with its number, owner and age; a closed one only when it is asked for."""
    (shown,) = (await client.get("/exceptions")).json()
    expected = {**FISH, "state": "open", "age_seconds": 3_600, "closed_at": None, "closed_by": "", "reason": ""}
    assert expected == {name: shown[name] for name in expected}
    both = (await client.get("/exceptions", params={"include_closed": True})).json()
    closed = {each["exception_id"]: each for each in both}[NUMBER]
    assert (2, "ann", "recounted", 0) == (len(both), closed["closed_by"], closed["reason"], closed["age_seconds"])


async def test_exceptions_are_listed_page_by_page(client: httpx.AsyncClient) -> None:
    """The next page begins after a number."""
    query: dict[str, Any] = {"include_closed": True, "limit": 1}
    (first,) = (await client.get("/exceptions", params=query)).json()
    (second,) = (await client.get("/exceptions", params={**query, "after": first["exception_id"]})).json()
    assert first["exception_id"] < second["exception_id"]
    assert [] == (await client.get("/exceptions", params={**query, "after": second["exception_id"]})).json()


async def test_to_close_is_a_command(client: httpx.AsyncClient, heard: HeardCommands) -> None:
    """The number of the path, who and why become a command; without a reason there is none."""
    body = {"operator": "ann", "reason": "known"}
    await client.post(f"/exceptions/{NUMBER}/close", json=body, headers={"Idempotency-Key": "k"})
    refused = await client.post(f"/exceptions/{NUMBER}/close", json={"operator": "ann", "reason": ""})
    assert [("ann", CloseExceptionV1(exception_id=NUMBER, operator="ann", reason="known"))] == heard.heard
    assert 422 == refused.status_code


async def test_the_last_audit_is_shown(client: httpx.AsyncClient) -> None:
    """What the last regular audit has checked and found, and what is open of it."""
    last = (await client.get("/exceptions/last-audit")).json()
    assert (7, 2, [], 1) == (last["checked"], last["violations"], last["silent"], len(last["open"]))


async def test_before_the_first_audit_there_is_none(pool: asyncpg.Pool, heard: HeardCommands) -> None:
    """A house that was never audited says so."""
    queries = Queries(pool, read_statements(package="order"))
    app = FastAPI()
    app.include_router(exception_routes(ports=HttpPorts(queries=queries, commands=heard, clock=ManualClock(MONDAY))))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://order") as client:
        assert 404 == (await client.get("/exceptions/last-audit")).status_code


async def test_the_migration_sets_the_first_audit(pool: asyncpg.Pool) -> None:
    """A new database has the timer of the regular audit, in the shard of its key."""
    row = await pool.fetchrow("SELECT kind, name, key, shard FROM tasks WHERE id = $1", AUDIT)
    assert ("timer", AUDIT, AUDIT, shard_of(AUDIT, PARTITIONS)) == tuple(row or ())


async def test_an_exception_is_stored_as_it_was_decided(client: httpx.AsyncClient, pool: asyncpg.Pool) -> None:
    """The columns are those of the document, and nobody who serves may delete a row."""
    rows = await pool.fetch("SELECT exception_id, state, opened_at FROM exceptions ORDER BY state")
    assert [("closed", MONDAY + HOUR), ("open", MONDAY + HOUR)] == [(row["state"], row["opened_at"]) for row in rows]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute("DELETE FROM exceptions")
