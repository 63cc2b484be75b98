"""Money goes back when the order asks for it."""

import pytest

from contracts import payment as p
from payment.domain.values import RefundState
from services.payment.tests.examples import (
    DUE,
    FARM,
    ORDER,
    PARTS,
    accounts,
    believed,
    bench,
    exceptions,
    names,
    notice,
    only,
    payment,
    reconciled,
    refund,
    refund_answered,
    requested,
)

R1 = f"{ORDER}-r1"


def test_refund_is_stored_before_the_channel_is_called() -> None:
    """The refund's row and the call leave in one decision, and nobody is told yet."""
    on = bench()
    reconciled(on)
    assert [] == names(on.send(refund()))
    assert RefundState.REQUESTED == payment(on).refunds[0].state
    assert ("refund", 2_000) == ((call := on.calls()[R1]).name, call.data["amount"])
    assert (-2_000, -4_000) == (accounts(on)["REFUND_PAYABLE"], accounts(on)["ESCROW:apple-farm"])


def test_refund_that_was_paid_is_told() -> None:
    """The channel's yes tells the order, and the money has left."""
    on = bench()
    reconciled(on)
    on.send(refund())
    assert p.PaymentRefundedV1(refund_id=R1, order_id=ORDER, currency="EUR", amount=2_000, reason="cancelled") == only(
        refund_answered(on, R1)
    )
    assert (8_000, 8_000) == (accounts(on)["CASH_IN_TRANSIT"], payment(on).refundable)


def test_refund_is_asked_again_under_the_same_key() -> None:
    """A call without a definite answer stays the same call."""
    on = bench()
    reconciled(on)
    on.send(refund())
    on.send(refund())
    assert [R1] == list(on.calls())


def test_refund_twice_is_paid_once() -> None:
    """A repeated refund is silent while it is in flight, and told again when it was paid."""
    on = bench()
    reconciled(on)
    on.send(refund())
    assert ("duplicate", []) == ((again := on.send(refund())).outcome, names(again))
    refund_answered(on, R1)
    assert ("duplicate", ["PaymentRefunded"]) == ((again := on.send(refund())).outcome, names(again))
    assert 2_000 == payment(on).refunded


def test_refund_id_with_another_amount_is_refused() -> None:
    """The id of a refund stands for one amount."""
    on = bench()
    reconciled(on)
    on.send(refund())
    other = only(on.send(refund(part=PARTS[1])))
    assert "refund_id_has_another_amount" == other.model_dump()["reason"]


def test_refund_beyond_what_is_left_is_refused() -> None:
    """Captured less refunded less in flight is the most that can go back."""
    on = bench()
    reconciled(on)
    on.send(refund(part=PARTS[0]))
    over = PARTS[1].model_copy(update={"goods": 3_001})
    assert p.RefundRefusedV1(
        refund_id=f"{ORDER}-r2", order_id=ORDER, reason="more_than_is_left", refundable=3_500
    ) == only(on.send(refund(f"{ORDER}-r2", over)))


def test_all_of_it_can_go_back() -> None:
    """Refunds up to the last cent leave nothing in the ledger."""
    on = bench()
    reconciled(on)
    for number, part in enumerate(PARTS, start=1):
        on.send(refund(f"{ORDER}-r{number}", part))
        refund_answered(on, f"{ORDER}-r{number}")
    assert ({}, 0) == (accounts(on), payment(on).refundable)


def test_double_payment_does_not_raise_what_the_order_can_refund() -> None:
    """Money that is going back as double is not there for the order."""
    on = bench()
    reconciled(on)
    on.send(notice("cap-2"))
    believed(on, "cap-2")
    assert DUE == payment(on).refundable


def test_parts_must_add_up() -> None:
    """Parts that are not the amount are refused."""
    on = bench()
    reconciled(on)
    assert "parts_do_not_add_up" == only(on.send(refund(amount=1_999))).model_dump()["reason"]


def test_refund_before_the_gate_is_refused() -> None:
    """What is not reconciled is cancelled, not refunded."""
    on = bench()
    requested(on)
    assert "not_reconciled" == only(on.send(refund())).model_dump()["reason"]


