"""Money that does not agree with what is due: of an order that is cancelled, and of one that has not heard of it."""

from __future__ import annotations

import pytest

from chassis.verdicts import Verdict
from contracts.payment import ExcessRefundedV1, PaymentMismatchedV1
from contracts.values import Contract
from services.order.tests.basket import ID, cancel, line, place
from services.order.tests.examples import Shop, names
from services.order.tests.unit.test_races import DUE, waiting
from services.order.tests.words import (
    cancel_refused,
    captured,
    reconciled,
    requested,
)

MISMATCH = PaymentMismatchedV1(order_id=ID, exception_id="e1", classified="AMOUNT_DIFF", due=DUE, captured=DUE - 1)


@pytest.mark.parametrize("acts", [(MISMATCH, cancel()), (cancel(), MISMATCH)])
def test_nobody_tops_up_an_order_that_is_cancelled(acts: tuple[Contract, ...]) -> None:
    """Cancelled while its money does not agree, before or after that is known, an order has the money sent at once."""
    shop = waiting()
    shop.say(captured(DUE - 1))
    emitted = names(shop.say(*acts))
    assert ["CancelPaymentV1"] == emitted
    assert ["RefundPaymentV1"] == names(shop.say(cancel_refused(DUE), reconciled(DUE)))


def test_a_part_that_is_cancelled_does_not_end_the_payment() -> None:
    """Money that does not agree may still be topped up when only a part of the order is cancelled."""
    shop = Shop()
    shop.accepted(place(line("tea", 2), line("lamp")))
    shop.say(requested(), captured(DUE - 1), MISMATCH)
    assert [] == names(shop.say(cancel(("lamp", 1))))


def test_excess_waits_for_the_money() -> None:
    """Money that went back before the order has heard of any is not noted until it has."""
    shop = waiting()
    (early,) = shop.say(ExcessRefundedV1(order_id=ID, refund_id="x", why="under", currency="USD", amount=5)).handled
    assert Verdict.PARKED is early.verdict
    assert "awaiting_payment" == shop.state
