"""What a service tells the auditor of its messages, on a real PostgreSQL."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from examples import NOW, RECORD, handled, own, said, write
from fastapi import FastAPI

from chassis.audit import audit_routes
from chassis.http import HttpPorts, Queries
from chassis.message import fingerprint_of
from chassis.sources import ManualClock
from chassis.statements import read_statements
from chassis.store.postgres import PostgresStore
from chassis.store.values import ParkedMessage


@pytest.fixture
async def client(store: PostgresStore, pool: asyncpg.Pool) -> AsyncIterator[httpx.AsyncClient]:
    """An auditor two minutes after three messages were journalled, on two days, and two came in."""
    await own(store)
    tomorrow = NOW + timedelta(days=1)
    parked = ParkedMessage(message_id="p1", shard=0, record=RECORD, reason="too early", tries=1, parked_at=NOW)
    await write(store, journal=(said("e1"), said("e2")), inbox=(handled("m1"),), parked=(parked,))
    await write(store, journal=(replace(said("e3"), written_at=tomorrow),), now=tomorrow)
    queries = Queries(pool, read_statements(package="toy"))
    clock = ManualClock(tomorrow + timedelta(minutes=2))
    ports: Any = HttpPorts(queries=queries, commands=None, clock=clock)  # type: ignore[arg-type]  # it only reads
    app = FastAPI()
    app.include_router(audit_routes(ports=ports, checks=(), orders="audit_orders"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://toy") as client:
        yield client


async def test_the_journal_is_read_page_by_page(client: httpx.AsyncClient) -> None:
    """Each page goes on after the last row of the one before, over the days of the log."""
    found: list[dict[str, Any]] = []
    while page := (
        await client.get("/audit/journal", params={"limit": 2, **({"after": found[-1]["place"]} if found else {})})
    ).json():
        found += page
    assert ["e1", "e2", "e3"] == [row["message_id"] for row in found]
    assert {"type": "toy.seats-held.v1", "topic": "toy.events", "key": "b1", "shard": 0, "age_seconds": 120.0} == {
        name: found[-1][name] for name in ("type", "topic", "key", "shard", "age_seconds")
    }


async def test_a_row_has_the_fingerprint_of_what_was_published(client: httpx.AsyncClient) -> None:
    """The fingerprint is that of the very bytes which were journalled."""
    (row, *_) = (await client.get("/audit/journal")).json()
    assert fingerprint_of(type_="toy.seats-held.v1", value=said("e1").payload) == row["fingerprint"]


async def test_what_is_just_journalled_is_left_out_until_rest(client: httpx.AsyncClient, store: PostgresStore) -> None:
    """A row younger than a minute is under way; at rest it counts."""
    written_at = NOW + timedelta(days=1, seconds=90)
    await write(store, journal=(replace(said("e4"), written_at=written_at),), now=written_at)
    live = (await client.get("/audit/journal")).json()
    rest = (await client.get("/audit/journal", params={"at_rest": True})).json()
    assert (["e3"], ["e4"]) == ([live[-1]["message_id"]], [rest[-1]["message_id"]])


async def test_the_inbox_knows_what_was_handled_and_what_is_parked(client: httpx.AsyncClient) -> None:
    """A handled message has its fingerprint, a parked one none, and what never came is left out."""
    answer = await client.post("/audit/inbox", json={"ids": ["m1", "p1", "never"]})
    assert {"m1": "f", "p1": None} == answer.json()


async def test_a_place_that_is_none_is_refused(client: httpx.AsyncClient) -> None:
    """A made-up place is the caller's error and not ours."""
    answer = await client.get("/audit/journal", params={"after": "yesterday"})
    assert 422 == answer.status_code
