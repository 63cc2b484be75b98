"""The real-time gate: due, fold and the channel's record agree to the cent."""

from datetime import timedelta

import pytest

from chassis.verdicts import Verdict
from contracts import payment as p
from payment.domain.states import PaymentState
from services.payment.tests.examples import (
    ATTEMPT,
    DUE,
    ORDER,
    accounts,
    asked,
    believed,
    bench,
    captures,
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
    assert [] == names(believed(on, "cap-2"))
    assert "double" == only(refund_answered(on, f"{ORDER}-e1")).model_dump()["why"]
    assert ESCROWED == accounts(on)


def test_capture_unknown_to_us_is_taken_from_the_record() -> None:
    """A capture whose notice was lost counts when the channel's record has it."""
    on = bench()
    requested(on)
    on.send(notice("cap-1", 4_000))
    assert ["PaymentReconciled"] == names(asked(on, ("cap-1", 4_000), ("cap-2", 6_000)))


def test_answer_to_an_earlier_question_is_stale() -> None:
    """An answer that was overtaken by a new notice decides nothing."""
    on = bench()
    requested(on)
    on.send(notice("cap-1", 4_000))
    on.send(notice("cap-2", 6_000))
    stale = on.answer_call(f"{ATTEMPT}:query:1", captures(("cap-1", 4_000)))
    assert ("duplicate", []) == (stale.outcome, names(stale))
    assert ["PaymentReconciled"] == names(asked(on, ("cap-1", 4_000), ("cap-2", 6_000)))


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
