"""Refunds that no channel is called for, or that a merchant bears."""

from services.payment.tests.examples import (
    ATTEMPT,
    DUE,
    FARM,
    ORDER,
    PARTS,
    accounts,
    believed,
    bench,
    names,
    notice,
    only,
    payment,
    reconciled,
    refund,
    request,
    settle,
    statement_line,
    top_up,
)

R1 = f"{ORDER}-r1"


def test_balance_gets_its_refund_in_the_same_message() -> None:
    """Stored value comes back without a call."""
    on = bench()
    on.send(top_up())
    on.send(request(channel="balance"))
    assert ["PaymentRefunded"] == names(on.send(refund()))
    assert ({}, -2_000) == (on.calls(), accounts(on)["CUSTOMER_PREPAID"])


def test_refund_after_settlement_is_taken_from_the_merchant() -> None:
    """Settled goods come back from what the merchant is owed, and the commission with them."""
    on = bench()
    reconciled(on)
    on.send(settle())
    on.send(refund())
    assert {"PAYABLE:apple-farm": -3_600, "PAYABLE:bear-toys": -2_850, "COMMISSION": -550} == {
        account: amount
        for account, amount in accounts(on).items()
        if account.startswith(("PAYABLE", "COMMISSION", "ESCROW"))
    }


def test_transfer_is_paid_out_and_its_statement_says_so() -> None:
    """A transfer is refunded by a payout: no call, told when the statement names the refund."""
    on = bench()
    on.send(request(channel="bank_transfer"))
    on.send(statement_line(channel="bank_transfer"))
    assert [] == names(on.send(refund()))
    assert {} == on.calls()
    paid = on.send(statement_line(R1, 2_000, channel="bank_transfer", kind="refund", line_number=2))
    assert ["PaymentRefunded"] == names(paid)
    assert 8_000 == accounts(on)["CASH"]


def test_cash_that_was_not_collected_is_waived() -> None:
    """A refund before the carrier has the cash lowers what it shall collect."""
    on = bench()
    on.send(request(channel="cash_on_delivery"))
    assert ["PaymentRefunded"] == names(on.send(refund()))
    assert "duplicate" == on.send(refund()).outcome
    collected = on.send(statement_line(amount=8_000, channel="cash_on_delivery"))
    assert ["PaymentCaptured", "PaymentReconciled"] == names(collected)
    assert -4_000 == accounts(on)["ESCROW:apple-farm"]


def test_cash_that_is_waived_after_the_rest_came_reconciles() -> None:
    """When the rest was remitted before, waiving the other part completes the payment."""
    on = bench()
    on.send(request(channel="cash_on_delivery"))
    assert ["PaymentCaptured"] == names(on.send(statement_line(amount=8_000, channel="cash_on_delivery")))
    assert ["PaymentRefunded", "PaymentReconciled"] == names(on.send(refund()))


def test_cash_collected_beyond_its_due_does_not_keep_the_rest_from_being_waived() -> None:
    """When a parcel's old due was collected, less is missing than the other costs, and the difference goes back."""
    on = bench()
    on.send(request(channel="cash_on_delivery"))
    on.send(refund())
    on.send(statement_line(amount=DUE - 3_500, channel="cash_on_delivery"))
    assert ["PaymentRefunded", "PaymentReconciled"] == names(on.send(refund(f"{ORDER}-r2", PARTS[1])))
    assert (4_500, 4_500) == (payment(on).due, payment(on).refundable)
    assert [("over", 2_000)] == [(each.why, each.amount) for each in payment(on).refunds_on_their_way]
    assert (-4_000, -2_000) == (accounts(on)["ESCROW:apple-farm"], accounts(on)["REFUND_PAYABLE"])


def test_all_cash_goes_back_when_nothing_is_due_any_more() -> None:
    """Waiving the rest of an order after a part was collected sends that part back."""
    on = bench()
    on.send(request(channel="cash_on_delivery", amount=2_000, parts=(FARM,)))
    on.send(statement_line(amount=500, channel="cash_on_delivery"))
    assert ["PaymentRefunded", "PaymentReconciled"] == names(on.send(refund()))
    assert (0, 0, 500) == (payment(on).due, payment(on).refundable, payment(on).in_flight)
    on.send(statement_line(f"{ORDER}-e1", 500, channel="cash_on_delivery", kind="refund", line_number=2))
    assert {} == accounts(on)


def test_cash_of_an_earlier_channel_does_not_count_as_collected() -> None:
    """What a declined channel took all the same has gone back, so that the carrier still collects what is due."""
    on = bench()
    on.send(request())
    on.answer_call(f"{ORDER}-1", {"verdict": "no", "reason": "declined"})
    on.send(notice("cap-1"))
    believed(on, "cap-1")
    on.send(request(channel="cash_on_delivery"))
    assert ["PaymentRefunded"] == names(on.send(refund()))
    assert "requested" == payment(on).state


def test_cash_waived_in_full_ends_the_payment() -> None:
    """An order that was refused at the door owes nothing, and more cannot be waived."""
    on = bench()
    on.send(request(channel="cash_on_delivery", amount=2_000, parts=(FARM,)))
    assert ["RefundRefused"] == names(on.send(refund(part=PARTS[0])))
    assert "parts_do_not_add_up" == only(on.send(refund(amount=1))).model_dump()["reason"]
    on.send(refund())
    assert ("cancelled", 0) == (payment(on).state, payment(on).due)
    assert f"{ATTEMPT}" == payment(on).attempt.id
