"""Bad input over HTTP and over Kafka: a clear word about the field that is wrong, and nothing else has changed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from contracts.order import PlaceOrderV1
from e2e.shop import body_of, order
from e2e.town import Town
from simulators.house.addresses import SERVICES
from simulators.house.embedded import EmbeddedHouse
from simulators.publishing import Outgoing

pytestmark = pytest.mark.asyncio(loop_scope="session")

Body = dict[str, Any]


def changed(**fields: Any) -> Callable[[Body], Body]:
    return lambda body: {**body, **fields}


def line(**fields: Any) -> Callable[[Body], Body]:
    return lambda body: {**body, "lines": [{**body["lines"][0], **fields}]}


def many_lines(body: Body) -> Body:
    return {**body, "lines": [{**body["lines"][0], "line_id": f"l{number}"} for number in range(201)]}


WRONG_FORM = {
    "quantity 0": (line(quantity=0), "lines.0.quantity"),
    "quantity 10,001": (line(quantity=10_001), "lines.0.quantity"),
    "201 lines": (many_lines, "lines"),
    "no lines": (changed(lines=[]), "lines"),
    "negative due": (changed(due=-1), "due"),
    "negative net": (line(net=-1), "lines.0.net"),
    "money as text": (changed(due="much"), "due"),
    "currency of four letters": (changed(currency="EURO"), "currency"),
    "unknown profile": (changed(profile="slow"), "profile"),
    "unknown channel": (changed(channel="barter"), "channel"),
}
NOT_TRUE = {
    "unknown sku": (line(sku="nothing"), "sku_unknown", "sku"),
    "not on sale": (line(sku="gone", offer_id="o-gone", net=200), "not_on_sale", "sku"),
    "unknown offer": (line(offer_id="o-nothing"), "offer_unknown", "offer_id"),
    "wrong price": (line(net=1), "price_changed", "net"),
    "wrong freight": (changed(freight=1), "freight_changed", "freight"),
    "wrong due": (changed(due=1), "due_changed", "due"),
    "unknown currency": (changed(currency="ZZZ"), "currency_unknown", "currency"),
    "cash for a standard order": (changed(channel="cash_on_delivery"), "channel_mismatch", "channel"),
}
POISONED = {
    "order": b"order.place-order.v1",
    "inventory": b"inventory.reserve-stock.v1",
    "payment": b"payment.request-payment.v1",
    "fulfillment": b"fulfillment.create-shipments.v1",
    "billing": b"billing.issue-invoice.v1",
}
NOT_REACHED = {"moon": "region_not_covered", "island": "remote_area"}
NOT_WELCOME = {"asleep": "customer_inactive", "nobody": "customer_unknown"}


def record_of_body(town: Town, placed: PlaceOrderV1, change: Callable[[Body], Body]) -> Outgoing:
    """Return the record of an order whose body was changed after it was checked."""
    return replace(town.record(placed), value=orjson.dumps(change(placed.model_dump(mode="json"))))


async def nobody_else_knows(town: Town, order_id: str) -> None:
    """No service but order has ever heard of the order, and order holds it for ended, with no saga running."""
    books = await town.books(order_id)
    rest = {name: value for name, value in books.items() if name not in {"state", "terminal", "accepted"}}
    assert {"running": False} == rest
    assert books.get("state", "rejected") == "rejected"


async def dead_letter_of(town: Town, key: str, service: str = "order") -> str:
    """Return the error of the only dead letter under a key."""
    (letter,) = await town.all_told(key, f"{service}.dead-lettered")
    return str(letter.data["error"])


@pytest.mark.parametrize("case", WRONG_FORM)
async def test_wrong_form_is_refused_by_name(town: Town, case: str) -> None:
    """A body of the wrong form is 422 with the field over HTTP, and a dead letter that names it on the topic."""
    change, field = WRONG_FORM[case]
    placed = order(("tea", 1))
    answer = await town.write("/orders", change(body_of(placed)), key=placed.idempotency_key)
    assert (422, "wrong_form", [field]) == (
        answer.status_code,
        answer.json()["reason"],
        [each["field"] for each in answer.json()["fields"]],
    )
    await town.publisher.publish_all(records=[record_of_body(town, placed, change)])
    assert f"{field}: " in await dead_letter_of(town, placed.order_id)
    assert {} == await town.books(placed.order_id)


@pytest.mark.parametrize("case", NOT_TRUE)
async def test_what_is_not_true_is_rejected_by_name(town: Town, case: str) -> None:
    """An order whose figures or words do not hold is rejected with the reason and the field, on both ways."""
    change, reason, field = NOT_TRUE[case]
    placed, again = order(("tea", 1)), order(("tea", 1))
    answer = await town.write("/orders", change(body_of(placed)), key=placed.idempotency_key)
    assert (422, reason) == (answer.status_code, answer.json()["reason"])
    assert field in answer.json()["detail"]
    await town.publisher.publish_all(records=[record_of_body(town, again, change)])
    rejected = await town.told(again.order_id, "order.rejected")
    assert (reason, True) == (rejected["reason"], field in rejected["detail"])
    for order_id in (placed.order_id, again.order_id):
        await nobody_else_knows(town, order_id)


async def test_rejection_says_what_would_be_accepted(town: Town) -> None:
    """An order with an old price is rejected with the price and the due of now, and accepted with those."""
    placed = order(("tea", 2))
    old = line(net=1)(body_of(placed))
    refused = (await town.write("/orders", old, key=f"{placed.idempotency_key}-old")).json()
    amended = {**line(net=refused["lines"][0]["net_now"])(old), "due": refused["due_now"]}
    answer = await town.write("/orders", amended, key=placed.idempotency_key)
    assert (201, "placing") == (answer.status_code, answer.json()["state"])


@pytest.mark.parametrize("region", NOT_REACHED)
async def test_address_that_nobody_reaches_is_rejected(town: Town, region: str) -> None:
    """A region that is remote or not covered is named in the rejection."""
    placed = order(("tea", 1))
    body = body_of(placed)
    body["delivery"]["region"] = region
    answer = await town.write("/orders", body, key=placed.idempotency_key)
    assert (422, NOT_REACHED[region]) == (answer.status_code, answer.json()["reason"])
    assert f"delivery.region {region}" in answer.json()["detail"]
    await nobody_else_knows(town, placed.order_id)


@pytest.mark.parametrize("customer_id", NOT_WELCOME)
async def test_customer_who_may_not_order_is_rejected(town: Town, customer_id: str) -> None:
    """An unknown or inactive customer is named in the rejection."""
    placed = order(("tea", 1), customer_id=customer_id)
    await town.send(placed)
    rejected = await town.told(placed.order_id, "order.rejected")
    assert (NOT_WELCOME[customer_id], True) == (rejected["reason"], f"customer_id {customer_id}" in rejected["detail"])
    await nobody_else_knows(town, placed.order_id)


@pytest.mark.parametrize(
    "value, says",
    [(b"{", "JSON"), (b"", "JSON"), (b"[1]", "object"), (b"\xff\xfe", "JSON")],
)
async def test_broken_data_is_a_dead_letter(town: Town, value: bytes, says: str) -> None:
    """A record that is no JSON object becomes a dead letter that says so, and blocks nothing."""
    placed = order(("tea", 1))
    sent = town.record(placed)
    await town.publisher.publish_all(records=[replace(sent, value=value)])
    assert says in await dead_letter_of(town, placed.order_id)
    assert {} == await town.books(placed.order_id)
    await town.send(placed)
    await town.told(placed.order_id, "order.placed")


@pytest.mark.parametrize(
    "header, value, says",
    [
        ("ce_id", None, "header ce_id is missing"),
        ("ce_type", b"\xff\xff", "header ce_type is not UTF-8"),
        ("ce_time", b"yesterday", "header ce_time is not RFC 3339"),
        ("ce_type", b"order.explode.v1", "unknown type 'order.explode.v1'"),
        ("ce_type", b"order.place-order.v9", "unknown type 'order.place-order.v9'"),
    ],
)
async def test_wrong_header_is_a_dead_letter(town: Town, header: str, value: bytes | None, says: str) -> None:
    """A header that is missing or cannot be read, and a type or version that nobody knows, are named."""
    placed = order(("tea", 1))
    sent = town.record(placed)
    others = tuple(each for each in sent.headers if each[0] != header)
    headers = others if value is None else (*others, (header, value))
    await town.publisher.publish_all(records=[replace(sent, headers=headers)])
    assert says in await dead_letter_of(town, placed.order_id)
    assert {} == await town.books(placed.order_id)


async def test_used_message_id_with_another_body_changes_nothing(town: Town) -> None:
    """A second message under the id of a first one is no repeat of it, and is not obeyed either."""
    first, second, after = order(("tea", 1)), order(("tea", 2)), order(("tea", 3))
    sent = town.record(first)
    await town.publisher.publish_all(records=[sent])
    await town.told(first.order_id, "order.placed")
    stolen = town.record(second)
    await town.publisher.publish_all(records=[replace(stolen, headers=sent.headers)])
    await town.taken()
    assert {} == await town.books(second.order_id)
    await town.send(after)
    await town.told(after.order_id, "order.placed")


async def test_order_under_the_id_of_another_is_rejected(town: Town) -> None:
    """An order id that does not follow from customer and key is refused, and the order that has it stays as it is."""
    placed = order(("tea", 1))
    await town.send(placed)
    await town.told(placed.order_id, "order.placed")
    thief = order(("tea", 9), customer_id="bob", order_id=placed.order_id)
    await town.send(thief)
    await town.taken()
    shown = await town.show(placed.order_id)
    assert ("ann", [1]) == (shown["customer_id"], [each["quantity"] for each in shown["lines"]])


@pytest.mark.parametrize("service", SERVICES)
async def test_no_service_is_stopped_by_poison(house: EmbeddedHouse, town: Town, service: str) -> None:
    """Every service sets a message aside that it cannot read, says so, and stays ready."""
    placed = order(("tea", 1))
    sent = town.record(placed)
    headers = (*(each for each in sent.headers if each[0] != "ce_type"), ("ce_type", POISONED[service]))
    poison = Outgoing(topic=f"{service}.commands", key=sent.key, value=b"poison", headers=headers)
    await town.publisher.publish_all(records=[poison])
    assert "JSON" in await dead_letter_of(town, placed.order_id, service)
    assert house.is_ready(name=service)
