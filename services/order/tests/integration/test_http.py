from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response

from chassis.commands import Commands
from chassis.http import HttpPorts, Queries
from chassis.poured import poured
from chassis.problems import on_bad_form
from chassis.sources import ManualClock
from chassis.testing import MONDAY, Bench
from contracts.ids import order_id
from contracts.order import CancelOrderV1, ConfirmReceiptV1, PlaceOrderV1
from contracts.values import Contract
from embedded.templates import Database
from order.http import routes
from order.repository import TABLES
from services.order.tests.basket import CUSTOMER, ID, cancel, line, place
from services.order.tests.examples import Shop
from services.order.tests.words import packed, stock_reserved

HALF = {"region": "r1", "method": "standard", "recipient": {"name": "Ada"}}
RECIPIENT = {"name": "Ada", "phone": "555", "street": "1 Long Lane", "city": "York"}


@dataclass(slots=True)
class HeardCommands(Commands):
    """Commands that are only listened to."""

    heard: list[tuple[str, Contract]] = field(default_factory=list)

    def __init__(self) -> None:
        self.heard = []

    async def submit(
        self, *, request: Request, customer: str, command: Contract, status: int = 200, key: str | None = None
    ) -> Response:
        """Note the command and answer."""
        self.heard.append((customer, command))
        return JSONResponse({"heard": type(command).__name__}, status_code=status)


@pytest.fixture
def heard() -> HeardCommands:
    return HeardCommands()


@pytest.fixture
def story() -> Bench:
    """One order in the warehouse, three that wait for stock."""
    shop = Shop()
    shop.confirmed(place(line("tea", 2), line("lamp")))
    shop.say(packed(1))
    for number in range(3):
        key = f"other-{number}"
        shop.bench.clock.time = MONDAY
        changes = {"order_id": order_id(customer_id=CUSTOMER, idempotency_key=key), "idempotency_key": key}
        shop.say(place(**changes))
    return shop.bench


@pytest.fixture
async def client(story: Bench, database: Database, heard: HeardCommands) -> AsyncIterator[httpx.AsyncClient]:
    async with poured(bench=story, tables=TABLES, package="order", url=database.url) as queries:
        app = FastAPI()
        app.add_exception_handler(RequestValidationError, on_bad_form)
        app.include_router(routes(_ports(queries, heard)))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://order") as client:
            yield client


def _ports(queries: Queries, commands: Commands) -> HttpPorts:
    return HttpPorts(queries=queries, commands=commands, clock=ManualClock(time=MONDAY))


def body(**changes: Any) -> dict[str, Any]:
    command = json.loads(place().model_dump_json(exclude={"order_id", "idempotency_key", "delivery"}))
    delivery = {"region": "r1", "method": "standard", "recipient": RECIPIENT}
    return {**command, "delivery": delivery, **changes}


async def test_an_order_is_placed_with_a_sealed_recipient(client: httpx.AsyncClient, heard: HeardCommands) -> None:
    """The command carries the id that follows from customer and key, and the recipient in no readable form."""
    answer = await client.post("/orders", json=body(), headers={"Idempotency-Key": "k1"})
    assert 201 == answer.status_code
    (customer, command) = heard.heard[0]
    assert isinstance(command, PlaceOrderV1)
    assert (CUSTOMER, order_id(customer_id=CUSTOMER, idempotency_key="k1")) == (customer, command.order_id)
    assert "Ada" not in command.model_dump_json()
    key = base64.b64decode((await client.get(f"/customers/{CUSTOMER}/key")).json()["key"])
    text = base64.b64decode(command.delivery.recipient or "")
    assert {**RECIPIENT, "postcode": ""} == json.loads(AESGCM(key).decrypt(text[:12], text[12:], None))


async def test_the_same_request_is_the_same_command(client: httpx.AsyncClient, heard: HeardCommands) -> None:
    """A request that is sent again makes the same bytes, sealed recipient included; another key makes others."""
    for key in ("k1", "k1", "k2"):
        await client.post("/orders", json=body(), headers={"Idempotency-Key": key})
    first, again, other = (command for _, command in heard.heard)
    assert first == again
    assert isinstance(first, PlaceOrderV1)
    assert isinstance(other, PlaceOrderV1)
    assert first.delivery.recipient != other.delivery.recipient


