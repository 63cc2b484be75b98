from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from chassis.store.postgres import PostgresStore
from chassis.verdicts import Verdict
from fulfillment.domain.states import ShipmentState
from services.fulfillment.tests.examples import AT_ONCE, OTHER, create, intercept, wish
from services.fulfillment.tests.process import Process

SECOND = timedelta(seconds=1)
DELIVERS = replace(AT_ONCE, self_advancing={"north": ShipmentState.DELIVERED}, step=timedelta(0))
EVENTS = ["shipments-created", "shipment-waved", "shipment-packed", "shipment-dispatched", "shipment-delivered"]


@pytest.fixture
def process(store: PostgresStore) -> Process:
    return Process(store=store, policy=DELIVERS)


async def test_a_warehouse_without_people_ships_in_one_transaction(process: Process, pool: asyncpg.Pool) -> None:
    """Shipments go to the door in the write that creates them: each row is new, and events are in their order."""
    handled = await process.handle(create(), create(order_id=OTHER))
    assert [Verdict.APPLIED] * 2 == [each.verdict for each in handled]
    rows = await pool.fetch("SELECT state, version, wave_id IS NOT NULL AS waved, xmin FROM shipments")
    assert [("delivered", 1, True)] * 2 == [tuple(row)[:3] for row in rows]
    journal = await pool.fetch("SELECT type, key, xmin FROM event_log ORDER BY seq")
    for order_id in {row["key"] for row in journal}:
        mine = [row["type"] for row in journal if row["key"] == order_id]
        assert [f"fulfillment.{each}.v1" for each in EVENTS] == mine
    assert 1 == len({row["xmin"] for row in (*rows, *journal)})
    assert 0 == await pool.fetchval("SELECT count(*) FROM tasks")


async def test_an_interception_in_the_same_batch_is_too_late(process: Process, pool: asyncpg.Pool) -> None:
    """What a batch ships is gone for the messages behind it, as any shipment that was dispatched."""
    created, stopped = await process.handle(create(), intercept())
    assert ("applied", "rejected") == (created.outcome, stopped.outcome)
    assert "delivered" == await pool.fetchval("SELECT state FROM shipments")


async def test_a_warehouse_that_takes_its_time_delivers_by_timers(store: PostgresStore, pool: asyncpg.Pool) -> None:
    """Timers alone bring two shipments from the wave to the door."""
    process = Process(store=store, policy=replace(DELIVERS, window=SECOND, step=SECOND))
    await process.handle(create(wish(1), wish(2)))
    for _ in range(5):
        await process.advance(by=SECOND)
    assert ["delivered", "delivered"] == [row["state"] for row in await pool.fetch("SELECT state FROM shipments")]
    assert 0 == await pool.fetchval("SELECT count(*) FROM tasks")
