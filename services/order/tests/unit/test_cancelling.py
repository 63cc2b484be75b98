from __future__ import annotations

import pytest

from contracts.billing import IssueInvoiceV1
from contracts.inventory import CommitRefusedV1, ReleaseStockV1, ShortLine
from contracts.order import CancellationRefusedV1, LinesCancelledV1, OrderCancelledV1
from contracts.payment import RefundPaymentV1, RefundRefusedV1
from contracts.tenders import ReleaseTendersV1
from services.order.tests.basket import DAY, ID, cancel, coupon, free, line, place
from services.order.tests.examples import Shop, names
from services.order.tests.words import (
    captured,
    delivered,
    dispatched,
    given_back,
    intercepted,
    only,
    packed,
    payment_cancelled,
    reconciled,
    refunded,
    released,
    requested,
    stock_committed,
)

TWO = (line("tea", 2), line("lamp"))


def refusal(shop: Shop, *lines: tuple[str, int], subs: tuple[int, ...] = ()) -> str:
    step = shop.say(cancel(*lines, subs=subs))
    assert ("rejected", ["CancellationRefusedV1"]) == (step.outcome, names(step))
    assert isinstance(step.emitted[0], CancellationRefusedV1)
    return step.emitted[0].reason


def test_an_unknown_order_cannot_be_cancelled() -> None:
    """Cancelling what does not exist is refused by name."""
    assert "unknown_order" == refusal(Shop())


def test_a_cancelled_order_is_cancelled_once() -> None:
    """Cancelling again is a duplicate with the same answer."""
    shop = Shop()
    shop.accepted()
    shop.say(cancel(), payment_cancelled(), released("checkout"))
    again = shop.say(cancel())
    assert ("duplicate", "cancelled", []) == (again.outcome, (again.answer or {})["state"], names(again))


def test_an_order_is_cancelled_while_it_is_being_placed() -> None:
    """What was asked for is given back, and the order ends cancelled without a payment."""
    shop = Shop()
    shop.say(place())
    assert ["ReleaseStockV1"] == names(shop.say(cancel()))
    assert ["OrderCancelledV1"] == names(shop.say(released("checkout")))


def test_a_part_of_an_unpaid_order_cannot_be_cancelled() -> None:
    """Before payment only the whole order can be cancelled."""
    shop = Shop()
    shop.accepted(place(*TWO))
    assert "not_paid_yet" == refusal(shop, ("lamp", 1))


def test_units_that_the_order_has_not_cannot_be_cancelled() -> None:
    """More units than there are, and sub-orders that are unknown, are refused."""
    shop = Shop()
    shop.accepted(place(*TWO))
    shop.say(requested(), captured(shop.due))
    assert "unknown_units" == refusal(shop, ("tea", 3))
    shop.say(reconciled(shop.due), stock_committed(shop.order))
    assert "unknown_units" == refusal(shop, subs=(9,))


def test_units_of_a_started_shipment_are_too_late() -> None:
    """After the split only whole sub-orders can be stopped."""
    shop = Shop()
    shop.confirmed(place(*TWO))
    assert "too_late" == refusal(shop, ("tea", 1))


@pytest.mark.parametrize("after", ["dispatched", "delivered", "completed"])
def test_goods_that_left_cannot_be_cancelled(after: str) -> None:
    """From dispatch on a cancellation is refused with advice."""
    shop = Shop()
    shop.confirmed()
    shop.say(packed(), dispatched(), *([delivered()] if after != "dispatched" else []))
    if after == "completed":
        shop.bench.advance(7 * DAY)
    assert ("ended" if after == "completed" else "too_late") == refusal(shop)


def test_lines_are_cut_before_the_split() -> None:
    """While the payment is being confirmed lines are cut: exactly their money goes back, and the rest is shipped."""
    shop = Shop()
    shop.accepted(place(*TWO, tenders=(coupon(680),)))
    shop.say(requested(), captured(shop.due))
    assert [] == names(shop.say(cancel(("tea", 1))))
    step = shop.say(reconciled(shop.due))
    refund = only(RefundPaymentV1, step.emitted)
    assert isinstance(refund, RefundPaymentV1)
    assert 900 - 90 == refund.amount
    steps = shop.say(refunded(1, refund.amount), released("cancellation-1"), given_back("cancellation-1"))
    assert ["ReleaseStockV1", "ReleaseTendersV1", "LinesCancelledV1", "CommitStockV1"] == names(steps)
    stock = only(ReleaseStockV1, steps.emitted)
    assert isinstance(stock, ReleaseStockV1)
    assert [("tea", 1, "w1")] == [(each.line_id, each.quantity, each.warehouse_id) for each in stock.lines]
    shop.say(stock_committed(shop.order))
    assert "awaiting_pick" == shop.state
    assert {"tea": 1, "lamp": 1} == {units.line: units.count for part in shop.order.sub_orders for units in part.units}