def test_refund_of_an_unknown_order_is_refused() -> None:
    """Where no money is known, none goes back."""
    assert ["RefundRefused"] == names(bench().send(refund()))


def test_refund_of_nothing_is_done_at_once() -> None:
    """A refund of zero is told as refunded without a call."""
    on = bench()
    nothing = FARM.model_copy(update={"goods": 0, "commission": 0})
    assert ["PaymentRefunded"] == names(on.send(refund(part=nothing)))
    assert {} == on.calls()


def test_refund_that_the_channel_refuses_is_booked_back() -> None:
    """The channel's no restores escrow and says why."""
    on = bench()
    reconciled(on)
    before = accounts(on)
    on.send(refund())
    refused = only(on.answer_call(R1, {"verdict": "no", "reason": "account_closed"}))
    assert p.RefundRefusedV1(refund_id=R1, order_id=ORDER, reason="account_closed", refundable=DUE) == refused
    assert before == accounts(on)
    assert dict(payment(on).escrow) == {"apple-farm": 6_000, "bear-toys": 3_000}


def test_refund_that_the_channel_refused_can_be_asked_for_again() -> None:
    """The same refund after a refusal is a new try under the same id, and is paid once."""
    on = bench()
    reconciled(on)
    on.send(refund())
    refund_answered(on, R1, "no")
    assert [] == names(on.send(refund()))
    assert ["PaymentRefunded"] == names(refund_answered(on, R1))
    assert (2_000, 8_000) == (payment(on).refunded, accounts(on)["CASH_IN_TRANSIT"])


def test_excess_that_the_channel_keeps_needs_a_person() -> None:
    """A refused refund of unwanted money opens an exception."""
    on = bench()
    reconciled(on)
    on.send(notice("cap-2"))
    believed(on, "cap-2")
    assert ["ExceptionOpened"] == names(on.answer_call(f"{ORDER}-e1", {"verdict": "no"}))
    assert [("REFUND_DIFF", True)] == exceptions(on)
    assert -DUE == accounts(on)["CUSTOMER_PREPAID"]


def test_notice_of_a_refund_closes_it_before_the_answer() -> None:
    """A notice that names our refund is as good as the answer, which is then a duplicate."""
    on = bench()
    reconciled(on)
    on.send(refund())
    said = on.send(notice("back-1", 2_000, fact="refunded", refund_id=R1))
    assert ["PaymentRefunded"] == names(said)
    assert "duplicate" == refund_answered(on, R1).outcome
    assert 2_000 == payment(on).refunded


def test_notice_without_our_id_waits_for_the_answer() -> None:
    """A refund notice that names no refund of ours decides nothing while one is in flight."""
    on = bench()
    reconciled(on)
    on.send(refund())
    assert "duplicate" == on.send(notice(f"back-{R1}", 2_000, fact="refunded")).outcome
    refund_answered(on, R1)
    assert "duplicate" == on.send(notice(f"back-{R1}", 2_000, fact="refunded")).outcome
    assert 2_000 == payment(on).refunded


@pytest.mark.parametrize("amount", [2_000, 1])
def test_refund_that_we_never_asked_for_is_an_exception(amount: int) -> None:
    """A channel that gives money away by itself opens an exception and moves SUSPENSE."""
    on = bench()
    reconciled(on)
    assert ["ExceptionOpened"] == names(on.send(notice("gift", amount, fact="refunded", refund_id="x")))
    assert amount == accounts(on)["SUSPENSE"]
    assert "duplicate" == on.send(notice("gift", amount, fact="refunded", refund_id="x")).outcome


def test_notice_with_another_amount_than_the_refund_is_an_exception() -> None:
    """A refund notice must bear the refund's amount."""
    on = bench()
    reconciled(on)
    on.send(refund())
    assert ["ExceptionOpened"] == names(on.send(notice("back-1", 1, fact="refunded", refund_id=R1)))
    assert RefundState.REQUESTED == payment(on).refunds[0].state
