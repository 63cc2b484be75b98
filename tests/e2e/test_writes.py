"""Writes over HTTP and over Kafka: asked again, they are the same; with another body they are refused."""

import asyncio

import httpx
import pytest

from contracts.ids import order_id
from e2e.shop import METHOD, body_of, order
from e2e.town import Town
from simulators.house.addresses import SERVICES

pytestmark = pytest.mark.asyncio(loop_scope="session")

RECIPIENT = {"name": "Ann", "phone": "1", "street": "Long Road 1", "city": "Town"}


async def test_same_key_and_body_get_the_same_answer(town: Town) -> None:
    """Ten requests at once and one later with the same key and body are one order and eleven equal answers."""
    placed = order(("tea", 1))
    answers = await asyncio.gather(*(town.place_over_http(placed) for _ in range(10)))
    await town.told(placed.order_id, "payment.payment-requested")
    answers.append(await town.place_over_http(placed))
    assert {(201, placed.order_id, "placing")} == {
        (answer.status_code, answer.json()["order_id"], answer.json()["state"]) for answer in answers
    }
    assert 1 == len({answer.content for answer in answers})
    assert 1 == len(town.tape.of(placed.order_id, "order.placed"))


async def test_same_key_with_another_body_is_refused(town: Town) -> None:
    """A key that was used for another body is 409, and the order stays as it was placed."""
    placed = order(("tea", 1))
    await town.place_over_http(placed)
    other = order(("tea", 2), idempotency_key=placed.idempotency_key)
    answer = await town.place_over_http(other)
    assert (409, "key_reused") == (answer.status_code, answer.json()["reason"])
    shown = await town.show(placed.order_id)
    assert [1] == [line["quantity"] for line in shown["lines"]]


async def test_order_id_follows_from_customer_and_key_on_both_ways(town: Town) -> None:
    """An order that is placed over HTTP and then by Kafka under the same key is one order under the computed id."""
    placed = order(("tea", 1))
    expected = order_id(customer_id="ann", idempotency_key=placed.idempotency_key)
    answer = await town.place_over_http(placed)
    assert expected == answer.json()["order_id"]
    await town.send(placed)
    await town.pay(expected)
    await town.rests(expected, "completed", captured=placed.due, invoiced=placed.due, gone=1)
    assert 1 == len(town.tape.of(expected, "order.placed"))


async def test_recipient_is_sealed_on_topics_and_opened_on_the_waybill(town: Town) -> None:
    """A recipient that came in clear over HTTP stands on no topic in clear, and on the waybill for the carrier."""
    placed = order(("tea", 1))
    body = {**body_of(placed), "delivery": {"region": "r1", "method": METHOD, "recipient": RECIPIENT}}
    answer = await town.write("/orders", body, key=placed.idempotency_key)
    assert 201 == answer.status_code
    await town.pay(placed.order_id)
    dispatched = await town.told(placed.order_id, "fulfillment.shipment-dispatched")
    assert all("Long Road" not in str(told.data) for told in town.tape.of(placed.order_id))
    waybill = await town.clerk.ask(service="fulfillment", path=f"/shipments/{dispatched['shipment_id']}/waybill")
    assert RECIPIENT["street"] == waybill["recipient"]["street"]


async def test_a_customer_finds_the_order(town: Town) -> None:
    """An order is in its customer's list with its label and what may be done with it."""
    placed = order(("tea", 1), customer_id="bob")
    await town.place_over_http(placed)
    await town.told(placed.order_id, "payment.payment-requested")
    page = await town.clerk.ask(service="order", path="/customers/bob/orders", limit=100)
    found = next(each for each in page["orders"] if each["order_id"] == placed.order_id)
    assert "awaiting_payment" == found["label"]
    assert "cancel" in found["actions"]


@pytest.mark.parametrize("service", SERVICES)
async def test_every_service_asks_for_its_token(town: Town, service: str) -> None:
    """Without a token, or with another service's, nothing but health is answered."""
    addresses = town.addresses
    other = SERVICES[SERVICES.index(service) - 1]
    async with httpx.AsyncClient(base_url=addresses.urls[service]) as client:
        answers = [
            await client.get("/status"),
            await client.get("/audit/orders", headers=addresses.authorization(service=other)),
            await client.get("/health/ready"),
        ]
    assert [401, 401, 200] == [answer.status_code for answer in answers]
