import asyncpg
import pytest

from chassis.store.postgres import PostgresStore
from chassis.verdicts import Verdict
from contracts.values import Contract
from services.fulfillment.tests.examples import (
    FIRST,
    create,
    dispatch,
    intercept,
    lines,
    pack,
    pick,
    returned,
    word,
)
from services.fulfillment.tests.process import Process

SENT = (create(), pick(), pack(), dispatch())


@pytest.mark.parametrize(
    "steps,state",
    [
        ([create()], "waved"),
        ([create(), create()], "waved"),
        ([create(), pick()], "picking"),
        ([create(), pick(tea=1), pack(lines(tea=1))], "packed"),
        ([create(), intercept()], "intercepted"),
        ([intercept(), create()], "intercepted"),
        ([create(), pack(), intercept(), dispatch()], "intercepted"),
        ([*SENT], "dispatched"),
        ([*SENT, intercept()], "dispatched"),
        ([*SENT, word("PU")], "in_transit"),
        ([*SENT, word("OD")], "out_for_delivery"),
        ([*SENT, word("DL"), word("PU")], "delivered"),
        ([create(), pack(), word("DL"), dispatch()], "delivered"),
        ([*SENT, word("RF"), returned(), returned()], "refused"),
        ([*SENT, word("LS")], "lost"),
    ],
)
async def test_every_life_is_stored(
    store: PostgresStore, pool: asyncpg.Pool, steps: list[Contract], state: str
) -> None:
    """Each life of a shipment passes every constraint."""
    process = Process(store=store)
    for step in steps:
        (handled,) = await process.handle(step)
        assert handled.verdict is Verdict.APPLIED
    assert state == await pool.fetchval("SELECT state FROM shipments WHERE shipment_id = $1", FIRST)
