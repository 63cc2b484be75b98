from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chassis.message import Incoming
from chassis.store.values import Stored
from chassis.testing import MONDAY
from chassis.view import BatchView
from contracts import ids as published
from contracts.billing import IssueInvoiceV1
from contracts.order import Delivery, InvoiceChoice, OrderRejectedV1, PlaceOrderV1, RequestedTender
from contracts.values import Slot
from order.domain import ids
from order.domain.order import ORDER
from order.domain.reference import FREIGHT, MERCHANT, OFFER, PRODUCT, Offer
from services.order.tests.basket import CUSTOMER, ID, KEY, coupon, free, line, place
from services.order.tests.examples import PRODUCTS, TARIFF, Shop, names, product
from services.order.tests.words import (
    captured,
    created,
    dispatched,
    packed,
    reconciled,
    requested,
    stock_committed,
)

ISLAND = Delivery(region="island", method="standard", recipient="sealed")
ELSEWHERE = Delivery(region="r9", method="standard", recipient="sealed")
BY_DRONE = Delivery(region="r1", method="express", recipient="sealed")
NOBODY = Delivery(region="r1", method="standard")
YESTERDAY = Slot(starts=MONDAY - timedelta(days=2), ends=MONDAY - timedelta(days=1))
ASLEEP_ID = published.order_id(customer_id="asleep", idempotency_key=KEY)
NOBODY_ID = published.order_id(customer_id="nobody", idempotency_key=KEY)
TWO_PACKETS = tuple(RequestedTender(tender_id=name, kind="red_packet", amount=1) for name in ("p1", "p2"))


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"customer_id": "asleep", "order_id": ASLEEP_ID}, "customer_inactive"),
        ({"customer_id": "nobody", "order_id": NOBODY_ID}, "customer_unknown"),
        ({"order_id": ASLEEP_ID}, "order_id_mismatch"),
        ({"currency": "XXX"}, "currency_unknown"),
        ({"delivery": ISLAND}, "remote_area"),
        ({"delivery": ELSEWHERE}, "region_not_covered"),
        ({"delivery": BY_DRONE}, "method_not_offered"),
        ({"delivery": NOBODY}, "recipient_missing"),
        ({"delivery": NOBODY.model_copy(update={"recipient": "x", "slot": YESTERDAY})}, "slot_over"),
        ({"freight": 599}, "freight_changed"),
        ({"tax": 1}, "tax_changed"),
        ({"due": 1}, "due_changed"),
        ({"profile": "cod"}, "channel_mismatch"),
        ({"channel": "cash_on_delivery"}, "channel_mismatch"),
        ({"profile": "virtual"}, "profile_mismatch"),
        ({"invoice": InvoiceChoice(type="special_vat")}, "tax_id_missing"),
        ({"tenders": TWO_PACKETS}, "tenders_too_many"),
        ({"tenders": (coupon(5, "nothing"),)}, "cannot_be_priced"),
        ({"lines": (line("tea"), line("tea"))}, "line_twice"),
        ({"lines": (line("code"),)}, "profile_mismatch"),
    ],
)
def test_what_is_wrong_with_an_order_rejects_it(changes: dict[str, Any], reason: str) -> None:
    """Each wrong part of an order rejects it by name, and nothing is asked of anybody."""
    step = Shop().say(place().model_copy(update=changes))
    assert (["OrderRejectedV1"], "rejected") == (names(step), step.outcome)
    assert isinstance(step.emitted[0], OrderRejectedV1)
    assert (reason, reason) == (step.emitted[0].reason, (step.answer or {})["reason"])


@pytest.mark.parametrize(
    "wrong, reason, field, available, net_now",
    [
        (line("tea", 2, net=1799), "price_changed", "net", None, 1800),
        (line("ghost"), "sku_unknown", "sku", 0, None),
        (line("gone"), "not_on_sale", "sku", 0, 1),
        (line("acid"), "not_covered", "sku", 0, 5),
        (line("rare", 3), "over_cap", "quantity", 2, 2100),
        (line("tea").model_copy(update={"offer_id": "o-ghost"}), "offer_unknown", "offer_id", None, None),
        (line("tea").model_copy(update={"offer_id": "o-milk"}), "offer_unknown", "offer_id", None, None),
    ],
)
def test_a_wrong_line_is_told_with_its_figures(
    wrong: Any, reason: str, field: str, available: int | None, net_now: int | None
) -> None:
    """The rejection names the line, what is available and what it costs now (C10)."""
    event = Shop().say(place(line("lamp"), wrong)).emitted[0]
    assert isinstance(event, OrderRejectedV1)
    told = [(each.line_id, each.reason, each.field, each.available, each.net_now) for each in event.lines]
    assert [(wrong.line_id, reason, field, available, net_now)] == told


def test_a_rejection_amends_the_order_in_one_step() -> None:
    """With the figures of a rejection the same basket is accepted."""
    shop = Shop()
    wrong = place(line("tea", 2, net=1), freight=1, due=2)
    event = shop.say(wrong).emitted[0]
    assert isinstance(event, OrderRejectedV1)
    assert event.lines[0].net_now is not None
    amended = wrong.model_copy(
        update={
            "idempotency_key": "again",
            "order_id": published.order_id(customer_id=CUSTOMER, idempotency_key="again"),
            "lines": (line("tea", 2, net=event.lines[0].net_now),),
            "freight": event.freight_now,
            "due": event.due_now,
        }
    )
    assert ["ReserveStockV1"] == names(shop.say(amended))


