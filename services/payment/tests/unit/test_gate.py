"""The real-time gate: due, fold and the channel's record agree to the cent."""

from datetime import timedelta

import pytest

from chassis.testing import Bench
from chassis.verdicts import Verdict
from contracts import payment as p
from payment.domain.states import PaymentState
from services.payment.tests.examples import (
    ATTEMPT,
    DUE,
    ORDER,
    accounts,
    asked,
    bench,
    cancel,
    captures,
    exceptions,
    lock,
    names,
    notice,
    only,
    payment,
    reconciled,
    refund_answered,
    request,
    requested,
    tender,
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


def test_notice_makes_the_payment_captured_and_asks_the_channel() -> None:
    """A capture is told at once, and the channel's own record is fetched."""
    on = bench()
    requested(on)
    assert p.PaymentCapturedV1(order_id=ORDER, attempt_id=ATTEMPT, channel="card", currency="EUR", amount=DUE) == only(
        on.send(notice())
    )
    assert "query" == on.calls()[f"{ATTEMPT}:query:1"].name
    assert {"CASH_IN_TRANSIT": DUE, "CUSTOMER_PREPAID": -DUE} == accounts(on)


def test_agreement_reconciles() -> None:
    """When all three agree the payment is reconciled, and the ledger knows whose the money is."""
    on = bench()
    assert p.PaymentReconciledV1(order_id=ORDER, channel="card", currency="EUR", amount=DUE) == only(reconciled(on))
    assert ESCROWED == accounts(on)


def test_reconciled_payment_consumes_its_tenders() -> None:
    """Locked tenders are consumed by the gate, and not before."""
    on = bench()
    on.send(tender())
    on.send(lock(("coupon-1", 300)))
    requested(on)
    on.send(notice())
    assert "TENDER:COUPON" not in accounts(on)
    asked(on, ("cap-1", DUE))
    assert 300 == accounts(on)["TENDER:COUPON"]


def test_notice_faster_than_the_answer_to_create() -> None:
    """A capture before the answer to create counts, and the order hears that it was requested first."""
    on = bench()
    on.send(request())
    assert ["PaymentRequested", "PaymentCaptured"] == names(on.send(notice()))
    assert [] == names(on.answer_call(ATTEMPT, {"verdict": "yes", "pay_url": "https://pay.example/1"}))
    assert ["PaymentReconciled"] == names(asked(on, ("cap-1", DUE)))


def test_same_notice_again_changes_nothing() -> None:
    """A repeated notice is a duplicate in every state after it."""
    on = bench()
    requested(on)
    on.send(notice())
    assert "duplicate" == on.send(notice()).outcome
    asked(on, ("cap-1", DUE))
    before = payment(on)
    assert "duplicate" == on.send(notice()).outcome
    assert before == payment(on)


def test_notice_before_the_request_waits() -> None:
    """A notice for an order that nobody has asked money for is parked."""
    assert Verdict.PARKED == bench().send(notice()).verdict


def test_same_reference_with_another_amount_is_an_exception() -> None:
    """A channel that contradicts itself opens one exception, and its first word stands."""
    on = bench()
    requested(on)
    on.send(notice())
    assert ["ExceptionOpened"] == names(on.send(notice(amount=1)))
    assert [] == names(on.send(notice(amount=1)))
    assert DUE == payment(on).captured


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
    assert ["ExcessRefunded"] == names(refund_answered(on, f"{ORDER}-e1"))
    assert ["ExcessRefunded", "PaymentCancelled"] == names(refund_answered(on, f"{ORDER}-e2"))


def test_overpayment_reconciles_and_the_difference_goes_back() -> None:
    """More than the due passes with the due; the difference is refunded."""
    on = bench()
    requested(on)
    on.send(notice(amount=DUE + 50))
    assert ["PaymentReconciled"] == names(asked(on, ("cap-1", DUE + 50)))
    back = only(refund_answered(on, f"{ORDER}-e1"))
    assert p.ExcessRefundedV1(order_id=ORDER, refund_id=f"{ORDER}-e1", why="over", currency="EUR", amount=50) == back
    assert ESCROWED == accounts(on)


def test_second_capture_before_the_gate_is_double() -> None:
    """Two whole captures: the earlier counts, the later one is refunded."""
    on = bench()
    requested(on)
    on.send(notice("late", occurred_at=on.clock.now() + timedelta(seconds=5)))
    on.send(notice("early"))
    assert ["PaymentReconciled"] == names(asked(on, ("early", DUE), ("late", DUE)))
    (refund,) = payment(on).refunds
    assert ("late", "double", DUE) == (refund.of, refund.why, refund.amount)


def test_second_capture_after_the_gate_is_double() -> None:
    """A capture of a reconciled payment is refunded as double, and the order's money stays."""
    on = bench()
    reconciled(on)
    assert [] == names(on.send(notice("cap-2")))
    assert "double" == only(refund_answered(on, f"{ORDER}-e1")).model_dump()["why"]
    assert ESCROWED == accounts(on)


def test_capture_unknown_to_us_is_taken_from_the_record() -> None:
    """A capture whose notice was lost counts when the channel's record has it."""
    on = bench()
    requested(on)
    on.send(notice("cap-1", 4_000))
    assert ["PaymentReconciled"] == names(asked(on, ("cap-1", 4_000), ("cap-2", 6_000)))


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


def test_answer_to_an_earlier_question_is_stale() -> None:
    """An answer that was overtaken by a new notice decides nothing."""
    on = bench()
    requested(on)
    on.send(notice("cap-1", 4_000))
    on.send(notice("cap-2", 6_000))
    stale = on.answer_call(f"{ATTEMPT}:query:1", captures(("cap-1", 4_000)))
    assert ("duplicate", []) == (stale.outcome, names(stale))
    assert ["PaymentReconciled"] == names(asked(on, ("cap-1", 4_000), ("cap-2", 6_000)))


def test_timer_of_a_settled_mismatch_does_nothing() -> None:
    """The timer of a mismatch that was resolved finds nothing to do."""
    on = bench()
    underpaid(on)
    timer = on.timers()[f"{ORDER}:mismatch"]
    on.send(notice("cap-2", 6_000))
    asked(on, ("cap-1", 4_000), ("cap-2", 6_000))
    on.store.waiting[timer.id] = timer
    assert "duplicate" == on.fire(timer.id).outcome


def test_attempt_that_we_never_made_is_an_exception() -> None:
    """A capture for an unknown attempt is booked to SUSPENSE once and pays nothing."""
    on = bench()
    requested(on)
    assert ["ExceptionOpened"] == names(on.send(notice(attempt_id=f"{ORDER}-9")))
    assert "duplicate" == on.send(notice(attempt_id=f"{ORDER}-9")).outcome
    assert {"CASH_IN_TRANSIT": DUE, "SUSPENSE": -DUE} == accounts(on)
    assert PaymentState.REQUESTED == payment(on).state


def test_notice_of_a_statement_channel_is_poison() -> None:
    """Nobody but a statement can say that cash came."""
    on = bench()
    requested(on)
    assert Verdict.DEAD == on.send(notice(channel="cash_on_delivery")).verdict


@pytest.mark.parametrize("fact", ["closed", "failed"])
def test_word_without_money_is_only_recorded(fact: str) -> None:
    """Closed and failed are stored; what follows is decided by our own question."""
    on = bench()
    requested(on)
    assert [] == names(on.send(notice(fact=fact, amount=0)))
    assert PaymentState.REQUESTED == payment(on).state
