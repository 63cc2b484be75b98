from __future__ import annotations

import pytest

from contracts.billing import IssueInvoiceV1
from contracts.fulfillment import CreateShipmentsV1
from contracts.order import ConfirmReceiptV1, Delivery, OrderCompletedV1
from contracts.payment import PaymentDeclinedV1, RefundPaymentV1
from order.domain.order import ORDER
from services.order.tests.basket import DAY, ID, cancel, coupon, line, place, sub
from services.order.tests.examples import Shop, names
from services.order.tests.words import (
    cancel_refused,
    captured,
    created,
    delivered,
    dispatched,
    graded,
    intercepted,
    invoiced,
    only,
    packed,
    payment_cancelled,
    reconciled,
    refunded,
    refused,
    released,
    requested,
    restocked,
    settled,
    stock_committed,
)

NOWHERE = Delivery(region="r1", method="none")


@pytest.mark.parametrize("profile", ["express", "standard", "promotion", "corporate"])
def test_physical_profiles_live_alike(profile: str) -> None:
    """The four paid profiles differ in their clocks only: each comes to completion the same way."""
    shop = Shop()
    shop.confirmed(place(profile=profile))
    shop.say(packed(), dispatched(), delivered(), ConfirmReceiptV1(order_id=ID))
    assert "completed" == shop.state
    assert (profile == "express") == any(each.rush for each in _shipments(profile).shipments)


def _shipments(profile: str) -> CreateShipmentsV1:
    shop = Shop()
    shop.paid(place(profile=profile))
    shipments = shop.say(stock_committed(shop.order)).emitted[-1]
    assert isinstance(shipments, CreateShipmentsV1)
    return shipments


def cash() -> Shop:
    shop = Shop()
    shop.accepted(place(profile="cod", channel="cash_on_delivery"))
    return shop


def test_cash_on_delivery_is_picked_at_once() -> None:
    """A cash order does not wait for money: it is shipped with the sum to collect, and invoiced when that is proven."""
    shop = cash()
    assert "awaiting_pick" == shop.state
    assert ["CommitStockV1"] == names(shop.say(requested()))
    shipments = shop.say(stock_committed(shop.order)).emitted[-1]
    assert isinstance(shipments, CreateShipmentsV1)
    assert 2400 == shipments.shipments[0].collect
    assert [] == names(shop.say(created(), packed(), dispatched(), delivered()))
    assert ["IssueInvoiceV1"] == names(shop.say(captured(2400), reconciled(2400)))
    assert "SettleOrderV1" in names(shop.bench.advance(7 * DAY))
    assert "completed" == shop.state


def test_cash_that_comes_after_completion_is_still_invoiced() -> None:
    """A remittance after the customer's confirmation is invoiced and settled when it is reconciled."""
    shop = cash()
    shop.say(requested(), stock_committed(shop.order), created(), packed(), dispatched(), delivered())
    assert ["OrderCompletedV1"] == names(shop.say(ConfirmReceiptV1(order_id=ID)))
    assert ["IssueInvoiceV1", "SettleOrderV1"] == names(shop.say(reconciled(2400)))


def test_a_refused_cash_parcel_voids_the_payment() -> None:
    """Nothing was collected, so that nothing is refunded or invoiced: the request is closed."""
    shop = cash()
    shop.say(requested(), stock_committed(shop.order), created(), packed(), dispatched(), refused(), graded())
    assert ["CancelPaymentV1"] == names(shop.say(restocked()))
    assert ["OrderClosedV1"] == names(shop.say(payment_cancelled()))


def test_cash_that_comes_for_a_refused_parcel_goes_back() -> None:
    """Cash that the carrier remits before the request is closed cannot be voided any more: it is refunded."""
    shop = cash()
    shop.say(requested(), stock_committed(shop.order), created(), packed(), dispatched(), refused())
    shop.say(captured(2400), reconciled(2400), graded())
    assert ["CancelPaymentV1"] == names(shop.say(restocked()))
    refund = only(RefundPaymentV1, shop.say(cancel_refused(2400)).emitted)
    assert 2400 == refund.amount
    assert ["OrderClosedV1"] == names(shop.say(refunded(1, 2400)))


def test_two_refused_cash_parcels_are_lowered_one_by_one() -> None:
    """While the first part is still to be lowered, the last one does not void the payment of both."""
    shop = Shop()
    shop.accepted(place(line("tea"), line("milk"), profile="cod", channel="cash_on_delivery"))
    shop.say(requested(), stock_committed(shop.order), created())
    for number in (1, 2):
        shop.say(packed(number), dispatched(number), refused(number))
    shop.say(graded(2, 1))
    second = only(RefundPaymentV1, shop.say(restocked(2)).emitted)
    shop.say(graded(1, 1))
    first = only(RefundPaymentV1, shop.say(restocked(1)).emitted)
    assert shop.due == first.amount + second.amount
    ended = shop.say(refunded(2, second.amount), refunded(1, first.amount))
    assert ["OrderClosedV1"] == names(ended)


def test_a_cash_order_is_cancelled_before_dispatch() -> None:
    """An intercepted cash order closes its request and releases its stock."""
    shop = cash()
    shop.say(requested(), stock_committed(shop.order), created(), cancel())
    assert ["CancelPaymentV1"] == names(shop.say(intercepted("cancellation-1", 1)))
    assert ["ReleaseStockV1", "OrderCancelledV1"] == names(shop.say(payment_cancelled(), released("cancellation-1")))