def test_the_same_order_again_is_the_same_answer() -> None:
    """A second command with the same body changes nothing and is answered alike, accepted or rejected."""
    for command in (place(), place(due=1)):
        shop = Shop()
        first, again = shop.say(command), shop.say(command)
        assert ("duplicate", []) == (again.outcome, names(again))
        assert (first.answer or {})["state"] == (again.answer or {})["state"]


def test_another_order_under_the_same_id_is_refused() -> None:
    """A second command with another body is refused, and the first order stays as it is."""
    shop = Shop()
    shop.say(place())
    before = shop.order
    step = shop.say(place(line("lamp")))
    assert ("rejected", []) == (step.outcome, names(step))
    assert "other_order_under_this_id" == (step.answer or {})["reason"]
    assert before == shop.order


def test_a_foreign_id_is_not_taken() -> None:
    """An order under the id of somebody else's order is refused without leaving anything there."""
    shop = Shop()
    shop.say(place(order_id=ASLEEP_ID))
    assert None is shop.bench.aggregate(ORDER, ASLEEP_ID)


def test_order_ids_are_those_that_publishers_compute() -> None:
    """The service and its publishers compute the same id."""
    assert published.order_id(customer_id="a", idempotency_key="b") == ids.order_id(
        customer_id="a", idempotency_key="b"
    )
    assert published.ORDER_NAMESPACE == ids.ORDER_NAMESPACE


def test_terms_are_a_snapshot() -> None:
    """A later price, name, merchant or tariff reaches no order that was placed, up to its invoice (C07)."""
    shop = Shop()
    shop.accepted()
    before = shop.terms
    shop.bench.given(PRODUCT, "tea", product("tea", name="COFFEE", weight=1, merchant_id="m2"))
    shop.bench.given(OFFER, "o-tea", Offer(offer_id="o-tea", sku="tea", currency="USD", gross=1))
    shop.bench.given(FREIGHT, "standard:USD", replace(TARIFF, zones=()))
    shop.say(requested(), captured(2400), reconciled(2400), stock_committed(shop.order), created(), packed())
    invoice = shop.say(dispatched()).emitted[0]
    assert isinstance(invoice, IssueInvoiceV1)
    assert ("m1", 2400, 600, "TEA") == (invoice.issuer, invoice.total, invoice.freight, invoice.lines[0].name)
    assert before == shop.terms


def test_marketplace_merchants_have_a_longer_window() -> None:
    """The service window of each merchant is frozen with the terms: 7 days, 10 on the marketplace."""
    shop = Shop()
    shop.say(place(line("tea"), line("lamp")))
    assert [7, 10] == [merchant.window.days for merchant in shop.terms.merchants]


def test_a_tender_beyond_the_net_stays_with_the_customer() -> None:
    """Of a coupon that exceeds its lines only the net is used and locked."""
    shop = Shop()
    step = shop.say(free(line("tea"), tenders=(coupon(2_000),), due=0))
    assert ["LockTendersV1"] == names(step)
    assert [("c1", 900)] == [(each.tender_id, each.amount) for each in shop.terms.tenders]


@pytest.mark.parametrize(
    "field, value",
    [
        ("lines", [{**line("tea").model_dump(), "quantity": 0}]),
        ("lines", [{**line("tea").model_dump(), "quantity": 10_001}]),
        ("lines", [line("tea", line_id=f"l{n}").model_dump() for n in range(201)]),
        ("lines", [{**line("tea").model_dump(), "net": -1}]),
        ("freight", -1),
        ("due", "much"),
        ("currency", "usd"),
    ],
)
def test_a_command_without_form_is_a_dead_letter(field: str, value: Any) -> None:
    """Quantity 0 or 10,001, 201 lines, negative money and the like are dead letters that name the field."""
    shop = Shop()
    record = shop.bench.record(place())
    body = PlaceOrderV1.model_validate_json(record.value or b"").model_dump(mode="json") | {field: value}
    broken = record.__class__(
        topic=record.topic,
        partition=0,
        offset=0,
        key=record.key,
        value=_json(body),
        headers=record.headers,
    )
    assert "dead" == shop.bench.feed_records(broken).outcome
    assert field in shop.bench.dead_letters()[0].error
    assert None is shop.bench.aggregate(ORDER, ID)


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()


def test_merchants_are_named_before_the_decision() -> None:
    """The route of place-order names the merchants of the products that are there, so that a batch is decided once."""
    message = Shop().bench.parser.record(record=Shop().bench.record(place(line("lamp"), line("tea"), line("nothing"))))
    assert isinstance(message, Incoming)
    there = {(PRODUCT, each.sku): Stored(version=1, aggregate=each) for each in PRODUCTS}
    view = BatchView(wanted=message.route.loads(message.command), loaded=there)
    assert [(MERCHANT, "m2"), (MERCHANT, "m1")] == list(message.route.follows(message.command, view))
