"""Payments are cancelled: the channel is asked first, and money that is there wins."""

import pytest

from chassis.testing import Bench
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
    cancel,
    lock,
    names,
    notice,
    only,
    payment,
    reconciled,
    refund_answered,
    request,
    requested,
    statement_line,
    tender,
)

CLOSE = f"{ATTEMPT}:close:1"


def cancelled(on: Bench) -> None:
    """Let the card payment be cancelled unpaid."""
    requested(on)
    on.send(cancel())
    asked(on)
    on.answer_call(CLOSE, {"verdict": "yes"})


def test_cancel_asks_the_channel_first() -> None:
    """Nothing is closed or told before the channel has said that it is unpaid."""
    on = bench()
    requested(on)
    assert [] == names(on.send(cancel()))
    assert ["query"] == [task.name for task in on.calls().values()]


def test_unpaid_payment_is_closed_and_cancelled() -> None:
    """Unpaid, then closed: the payment is cancelled with nothing refunded."""
    on = bench()
    requested(on)
    on.send(cancel())
    assert [] == names(asked(on))
    closed = only(on.answer_call(CLOSE, {"verdict": "yes"}))
    assert p.PaymentCancelledV1(order_id=ORDER, reason="timed_out", refunded=0) == closed
    assert {} == accounts(on)


def test_money_that_is_there_wins() -> None:
    """A payment that the channel finds paid refuses the cancel and passes the gate with that record."""
    on = bench()
    requested(on)
    on.send(cancel())
    assert ["PaymentCaptured", "CancelRefused", "PaymentReconciled"] == names(asked(on, ("cap-1", DUE)))
    assert PaymentState.RECONCILED == payment(on).state


def test_notice_during_the_cancel_wins() -> None:
    """A capture notice while the channel is asked wins over the cancel, whose answer follows at the gate."""
    on = bench()
    requested(on)
    on.send(cancel())
    assert ["PaymentCaptured"] == names(on.send(notice()))
    assert ["CancelRefused", "PaymentReconciled"] == names(asked(on, ("cap-1", DUE)))


def test_close_that_comes_too_late_asks_again() -> None:
    """A channel that was paid between question and close is asked for its record again."""
    on = bench()
    requested(on)
    on.send(cancel())
    asked(on)
    assert [] == names(on.answer_call(CLOSE, {"verdict": "no"}))
    assert on.clock.now() < on.calls()[f"{ATTEMPT}:query:2"].due
    assert ["PaymentCaptured", "CancelRefused", "PaymentReconciled"] == names(asked(on, ("cap-1", DUE)))


def test_answer_to_a_close_that_was_overtaken_is_stale() -> None:
    """A close that answers after the capture notice changes nothing."""
    on = bench()
    requested(on)
    on.send(cancel())
    asked(on)
    on.send(notice())
    assert "duplicate" == on.answer_call(CLOSE, {"verdict": "yes"}).outcome
    assert PaymentState.CONFIRMING == payment(on).state


def test_part_of_the_money_goes_back_at_once() -> None:
    """A cancel that finds too little does not wait a day: it goes back and the payment is cancelled."""
    on = bench()
    requested(on)
    on.send(cancel())
    assert ["PaymentCaptured"] == names(asked(on, ("cap-1", 4_000)))
    excess, over = refund_answered(on, f"{ORDER}-e1").emitted
    assert "under" == excess.model_dump()["why"]
    assert p.PaymentCancelledV1(order_id=ORDER, reason="timed_out", refunded=4_000) == over
    assert {} == accounts(on)


def test_cancel_of_a_reconciled_payment_is_refused() -> None:
    """Reconciled money is not cancelled but refunded."""
    on = bench()
    reconciled(on)
    refused = on.send(cancel())
    assert p.CancelRefusedV1(order_id=ORDER, reason="captured", captured=DUE) == only(refused)
    assert "rejected" == refused.outcome


def test_cancel_of_a_confirming_payment_is_answered_by_the_gate() -> None:
    """While the record is fetched, the cancel waits for what it says."""
    on = bench()
    requested(on)
    on.send(notice())
    assert [] == names(on.send(cancel()))
    assert ["CancelRefused", "PaymentReconciled"] == names(asked(on, ("cap-1", DUE)))


