from __future__ import annotations

from contracts.billing import IssueInvoiceV1
from contracts.fulfillment import ShipmentPickedShortV1
from contracts.order import OrderCancelledV1
from contracts.payment import RefundPaymentV1
from contracts.values import PickedLine
from services.order.tests.basket import ID, line, place, sub
from services.order.tests.examples import Shop, names
from services.order.tests.words import created, dispatched, only, packed, refunded


def picked_short(number: int, *skus: str) -> ShipmentPickedShortV1:
    """One unit of each of these was not on the shelf."""
    missing = tuple(PickedLine(line_id=sku, sku=sku, quantity=1) for sku in skus)
    return ShipmentPickedShortV1(
        order_id=ID, sub_order_id=sub(number), shipment_id=f"{sub(number)}-d1", warehouse_id="w1", missing=missing
    )


def test_missing_units_are_paid_back_and_the_rest_is_shipped() -> None:
    """A short pick cuts the missing units, refunds their shares, and is invoiced without them."""
    shop = Shop()
    shop.confirmed()
    refund = only(RefundPaymentV1, shop.say(picked_short(1, "tea")).emitted)
    assert isinstance(refund, RefundPaymentV1)
    assert (900, "awaiting_pick") == (refund.amount, shop.state)
    sent = shop.say(packed(), dispatched())
    invoice = only(IssueInvoiceV1, sent.emitted)
    assert isinstance(invoice, IssueInvoiceV1)
    assert shop.due == refund.amount + invoice.total
    assert ["LinesCancelledV1"] == names(shop.say(refunded(1, 900)))
    assert "duplicate" == shop.say(created()).outcome


def test_order_of_which_nothing_was_found_is_cancelled() -> None:
    """When the picker finds nothing of any part, the last refund that ends cancels the order, and says why."""
    shop = Shop()
    shop.confirmed(place(line("tea"), line("milk")))
    shop.say(picked_short(1, "tea"), picked_short(2, "milk"))
    first, second = shop.order.refunds
    shop.say(refunded(2, second.amount))
    assert "awaiting_pick" == shop.state
    ended = shop.say(refunded(1, first.amount))
    event = only(OrderCancelledV1, ended.emitted)
    assert isinstance(event, OrderCancelledV1)
    assert ("cancelled", "picked_short", shop.due) == (shop.state, event.reason, event.refunded)


def test_line_that_is_named_twice_misses_both_units() -> None:
    """The picker may name a line more than once: its missing units add up."""
    shop = Shop()
    shop.confirmed(place(line("tea", 3)))
    refund = only(RefundPaymentV1, shop.say(picked_short(1, "tea", "tea")).emitted)
    assert isinstance(refund, RefundPaymentV1)
    assert 1_800 == refund.amount