def test_a_whole_sub_order_is_cancelled() -> None:
    """A sub-order that the warehouse stops is paid back with its shares, the other goes its way to completion."""
    shop = Shop()
    shop.confirmed(place(*TWO))
    assert ["InterceptShipmentsV1"] == names(shop.say(cancel(subs=(2,))))
    step = shop.say(intercepted("cancellation-1", 2))
    refund = only(RefundPaymentV1, step.emitted)
    assert isinstance(refund, RefundPaymentV1)
    part = next(each.part for each in shop.terms.merchants if each.part.merchant_id == "m2")
    assert 4999 + part.freight == refund.amount
    ended = shop.say(refunded(1, refund.amount), released("cancellation-1"))
    assert isinstance(only(LinesCancelledV1, ended.emitted), LinesCancelledV1)
    assert "awaiting_pick" == shop.state
    sent = shop.say(packed(1), dispatched(1))
    invoice = only(IssueInvoiceV1, sent.emitted)
    assert isinstance(invoice, IssueInvoiceV1)
    assert shop.due == refund.amount + invoice.total


def test_freight_moves_to_what_still_goes_out() -> None:
    """A cancelled part leaves its freight to the merchant's other part that still goes out."""
    shop = Shop()
    shop.confirmed(place(line("tea", 2), line("milk", 2)))
    assert 2 == len(shop.order.sub_orders)
    shop.say(cancel(subs=(1,)))
    refund = only(RefundPaymentV1, shop.say(intercepted("cancellation-1", 1)).emitted)
    assert isinstance(refund, RefundPaymentV1)
    assert 1800 == refund.amount
    assert 700 == shop.order.sub_orders[1].freight


def test_a_full_cancellation_returns_the_freight_and_every_tender() -> None:
    """Cancelled before dispatch, all channel money and all that is left of the tenders go back."""
    shop = Shop()
    shop.confirmed(place(*TWO, tenders=(coupon(100),)))
    shop.say(cancel())
    step = shop.say(intercepted("cancellation-1", 1, 2))
    refund = only(RefundPaymentV1, step.emitted)
    assert isinstance(refund, RefundPaymentV1)
    assert shop.due == refund.amount == sum(part.goods + part.freight + part.tax for part in refund.parts)
    steps = shop.say(refunded(1, refund.amount), released("cancellation-1"), given_back("cancellation-1"))
    tenders = only(ReleaseTendersV1, steps.emitted)
    assert isinstance(tenders, ReleaseTendersV1)
    assert () == tenders.tenders
    ended = steps.emitted[-1]
    assert isinstance(ended, OrderCancelledV1)
    assert (shop.due, "changed_my_mind", "cancelled") == (ended.refunded, ended.reason, shop.state)


def test_goods_gone_at_payment_refund_everything() -> None:
    """When the stock is not there at payment the order is refunded in full with a clear reason (I02)."""
    shop = Shop()
    shop.paid()
    short = ShortLine(line_id="tea", sku="tea", requested=2, available=0, reason="out_of_stock")
    step = shop.say(CommitRefusedV1(order_id=ID, reason="out_of_stock", lines=(short,)))
    assert ["RefundPaymentV1"] == names(step)
    ended = shop.say(refunded(1, shop.due), released("cancellation-1"))
    assert ["ReleaseStockV1", "OrderCancelledV1"] == names(ended)
    assert ("cancelled", "out_of_stock") == (shop.state, shop.order.why)


def test_goods_gone_for_a_free_order_refund_its_tenders() -> None:
    """An order that paid with tenders only gets them back when its stock is gone."""
    shop = Shop()
    shop.accepted(free(line("tea"), tenders=(coupon(900),)))
    shop.say(reconciled(0))
    step = shop.say(CommitRefusedV1(order_id=ID, reason="hold_expired", lines=()))
    assert ["ReleaseStockV1"] == names(step)
    ended = shop.say(released("cancellation-1"), given_back("cancellation-1"))
    assert ["ReleaseTendersV1", "OrderCancelledV1"] == names(ended)


def test_a_cancellation_between_proof_and_commit_waits_for_the_stock() -> None:
    """A paid order whose stock is just being committed is refunded once that is certain, and never shipped."""
    shop = Shop()
    shop.paid()
    assert [] == names(shop.say(cancel()))
    assert ["RefundPaymentV1"] == names(shop.say(stock_committed(shop.order)))
    ended = shop.say(refunded(1, shop.due), released("cancellation-1"))
    assert ["ReleaseStockV1", "OrderCancelledV1"] == names(ended)


def test_a_refused_refund_is_asked_again() -> None:
    """A refund that payment refuses waits and is asked again with the same id, until it is stuck and alarms."""
    shop = Shop()
    shop.confirmed()
    shop.say(cancel())
    first = only(RefundPaymentV1, shop.say(intercepted("cancellation-1", 1)).emitted)
    shop.say(RefundRefusedV1(refund_id=f"{ID}-r1", order_id=ID, reason="in_flight", refundable=0))
    assert "cancelling" == shop.state
    assert first in shop.bench.advance(DAY).emitted
    assert shop.order.sagas["cancellation-1"].stuck
