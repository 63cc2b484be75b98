import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Any

import asyncpg
import httpx
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import FastAPI

from chassis.commands import Commands
from chassis.decision import Append
from chassis.http import HttpPorts, Queries
from chassis.sources import ManualClock
from chassis.statements import read_statements
from chassis.store.postgres import PostgresStore
from chassis.store.values import Changes, Saved, Write
from chassis.testing import MONDAY
from fulfillment.carrier import opened
from fulfillment.domain.kinds import ASSIGNMENT, SHIPMENT, WAVE
from fulfillment.domain.recipient import KeysUnavailable, RecipientErased
from fulfillment.http import Open, routes
from services.fulfillment.tests.examples import FIRST, ORDER, bench, create, gone, pack, shipment, word

KEY = bytes(range(32))
RECIPIENT = {"name": "Ada", "street": "1 Long Lane"}
Clients = Callable[[Open | None], httpx.AsyncClient]


def opening(key: bytes | Exception = KEY) -> Open:
    async def open_(customer_id: str, sealed: str) -> Mapping[str, Any]:
        assert "c1" == customer_id
        if isinstance(key, Exception):
            raise key
        return opened(sealed=sealed, key=key)

    return open_


class NoCommands(Commands):
    def __init__(self) -> None:
        """Take nothing: fulfillment has no writes over HTTP."""


@pytest.fixture
async def clients(pool: asyncpg.Pool, store: PostgresStore) -> AsyncIterator[Clients]:
    """Make clients of the routes over a database with one shipment that has left."""
    it = gone()
    it.send(word("PU"))
    assignment = it.aggregate(ASSIGNMENT, ORDER)
    assert assignment is not None
    sealed = base64.b64encode(bytes(12) + AESGCM(KEY).encrypt(bytes(12), json.dumps(RECIPIENT).encode(), None))
    changes = Changes(
        now=MONDAY,
        saves=(
            Saved(SHIPMENT, FIRST, 1, None, shipment(it)),
            Saved(ASSIGNMENT, ORDER, 1, None, replace(assignment, recipient=sealed.decode())),
        ),
        rows=tuple(Append(WAVE, wave, unique=wave.wave_id) for wave in it.rows(WAVE)),
    )
    await store.write(write=Write(fence={0: 1}, locks=(), decide=lambda _locked: changes))
    made: list[httpx.AsyncClient] = []

    def client(open_: Open | None) -> httpx.AsyncClient:
        queries = Queries(pool=pool, statements=read_statements(package="fulfillment"))
        ports = HttpPorts(queries=queries, commands=NoCommands(), clock=ManualClock(time=MONDAY))
        app = FastAPI()
        app.include_router(routes(ports, open_=open_))
        made.append(httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://fulfillment"))
        return made[-1]

    yield client
    for each in made:
        await each.aclose()


async def test_a_shipment_shows_every_word_of_its_carrier(clients: Clients) -> None:
    """A shipment is found by its id and by its order, with its state and its tracking."""
    client = clients(None)
    one = (await client.get(f"/shipments/{FIRST}")).json()
    assert ("in_transit", "hare", ["PU"]) == (one["state"], one["carrier"], [each["code"] for each in one["tracking"]])
    assert [one] == (await client.get(f"/orders/{ORDER}/shipments")).json()
    assert [] == (await client.get("/warehouses/north/shipments")).json()


async def test_the_waves_of_a_warehouse_are_listed(clients: Clients) -> None:
    """A wave is shown with its shipments in the order of picking."""
    (wave,) = (await clients(None).get("/warehouses/north/waves")).json()
    assert ("0:north:1", [FIRST]) == (wave["wave_id"], wave["shipment_ids"])


async def test_a_shipment_that_is_not_there_is_not_found(clients: Clients) -> None:
    """An unknown id is 404 wherever it is asked for."""
    client = clients(None)
    answers = [await client.get(f"/shipments/x{path}") for path in ("", "/packing-list", "/waybill")]
    assert [404] * 3 == [each.status_code for each in answers]


async def test_a_packing_list_names_no_recipient(clients: Clients) -> None:
    """What is packed is printed without whom it is for."""
    answer = await clients(None).get(f"/shipments/{FIRST}/packing-list")
    assert (200, ["tea", "fish"]) == (answer.status_code, [line["sku"] for line in answer.json()["lines"]])
    assert "recipient" not in answer.json()


async def test_a_waybill_opens_the_recipient(clients: Clients, pool: asyncpg.Pool) -> None:
    """The recipient is printed in clear, may not be kept by caches, and is stored nowhere."""
    answer = await clients(opening()).get(f"/shipments/{FIRST}/waybill")
    assert (200, RECIPIENT, "no-store") == (
        answer.status_code,
        answer.json()["recipient"],
        answer.headers["cache-control"],
    )
    stored = await pool.fetchval("SELECT string_agg(document::text, '') FROM assignments")
    assert "Ada" not in stored


@pytest.mark.parametrize(
    "open_,status",
    [
        (None, 503),
        (opening(KeysUnavailable("down")), 503),
        (opening(RecipientErased("c1")), 410),
        (opening(bytes(32)), 500),
    ],
)
async def test_a_recipient_that_cannot_be_opened_is_not_printed(
    clients: Clients, open_: Open | None, status: int
) -> None:
    """Without keys, with an erased customer and with a wrong key the answer says which."""
    assert status == (await clients(open_).get(f"/shipments/{FIRST}/waybill")).status_code


async def test_what_has_not_left_has_no_waybill(clients: Clients, store: PostgresStore) -> None:
    """A packed shipment has no waybill yet."""
    it = bench()
    for each in (create(), pack()):
        it.send(each)
    other = replace(shipment(it), shipment_id="other")
    saved = Changes(now=MONDAY, saves=(Saved(SHIPMENT, "other", 1, None, other),))
    await store.write(write=Write(fence={0: 1}, locks=(), decide=lambda _locked: saved))
    assert 409 == (await clients(opening()).get("/shipments/other/waybill")).status_code
