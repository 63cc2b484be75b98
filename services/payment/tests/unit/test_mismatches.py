"""Payments that do not agree are held, topped up, or sent back."""

from datetime import timedelta

import pytest

from chassis.testing import Bench
from contracts import payment as p
from payment.domain.kinds import EXCEPTION
from payment.domain.states import PaymentState
from services.payment.tests.examples import (
    DUE,
    ORDER,
    accounts,
    asked,
    believed,
    bench,
    cancel,
    exceptions,
    names,
    notice,
    only,
    payment,
    refund_answered,
    requested,
)

ESCROWED = {
    "CASH_IN_TRANSIT": 10_000,
    "ESCROW:apple-farm": -6_000,
    "ESCROW:bear-toys": -3_000,
    "FREIGHT": -800,
    "TAX": -200,
}


def underpaid(on: Bench) -> None:
    """Let 40 of 100 come in."""
    requested(on)
    on.send(notice(amount=4_000))
    asked(on, ("cap-1", 4_000))


def test_underpayment_is_held() -> None:
    """Less than the due opens an exception, parks the money in SUSPENSE and waits for a day."""
    on = bench()
    underpaid(on)
    assert PaymentState.MISMATCHED == payment(on).state
    assert {"CASH_IN_TRANSIT": 4_000, "SUSPENSE": -4_000} == accounts(on)
    assert [("AMOUNT_DIFF", True)] == exceptions(on)
    assert timedelta(hours=24) == on.timers()[f"{ORDER}:mismatch"].due - on.clock.now()


def test_underpayment_says_both_figures() -> None:
    """The mismatch names what was due and what was captured."""
    on = bench()
    requested(on)
    on.send(notice(amount=4_000))
    opened, mismatched = asked(on, ("cap-1", 4_000)).emitted
    assert isinstance(opened, p.ExceptionOpenedV1)
    assert isinstance(mismatched, p.PaymentMismatchedV1)
    assert (DUE, 4_000, opened.exception_id) == (mismatched.due, mismatched.captured, mismatched.exception_id)


def test_topped_up_payment_reconciles() -> None:
    """The rest, paid later, passes the gate and resolves the exception."""
    on = bench()
    underpaid(on)
    assert ["PaymentCaptured"] == names(on.send(notice("cap-2", 6_000)))
    assert ["PaymentReconciled"] == names(asked(on, ("cap-1", 4_000), ("cap-2", 6_000)))
    assert ESCROWED == accounts(on)
    assert [("AMOUNT_DIFF", False)] == exceptions(on)
    assert {} == on.timers()


def test_exception_ends_when_it_began_by_a_clock_behind() -> None:
    """A process whose clock is behind the one that opened an exception resolves it, as the row's CHECK wants it."""
    on = bench()
    underpaid(on)
    on.clock.time -= timedelta(hours=1)
    on.send(notice("cap-2", 6_000))
    asked(on, ("cap-1", 4_000), ("cap-2", 6_000))
    ((opened, resolved),) = [
        (each.aggregate.opened_at, each.aggregate.resolved_at)
        for (kind, _), each in on.store.aggregates.items()
        if kind is EXCEPTION
    ]
    assert opened == resolved


def test_underpayment_goes_back_after_a_day() -> None:
    """After 24 hours the channel is asked a last time, everything goes back, and then the payment is cancelled."""
    on = bench()
    underpaid(on)
    on.advance(timedelta(hours=24))
    assert [] == names(asked(on, ("cap-1", 4_000)))
    assert PaymentState.RETURNING == payment(on).state
    excess, cancelled = refund_answered(on, f"{ORDER}-e1").emitted
    assert ("under", 4_000) == (excess.model_dump()["why"], excess.model_dump()["amount"])
    assert p.PaymentCancelledV1(order_id=ORDER, reason="underpaid", refunded=4_000) == cancelled
    assert {} == accounts(on)


def test_last_question_can_find_the_rest() -> None:
    """A top-up that no notice told of is found by the last question."""
    on = bench()
    underpaid(on)
    on.advance(timedelta(hours=24))
    assert ["PaymentReconciled"] == names(asked(on, ("cap-1", 4_000), ("cap-2", 6_000)))
    assert ESCROWED == accounts(on)


def test_money_that_comes_while_all_goes_back_goes_back_too() -> None:
    """A top-up during the return is refunded with the rest, and the payment is cancelled once."""
    on = bench()
    underpaid(on)
    on.advance(timedelta(hours=24))
    asked(on, ("cap-1", 4_000))
    assert [] == names(on.send(notice("cap-2", 6_000)))
    believed(on, "cap-2", 6_000)
    assert ["ExcessRefunded"] == names(refund_answered(on, f"{ORDER}-e1"))
    assert ["ExcessRefunded", "PaymentCancelled"] == names(refund_answered(on, f"{ORDER}-e2"))


@pytest.mark.parametrize(
    "record, currency, classified",
    [
        ((), "EUR", "MISSING_IN_CHANNEL"),
        ((("cap-1", DUE - 1),), "EUR", "AMOUNT_DIFF"),
        ((("cap-1", DUE),), "USD", "CURRENCY_DIFF"),
    ],
)
def test_record_that_differs_holds_the_payment(
    record: tuple[tuple[str, int], ...], currency: str, classified: str
) -> None:
    """A notice that the channel's own record does not bear out never passes the gate."""
    on = bench()
    requested(on)
    on.send(notice())
    assert ["ExceptionOpened", "PaymentMismatched"] == names(asked(on, *record, currency=currency))
    assert [(classified, True)] == exceptions(on)


def test_notice_that_the_channel_denies_is_taken_back_in_the_end() -> None:
    """What the channel never recorded is booked out, and nothing is refunded."""
    on = bench()
    requested(on)
    on.send(notice())
    asked(on)
    on.advance(timedelta(hours=24))
    assert p.PaymentCancelledV1(order_id=ORDER, reason="underpaid", refunded=0) == only(asked(on))
    assert {} == accounts(on)


def test_wrong_amount_in_a_notice_is_corrected_in_the_end() -> None:
    """The channel's record says what goes back, not the notice."""
    on = bench()
    requested(on)
    on.send(notice())
    asked(on, ("cap-1", 7_000))
    on.advance(timedelta(hours=24))
    asked(on, ("cap-1", 7_000))
    assert 7_000 == payment(on).refunds[0].amount
    refund_answered(on, f"{ORDER}-e1")
    assert {} == accounts(on)


def test_other_currency_is_held_and_goes_back_in_it() -> None:
    """Money in another currency never pays the order; it returns in its own currency."""
    on = bench()
    requested(on)
    on.send(notice(currency="USD"))
    asked(on, ("cap-1", DUE), currency="USD")
    assert [("CURRENCY_DIFF", True)] == exceptions(on)
    on.send(cancel())
    asked(on, ("cap-1", DUE), currency="USD")
    assert ["ExcessRefunded", "PaymentCancelled"] == names(refund_answered(on, f"{ORDER}-e1"))
    assert {} == accounts(on, "USD")


def test_timer_of_a_settled_mismatch_does_nothing() -> None:
    """The timer of a mismatch that was resolved finds nothing to do."""
    on = bench()
    underpaid(on)
    timer = on.timers()[f"{ORDER}:mismatch"]
    on.send(notice("cap-2", 6_000))
    asked(on, ("cap-1", 4_000), ("cap-2", 6_000))
    on.store.waiting[timer.id] = timer
    assert "duplicate" == on.fire(timer.id).outcome