async def test_cancel_and_receipt_are_commands(client: httpx.AsyncClient, heard: HeardCommands) -> None:
    """Cancellations and confirmations become commands with the order of the path."""
    wish = {"by": "customer", "reason": "changed_my_mind", "lines": [{"line_id": "tea", "quantity": 1}]}
    await client.post(f"/orders/{ID}/cancel", json=wish, headers={"Idempotency-Key": "k"})
    await client.post(f"/orders/{ID}/confirm-receipt", json={}, headers={"Idempotency-Key": "k"})
    assert [cancel(("tea", 1)), ConfirmReceiptV1(order_id=ID)] == [command for _, command in heard.heard]
    assert isinstance(heard.heard[0][1], CancelOrderV1)


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"lines": []}, "lines"),
        ({"lines": [{**line("tea").model_dump(), "quantity": 0}]}, "lines.0.quantity"),
        ({"lines": [{**line("tea").model_dump(), "quantity": 10_001}]}, "lines.0.quantity"),
        ({"freight": -1}, "freight"),
        ({"channel": "shells"}, "channel"),
        ({"profile": "royal"}, "profile"),
        ({"surprise": 1}, "surprise"),
        (
            {"delivery": {"region": "r1", "method": "standard", "recipient": {"name": "Ada"}}},
            "delivery.recipient.phone",
        ),
    ],
)
async def test_a_wrong_form_names_the_field(
    client: httpx.AsyncClient, heard: HeardCommands, changes: dict[str, Any], field: str
) -> None:
    """A body of the wrong form is refused with the name of the field, and nothing is sent."""
    answer = await client.post("/orders", json=body(**changes), headers={"Idempotency-Key": "k"})
    assert 422 == answer.status_code
    assert field in {each["field"] for each in answer.json()["fields"]}
    assert [] == heard.heard


async def test_an_order_is_shown_with_what_may_be_done(client: httpx.AsyncClient) -> None:
    """An order shows its state, the public label, its parts, its money and the actions allowed now."""
    shown = (await client.get(f"/orders/{ID}")).json()
    assert ("awaiting_pick", "awaiting_shipment", ["cancel"]) == (shown["state"], shown["label"], shown["actions"])
    parts = [(part["merchant_id"], part["state"], part["units"]) for part in shown["sub_orders"]]
    assert [("m1", "awaiting_dispatch", {"tea": 2}), ("m2", "awaiting_pick", {"lamp": 1})] == parts
    assert shown["payment"]["due"] == sum(part["total"] for part in shown["sub_orders"])
    assert shown["payment"]["due"] == sum(each["net"] for each in shown["lines"]) + shown["payment"]["freight"]
    assert "recipient" not in json.dumps(shown)


async def test_a_customer_s_orders_are_listed_by_cursor(client: httpx.AsyncClient) -> None:
    """Pages follow each other without gaps or repeats, newest first."""
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 3}
    while True:
        page = (await client.get(f"/customers/{CUSTOMER}/orders", params=query)).json()
        seen += [order["order_id"] for order in page["orders"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert 4 == len(seen) == len(set(seen))
    assert ID in seen
    assert 422 == (await client.get(f"/customers/{CUSTOMER}/orders", params={"cursor": "x"})).status_code


async def test_the_timeline_is_shown_whole(client: httpx.AsyncClient, database: Database) -> None:
    """The history is shown with its hashes, and says where it is broken."""
    shown = (await client.get(f"/orders/{ID}/timeline")).json()
    assert ("placed", None) == (shown["entries"][0]["what"], shown["broken_at"])
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("UPDATE entries SET who = 'nobody' WHERE number = 2")
    await owner.close()
    assert 2 == (await client.get(f"/orders/{ID}/timeline")).json()["broken_at"]


async def test_an_erased_customer_stays_erased(client: httpx.AsyncClient, heard: HeardCommands) -> None:
    """An erased key is gone: it is not served, not made again, and no recipient is sealed any more."""
    made = await client.put(f"/customers/{CUSTOMER}/key")
    assert made.json() == (await client.put(f"/customers/{CUSTOMER}/key")).json()
    assert 204 == (await client.delete(f"/customers/{CUSTOMER}/key")).status_code
    assert [410, 410] == [
        (await client.get(f"/customers/{CUSTOMER}/key")).status_code,
        (await client.put(f"/customers/{CUSTOMER}/key")).status_code,
    ]
    assert 410 == (await client.post("/orders", json=body(), headers={"Idempotency-Key": "k"})).status_code
    assert [] == heard.heard


async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    """Unknown orders, histories and keys are 404."""
    for path in ("/orders/ghost", "/orders/ghost/timeline", "/customers/ghost/key"):
        assert 404 == (await client.get(path)).status_code
    assert stock_reserved(place()).order_id == ID
