from dataclasses import replace

import asyncpg

from chassis.decision import Append, Save
from chassis.statements import read_statements
from chassis.store.postgres import PostgresStore
from chassis.store.values import Changes, Saved, Write
from chassis.testing import MONDAY, refused_statements
from fulfillment.domain.kinds import ASSIGNMENT, QUEUE, SHIPMENT, WAVE
from fulfillment.domain.shipment import Assignment
from fulfillment.domain.states import ShipmentState
from fulfillment.domain.waves import Queue, Waiting, Wave
from services.fulfillment.tests.examples import (
    FIRST,
    NOON,
    ORDER,
    SUB,
    bench,
    create,
    dispatch,
    pack,
    pick,
    returned,
    shipment,
    word,
)


async def save(store: PostgresStore, *saves: Save, rows: tuple[Append, ...] = (), version: int = 1) -> None:
    """Write these aggregates in this version, and these rows."""
    saved = tuple(Saved(each.kind, each.key, version, None, each.aggregate) for each in saves)
    changes = Changes(now=MONDAY, saves=saved, rows=rows)
    await store.write(write=Write(fence={0: 1}, locks=(), decide=lambda _locked: changes))


async def test_every_statement_fits_the_schema(pool: asyncpg.Pool) -> None:
    """Every statement of fulfillment can be prepared on the migrated schema."""
    async with pool.acquire() as connection:
        statements = read_statements(package="fulfillment")
        assert {} == await refused_statements(connection=connection, statements=statements)


async def test_shipments_come_back_as_they_were(store: PostgresStore) -> None:
    """A shipment in each part of its life loads as the same value."""
    it = bench()
    for version, message in enumerate((create(), pick(), pack(), dispatch(), word("RF"), returned()), start=1):
        it.send(message)
        stored = shipment(it)
        await save(store, Save(SHIPMENT, FIRST, stored), version=version)
        assert stored == (await store.load(refs=[(SHIPMENT, FIRST)]))[SHIPMENT, FIRST].aggregate


async def test_assignments_come_back_as_they_were(store: PostgresStore) -> None:
    """An assignment loads as the same value, with its slot, its sealed recipient and its answers."""
    assignment = Assignment(
        order_id=ORDER,
        customer_id="c1",
        currency="EUR",
        region="r1",
        method="standard",
        slot=(MONDAY, NOON),
        recipient="sealed",
        shipment_ids=(FIRST,),
        barred=(f"{ORDER}-s2",),
        answers={"cancel-1": ((SUB,), ())},
    )
    await save(store, Save(ASSIGNMENT, ORDER, assignment))
    assert assignment == (await store.load(refs=[(ASSIGNMENT, ORDER)]))[ASSIGNMENT, ORDER].aggregate


async def test_queues_come_back_as_they_were(store: PostgresStore) -> None:
    """A queue loads as the same value."""
    waiting = Waiting(FIRST, ORDER, "r1", "standard", rush=True, since=MONDAY, ready_at=NOON)
    queue = Queue("0:north", "north", waiting=(waiting,), closes_at=NOON, waves=3)
    await save(store, Save(QUEUE, queue.key, queue))
    assert queue == (await store.load(refs=[(QUEUE, queue.key)]))[QUEUE, queue.key].aggregate


async def test_waves_are_added(store: PostgresStore, pool: asyncpg.Pool) -> None:
    """A closed wave is found by its warehouse."""
    wave = Wave("0:north:1", "north", (FIRST,), MONDAY)
    await save(store, rows=(Append(WAVE, wave, unique=wave.wave_id),))
    (row,) = await pool.fetch(read_statements(package="fulfillment")["show_waves"], "north")
    assert ("0:north:1", f'["{FIRST}"]', MONDAY) == (row["wave_id"], row["shipment_ids"], row["closed_at"])


async def test_the_code_and_the_schema_name_the_same_states(store: PostgresStore, pool: asyncpg.Pool) -> None:
    """The CHECK of shipments allows exactly the states of the code."""
    text = await pool.fetchval(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'shipments_state_check'"
    )
    allowed = {part for number, part in enumerate(text.split("'")) if number % 2}
    assert {each.value for each in ShipmentState} == allowed


async def test_every_state_can_be_stored(store: PostgresStore) -> None:
    """A shipment can be stored in each state, with a waybill when it has left."""
    it = bench()
    it.send(create())
    gone = set(ShipmentState) - {
        ShipmentState.CREATED,
        ShipmentState.WAVED,
        ShipmentState.PICKING,
        ShipmentState.PACKED,
        ShipmentState.INTERCEPTED,
    }
    saves = [
        Save(SHIPMENT, state.value, replace(shipment(it), state=state, waybill="w1" if state in gone else ""))
        for state in ShipmentState
    ]
    await save(store, *saves)
    assert len(ShipmentState) == len(await store.load(refs=[(SHIPMENT, state.value) for state in ShipmentState]))
