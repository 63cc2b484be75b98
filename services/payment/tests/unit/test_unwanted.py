"""Money that no order wants is sent back when the channel's own record has it, and not on a notice alone."""

import pytest

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
    captures,
    exceptions,
    names,
    notice,
    payment,
    reconciled,
    refund_answered,
    requested,
)


def test_nothing_is_believed_before_the_channel_is_asked() -> None:
    """A notice of more money for a reconciled payment asks the channel, and books and refunds nothing."""
    on = bench()
    reconciled(on)
    before = accounts(on)
    assert [] == names(on.send(notice("cap-2")))
    assert {f"{ATTEMPT}:doubt:cap-2"} == {*on.calls()}
    assert (DUE, (), before) == (payment(on).captured, payment(on).refunds, accounts(on))


def test_money_that_the_channel_does_not_have_is_not_paid_back() -> None:
    """A capture that the channel's record lacks opens an exception; the order's own money stays where it is."""
    on = bench()
    reconciled(on)
    before = accounts(on)
    on.send(notice("lie"))
    said = on.answer_call(f"{ATTEMPT}:doubt:lie", captures(("cap-1", DUE)))
    assert ["ExceptionOpened"] == names(said)
    assert [("MISSING_IN_CHANNEL", True)] == exceptions(on)
    assert (DUE, (), before) == (payment(on).captured, payment(on).refunds, accounts(on))
    assert ("duplicate", {}) == (on.send(notice("lie")).outcome, on.calls())


def test_the_record_says_how_much_it_was() -> None:
    """What goes back is the amount of the channel's record, not that of the notice."""
    on = bench()
    reconciled(on)
    on.send(notice("cap-2", DUE * 2))
    believed(on, "cap-2", 700)
    (back,) = payment(on).refunds
    assert ("double", 700, DUE + 700) == (back.why, back.amount, payment(on).captured)


def test_a_repeated_notice_asks_once() -> None:
    """Notices of one capture are one question and one refund, however often they come and in whatever order."""
    on = bench()
    reconciled(on)
    on.send(notice("cap-2"), notice("cap-2"))
    assert 1 == len(on.calls())
    believed(on, "cap-2")
    on.send(notice("cap-2"))
    assert [f"{ORDER}-e1"] == [refund.id for refund in payment(on).refunds]


@pytest.mark.parametrize("known", [True, False])
def test_a_cancelled_payment_stays_cancelled(*, known: bool) -> None:
    """Late money changes the state of nothing, whether it is there or not."""
    on = bench()
    requested(on)
    on.send(cancel())
    asked(on)
    on.answer_call(f"{ATTEMPT}:close:1", {"verdict": "yes"})
    on.send(notice())
    if known:
        believed(on, "cap-1")
        refund_answered(on, f"{ORDER}-e1")
    else:
        on.answer_call(f"{ATTEMPT}:doubt:cap-1", captures())
    assert (PaymentState.CANCELLED, {}) == (payment(on).state, accounts(on))
