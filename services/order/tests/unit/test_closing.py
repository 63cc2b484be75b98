from __future__ import annotations

import pytest

from chassis.testing import MONDAY, Happened
from chassis.verdicts import Verdict
from contracts.billing import CreditNoteIssuedV1, IssueCreditNoteV1
from contracts.fulfillment import ShipmentLostV1
from contracts.inventory import ReleaseStockV1, RestockV1
from contracts.order import OrderClosedV1
from contracts.payment import RefundPaymentV1
from order.domain.timeline import broken_at
from services.order.tests.basket import DAY, ID, cancel, coupon, line, place, sub
from services.order.tests.examples import Shop, names
from services.order.tests.words import (
    delivered,
    dispatched,
    given_back,
    graded,
    intercepted,
    invoiced,
    packed,
    refunded,
    refused,
    restocked,
    settled,
)

TWO = (line("tea", 2), line("lamp"))


def credited(number: int = 1) -> CreditNoteIssuedV1:
    return CreditNoteIssuedV1(
        credit_id=f"{sub(number)}-c1",
        order_id=ID,
        sub_order_id=sub(number),
        credit_note_id="n",
        number="C-1",
        invoice_number="I-1",
        currency="USD",
        total=1,
        issued_at=MONDAY,
    )


def sent(*numbers: int, shop: Shop | None = None, tenders: bool = False) -> Shop:
    shop = shop or Shop()
    lines = TWO if len(numbers) > 1 else (line("tea", 2),)
    shop.confirmed(place(*lines, tenders=(coupon(200),) if tenders else ()))
    for number in numbers:
        shop.say(packed(number), dispatched(number))
    return shop


def refund_of(step: Happened) -> RefundPaymentV1:
    (found,) = [each for each in step.emitted if isinstance(each, RefundPaymentV1)]
    return found


def test_a_grade_waits_for_the_refusal() -> None:
    """Goods that are graded before their refusal was heard of, as after the loss of a log, are not forgotten."""
    shop = sent(1)
    (early,) = shop.say(graded()).handled
    assert Verdict.PARKED is early.verdict
    assert "awaiting_receipt" == shop.state


def test_a_refused_parcel_is_closed_and_paid_back() -> None:
    """Refused at the door: goods come back, then their money, tenders and a credit note, then the order is closed."""
    shop = sent(1, tenders=True)
    assert [] == names(shop.say(refused()))
    assert "closing" == shop.state
    step = shop.say(graded())
    assert isinstance(step.emitted[0], RestockV1)
    refund = refund_of(shop.say(restocked()))
    assert 1600 == refund.amount
    assert ["ReleaseTendersV1"] == names(shop.say(refunded(1, 1600)))
    note = shop.say(given_back("closing-1")).emitted[0]
    assert isinstance(note, IssueCreditNoteV1)
    assert ([("tea", 2, 1600)], 0) == ([(x.line_id, x.quantity, x.amount) for x in note.lines], note.freight)
    ended = shop.say(credited()).emitted[0]
    assert isinstance(ended, OrderClosedV1)
    assert ("closed", 1600, "changed_my_mind") == (shop.state, ended.refunded, ended.reason)
    assert None is broken_at(entries=shop.history)


@pytest.mark.parametrize("reason, amount", [("changed_my_mind", 1800), ("damaged", 2400)])
def test_who_is_at_fault_bears_the_freight(reason: str, amount: int) -> None:
    """A change of mind returns the goods only; damaged goods return their freight, too (A07)."""
    shop = sent(1)
    shop.say(refused(reason=reason), graded())
    assert amount == refund_of(shop.say(restocked())).amount


def test_a_lost_parcel_is_paid_back_at_once() -> None:
    """Lost goods do not come back: money, freight and credit note follow at once."""
    shop = sent(1)
    lost = ShipmentLostV1(order_id=ID, sub_order_id=sub(1), shipment_id=f"{sub(1)}-d1", lost_at=MONDAY)
    assert 2400 == refund_of(shop.say(lost)).amount
    note = shop.say(refunded(1, 2400)).emitted[0]
    assert isinstance(note, IssueCreditNoteV1)
    assert () == note.lines
    shop.say(credited())
    assert "closed" == shop.state


def test_the_last_part_releases_its_own_stock() -> None:
    """Units of a part that is lost are not released with the part that ends the order: inventory may not know yet."""
    shop = Shop()
    shop.confirmed(place(*TWO))
    lost = ShipmentLostV1(order_id=ID, sub_order_id=sub(1), shipment_id=f"{sub(1)}-d1", lost_at=MONDAY)
    shop.say(packed(1), dispatched(1), lost)
    shop.say(refunded(1, shop.order.refunds[0].amount), credited(1), cancel(), intercepted("cancellation-1", 2))
    assert shop.order.refunds[-1].whole
    (release,) = shop.say(refunded(2, shop.order.refunds[-1].amount)).emitted
    assert isinstance(release, ReleaseStockV1)
    assert [("lamp", 1)] == [(each.line_id, each.quantity) for each in release.lines]


def test_one_refused_part_does_not_flip_the_order() -> None:
    """The other part goes its way; the order completes with it once the refused part is closed (L15)."""
    shop = sent(1, 2)
    shop.say(refused(1), delivered(2))
    assert "service_window" == shop.state
    shop.bench.advance(10 * DAY)
    assert "closing" == shop.state
    shop.say(graded(1), restocked(1), refunded(1, 1800))
    assert ["OrderCompletedV1"] == names(shop.say(credited(1)))
    assert "completed" == shop.state


def test_settled_and_refunded_parts_are_the_payment() -> None:
    """What merchants are paid and what goes back are together what was asked for, commission included."""
    shop = sent(1, 2)
    shop.say(refused(1), delivered(2), graded(1), restocked(1), refunded(1, 1800), credited(1))
    shop.bench.advance(10 * DAY)
    refund, paid = shop.order.refunds[0].parts[0], shop.order.sub_orders[1].settled
    asked = {merchant.part.merchant_id: merchant.part for merchant in shop.terms.merchants}
    left = {part.merchant_id: part for part in shop.order.unsettled}
    assert asked["m2"] == paid
    assert (asked["m1"].goods, asked["m1"].commission) == (refund.goods, refund.commission)
    assert (asked["m1"].freight, 0, 0) == (left["m1"].freight, left["m1"].goods, left["m1"].commission)


def test_documents_are_noted_once() -> None:
    """An invoice number and a settlement are kept once; repeats are duplicates."""
    shop = sent(1)
    assert ["applied", "duplicate"] == [shop.say(invoiced()).outcome for _ in range(2)]
    assert "INV-1" == shop.order.sub_orders[0].invoice_number
    shop.say(delivered())
    shop.bench.advance(7 * DAY)
    assert ["applied", "duplicate"] == [shop.say(settled()).outcome for _ in range(2)]
    assert {"checkout"} == set(shop.order.sagas)


def test_order_that_is_closed_before_the_answer_too_late() -> None:
    """A parcel that comes back while the order waits for the interception closes it, with the reason of its refund."""
    shop = Shop()
    shop.confirmed(place(line("tea", 2)))
    shop.say(cancel(), packed(), dispatched(), invoiced(), refused(), graded(), restocked())
    shop.say(refunded(1, shop.order.refunds[0].amount), credited())
    assert "cancelling" == shop.state
    (_, event) = shop.say(intercepted("cancellation-1", late=(1,))).emitted
    assert isinstance(event, OrderClosedV1)
    assert ("closed", shop.order.refunds[0].reason) == (shop.state, event.reason)