def test_cancel_of_a_mismatched_payment_asks_a_last_time() -> None:
    """An order that gives up does not wait for the top-up."""
    on = bench()
    requested(on)
    on.send(notice(amount=4_000))
    asked(on, ("cap-1", 4_000))
    assert [] == names(on.send(cancel("customer")))
    asked(on, ("cap-1", 4_000))
    assert ["ExcessRefunded", "PaymentCancelled"] == names(refund_answered(on, f"{ORDER}-e1"))


def test_cancel_twice_is_answered_once() -> None:
    """A repeated cancel is silent while it is decided, and told again when it is."""
    on = bench()
    requested(on)
    on.send(cancel())
    assert ("duplicate", []) == ((again := on.send(cancel())).outcome, names(again))
    asked(on)
    on.answer_call(CLOSE, {"verdict": "yes"})
    assert ("duplicate", ["PaymentCancelled"]) == ((again := on.send(cancel())).outcome, names(again))


@pytest.mark.parametrize("before", ["nothing", "tenders", "declined"])
def test_cancel_without_a_request_ends_at_once(before: str) -> None:
    """Where no channel is waiting, cancelled is the answer."""
    on = bench()
    if before == "tenders":
        on.send(tender())
        on.send(lock(("coupon-1", 100)))
    if before == "declined":
        on.send(request())
        on.answer_call(ATTEMPT, {"verdict": "no"})
    assert ["PaymentCancelled"] == names(on.send(cancel()))


@pytest.mark.parametrize("channel", ["bank_transfer", "cash_on_delivery"])
def test_cancel_of_a_statement_channel_ends_at_once(channel: str) -> None:
    """There is no page to close and nobody to ask."""
    on = bench()
    on.send(request(channel=channel))
    assert ["PaymentCancelled"] == names(on.send(cancel()))


def test_cancel_before_the_attempt_exists_drops_its_creation() -> None:
    """A creation that has not begun is not begun any more."""
    on = bench()
    on.send(request())
    on.send(cancel())
    assert ["query"] == [task.name for task in on.calls().values()]


def test_late_capture_goes_back_and_tenders_stay() -> None:
    """Money for a cancelled payment is refunded as late; the tenders are not touched."""
    on = bench()
    on.send(tender())
    on.send(lock(("coupon-1", 100)))
    cancelled(on)
    before = payment(on).holds
    assert [] == names(on.send(notice()))
    assert [] == names(believed(on, "cap-1"))
    assert p.ExcessRefundedV1(order_id=ORDER, refund_id=f"{ORDER}-e1", why="late", currency="EUR", amount=DUE) == only(
        refund_answered(on, f"{ORDER}-e1")
    )
    assert before == payment(on).holds
    assert PaymentState.CANCELLED == payment(on).state
    assert {} == accounts(on)


def test_capture_of_a_declined_payment_goes_back() -> None:
    """A channel that declines and charges all the same gives it back."""
    on = bench()
    on.send(request())
    on.answer_call(ATTEMPT, {"verdict": "no"})
    on.send(notice())
    believed(on, "cap-1")
    assert "late" == payment(on).refunds[0].why


def test_capture_of_an_older_attempt_goes_back() -> None:
    """The attempt that was replaced does not pay for the one that replaced it."""
    on = bench()
    on.send(request())
    on.answer_call(ATTEMPT, {"verdict": "no"})
    on.send(request(channel="alipay"))
    on.send(notice())
    believed(on, "cap-1")
    assert (PaymentState.REQUESTING, "late") == (payment(on).state, payment(on).refunds[0].why)


def test_capture_of_an_older_attempt_leaves_a_mismatch_as_it_is() -> None:
    """Money of a replaced attempt goes back by itself, and the mismatch goes on waiting for its own."""
    on = bench()
    on.send(request())
    on.answer_call(ATTEMPT, {"verdict": "no"})
    on.send(request(channel="bank_transfer"))
    on.send(statement_line(amount=4_000, channel="bank_transfer", attempt_id=f"{ORDER}-2"))
    on.send(notice())
    assert PaymentState.MISMATCHED == payment(on).state
    assert (-4_000, [f"{ORDER}:mismatch"]) == (accounts(on)["SUSPENSE"], list(on.timers()))