def test_cash_for_the_freight_of_an_intercepted_part_is_not_asked_for() -> None:
    """What the carriers of the other parts collect is all that is due: the freight of a part that stays comes off."""
    shop = Shop()
    shop.accepted(place(line("tea"), line("milk"), profile="cod", channel="cash_on_delivery"))
    shipments = shop.say(requested(), stock_committed(shop.order)).emitted[-1]
    assert isinstance(shipments, CreateShipmentsV1)
    shop.say(created(), cancel(subs=(1,)))
    refund = only(RefundPaymentV1, shop.say(intercepted("cancellation-1", 1)).emitted)
    assert shipments.shipments[0].collect == refund.amount
    assert shop.due - refund.amount == shipments.shipments[1].collect


def virtual(**changes: object) -> Shop:
    shop = Shop()
    base = {"profile": "virtual", "delivery": NOWHERE}
    shop.say(place(line("code"), **{**base, **changes}))
    return shop


def test_a_virtual_order_completes_with_its_payment() -> None:
    """Virtual goods need no stock and no parcel: proven money invoices, completes and settles at once (V01, V02)."""
    shop = virtual()
    assert "awaiting_payment" == shop.state
    step = shop.say(requested(), captured(2000), reconciled(2000))
    assert {"OrderConfirmedV1", "IssueInvoiceV1", "OrderCompletedV1", "SettleOrderV1"} == set(names(step))
    assert "completed" == shop.state


def test_a_prepaid_order_is_paid_at_once() -> None:
    """A prepaid order asks the balance, never waits for a payer, and completes with the answer."""
    shop = virtual(profile="virtual_prepaid", channel="balance")
    assert "confirming_payment" == shop.state
    step = shop.say(reconciled(2000))
    assert "completed" == shop.state
    assert isinstance(next(each for each in step.emitted if isinstance(each, OrderCompletedV1)), OrderCompletedV1)


def test_a_prepaid_order_without_balance_is_cancelled() -> None:
    """A declined balance cancels the order at once."""
    shop = virtual(profile="virtual_prepaid", channel="balance")
    assert ["OrderCancelledV1"] == names(shop.say(PaymentDeclinedV1(order_id=ID, reason="insufficient_balance")))


def test_a_virtual_order_paid_by_tenders_completes_at_once() -> None:
    """With nothing due the locked tenders are enough; nothing is invoiced, since no money was captured."""
    shop = Shop()
    shop.accepted(place(line("code"), profile="virtual_prepaid", delivery=NOWHERE, tenders=(coupon(2000),)))
    step = shop.say(reconciled(0))
    assert {"OrderConfirmedV1", "OrderCompletedV1"} == set(names(step))
    assert "completed" == shop.state


def test_a_mixed_basket_delivers_its_virtual_part_at_once() -> None:
    """The virtual part is complete and invoiced with the payment; the order follows its goods."""
    shop = Shop()
    shop.paid(place(line("tea"), line("code")))
    step = shop.say(stock_committed(shop.order))
    assert "awaiting_pick" == shop.state
    invoice = next(each for each in step.emitted if isinstance(each, IssueInvoiceV1))
    assert (sub(2), 2000, 0) == (invoice.sub_order_id, invoice.total, invoice.freight)
    shop.say(created(), cancel())
    refund = shop.say(intercepted("cancellation-1", 1)).emitted[0]
    assert isinstance(refund, RefundPaymentV1)
    assert 900 + 600 == refund.amount


def test_a_cancelled_virtual_order_is_refunded_when_proven() -> None:
    """A virtual order that is cancelled while it is being confirmed is refunded and delivers nothing."""
    shop = virtual()
    shop.say(requested(), captured(2000), cancel())
    assert ["RefundPaymentV1"] == names(shop.say(reconciled(2000)))


def test_an_order_is_archived_in_the_end() -> None:
    """Two years after its end an order is archived and no longer shown (T08)."""
    shop = virtual()
    shop.say(requested(), captured(2000), reconciled(2000), invoiced(), settled())
    assert {} == {key: saga for key, saga in shop.order.sagas.items() if saga.running}
    assert "OrderExpiredV1" in names(shop.bench.advance(731 * DAY))
    assert "expired" == shop.state


def test_receipt_is_confirmed_by_part_or_as_a_whole() -> None:
    """A customer confirms one sub-order or all; again is a duplicate; what is not shipped cannot be confirmed."""
    shop = Shop()
    shop.confirmed(place(line("tea"), line("lamp")))
    early = shop.say(ConfirmReceiptV1(order_id=ID))
    assert ("rejected", "nothing_to_confirm") == (early.outcome, (early.answer or {})["reason"])
    shop.say(packed(1), dispatched(1), delivered(1), packed(2), dispatched(2))
    assert ["SettleOrderV1"] == names(shop.say(ConfirmReceiptV1(order_id=ID, sub_order_id=sub(1))))
    assert "duplicate" == shop.say(ConfirmReceiptV1(order_id=ID, sub_order_id=sub(1))).outcome
    assert "OrderCompletedV1" in names(shop.say(ConfirmReceiptV1(order_id=ID)))
    assert not [timer for timer in shop.bench.timers() if "window" in timer]


def test_receipt_of_an_unknown_order_is_rejected() -> None:
    """Confirming what does not exist is rejected by name and leaves nothing."""
    shop = Shop()
    step = shop.say(ConfirmReceiptV1(order_id=ID))
    assert ("rejected", "unknown_order") == (step.outcome, (step.answer or {})["reason"])
    assert None is shop.bench.aggregate(ORDER, ID)
