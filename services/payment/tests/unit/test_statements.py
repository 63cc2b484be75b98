"""Statement lines, pass 1: exact or an exception."""

from typing import Any

import pytest

from contracts import payment as p
from payment.domain.kinds import STATEMENT_LINE
from payment.domain.states import PaymentState
from services.payment.tests.examples import (
    ATTEMPT,
    DUE,
    ORDER,
    accounts,
    believed,
    bench,
    cancel,
    exceptions,
    names,
    notice,
    only,
    payment,
    reconciled,
    refund,
    refund_answered,
    request,
    statement_line,
)


def test_line_of_a_known_capture_brings_it_from_transit_to_cash() -> None:
    """Same key, amount and currency match."""
    on = bench()
    reconciled(on)
    seen = on.send(statement_line())
    assert {"classified": "MATCHED"} == seen.answer
    assert (DUE, None) == (accounts(on)["CASH"], accounts(on).get("CASH_IN_TRANSIT"))


def test_line_is_compared_once() -> None:
    """The same file imported again changes nothing."""
    on = bench()
    reconciled(on)
    on.send(statement_line())
    assert "duplicate" == on.send(statement_line()).outcome
    assert DUE == accounts(on)["CASH"]
    assert 1 == len(on.rows(STATEMENT_LINE))


def test_line_that_changed_is_poison() -> None:
    """A line that comes again with other figures is set aside for a person."""
    on = bench()
    reconciled(on)
    on.send(statement_line())
    assert "dead" == on.send(statement_line(amount=1)).outcome


def test_refund_and_fee_lines_match() -> None:
    """Our own refund and the channel's fee are booked without a person."""
    on = bench()
    reconciled(on)
    on.send(refund())
    refund_answered(on, f"{ORDER}-r1")
    on.send(statement_line())
    on.send(statement_line(f"back-{ORDER}-r1", 2_000, kind="refund", line_number=2))
    on.send(statement_line("fee-1", 60, kind="fee", line_number=3))
    assert (7_940, 60, None) == tuple(accounts(on).get(name) for name in ("CASH", "CHANNEL_FEE", "CASH_IN_TRANSIT"))
    assert [] == exceptions(on)


@pytest.mark.parametrize(
    "changes, classified",
    [
        ({"reference": "unheard"}, "MISSING_IN_BOOKS"),
        ({"attempt_id": f"{ORDER}-7"}, "MISSING_IN_BOOKS"),
        ({"channel": "alipay"}, "MISSING_IN_BOOKS"),
        ({"amount": DUE - 1}, "AMOUNT_DIFF"),
        ({"currency": "USD"}, "CURRENCY_DIFF"),
        ({"kind": "refund", "reference": "gift"}, "MISSING_IN_BOOKS"),
    ],
)
def test_line_that_does_not_match_is_named(changes: dict[str, Any], classified: str) -> None:
    """Everything that is not exact opens an exception of its class."""
    on = bench()
    reconciled(on)
    opened = on.send(statement_line(**changes))
    assert ({"classified": classified}, ["ExceptionOpened"]) == (opened.answer, names(opened))
    assert [(classified, True)] == exceptions(on)


def test_other_amount_of_a_refund_is_a_refund_difference() -> None:
    """A refund line with another amount is named so."""
    on = bench()
    reconciled(on)
    on.send(refund())
    refund_answered(on, f"{ORDER}-r1")
    assert {"classified": "REFUND_DIFF"} == on.send(
        statement_line(f"back-{ORDER}-r1", 1_999, kind="refund", line_number=2)
    ).answer


def test_reference_on_two_lines_is_a_duplicate_in_the_channel() -> None:
    """A channel that lists one capture twice is asked about the second."""
    on = bench()
    reconciled(on)
    on.send(statement_line())
    assert {"classified": "DUPLICATE_IN_CHANNEL"} == on.send(statement_line(line_number=2)).answer
    assert -DUE == accounts(on)["SUSPENSE"]


def test_line_of_an_unknown_order_is_missing_in_books() -> None:
    """Money for an order that we do not know lies in SUSPENSE, and the order can still begin."""
    on = bench()
    assert {"classified": "MISSING_IN_BOOKS"} == on.send(statement_line()).answer
    assert {"CASH": DUE, "SUSPENSE": -DUE} == accounts(on)
    on.send(request())
    assert PaymentState.REQUESTING == payment(on).state


@pytest.mark.parametrize("channel", ["bank_transfer", "cash_on_delivery"])
def test_statement_captures_and_reconciles(channel: str) -> None:
    """For channels without notices a matching line is capture and gate in one."""
    on = bench()
    on.send(request(channel=channel))
    captured, passed = on.send(statement_line(channel=channel)).emitted
    assert isinstance(captured, p.PaymentCapturedV1)
    assert (channel, DUE) == (captured.channel, captured.amount)
    assert "PaymentReconciledV1" == type(passed).__name__
    assert DUE == accounts(on)["CASH"]


def test_cash_is_remitted_parcel_by_parcel() -> None:
    """Cash on delivery is reconciled when the remittances reach the due, and is no exception before."""
    on = bench()
    on.send(request(channel="cash_on_delivery"))
    assert ["PaymentCaptured"] == names(on.send(statement_line("w-1", 4_000, channel="cash_on_delivery")))
    rest = on.send(statement_line("w-2", 6_000, channel="cash_on_delivery", statement_id="w-2"))
    assert ["PaymentCaptured", "PaymentReconciled"] == names(rest)
    assert [] == exceptions(on)


def test_money_of_an_earlier_channel_is_no_remittance() -> None:
    """A declined card that was charged has its money back, so that the first parcel brings but a part of the due."""
    on = bench()
    on.send(request())
    on.answer_call(ATTEMPT, {"verdict": "no", "reason": "declined"})
    on.send(notice("late-1"))
    believed(on, "late-1")
    on.send(request(channel="cash_on_delivery"))
    first = statement_line(amount=4_000, channel="cash_on_delivery", attempt_id=f"{ORDER}-2")
    assert ["PaymentCaptured"] == names(on.send(first))


def test_cash_that_came_in_part_goes_back_when_the_order_is_cancelled() -> None:
    """A cancelled order pays out what the carrier had remitted."""
    on = bench()
    on.send(request(channel="cash_on_delivery"))
    on.send(statement_line("w-1", 4_000, channel="cash_on_delivery"))
    assert [] == names(on.send(cancel()))
    paid_out = on.send(statement_line(f"{ORDER}-e1", 4_000, channel="cash_on_delivery", kind="refund", line_number=2))
    assert ["ExcessRefunded", "PaymentCancelled"] == names(paid_out)
    assert {} == accounts(on)


def test_short_transfer_is_held_and_topped_up() -> None:
    """A transfer of less than the due is an exception until the rest comes."""
    on = bench()
    on.send(request(channel="bank_transfer"))
    held = on.send(statement_line(amount=4_000, channel="bank_transfer"))
    assert ["PaymentCaptured", "ExceptionOpened", "PaymentMismatched"] == names(held)
    rest = on.send(statement_line("cap-2", 6_000, channel="bank_transfer", line_number=2))
    assert ["PaymentCaptured", "PaymentReconciled"] == names(rest)
    assert [("AMOUNT_DIFF", False)] == exceptions(on)


def test_short_transfer_goes_back_after_a_day() -> None:
    """Nobody can be asked about a transfer: after a day it is paid out."""
    on = bench()
    on.send(request(channel="bank_transfer"))
    on.send(statement_line(amount=4_000, channel="bank_transfer"))
    on.fire(f"{ORDER}:mismatch")
    assert PaymentState.RETURNING == payment(on).state


@pytest.mark.parametrize("before, why", [("cancelled", "late"), ("paid", "double")])
def test_transfer_that_nobody_wants_goes_back(before: str, why: str) -> None:
    """A transfer after the cancel is late, one after the first is double."""
    on = bench()
    on.send(request(channel="bank_transfer"))
    on.send(cancel() if before == "cancelled" else statement_line(channel="bank_transfer"))
    on.send(statement_line("cap-2", channel="bank_transfer", line_number=2))
    assert why == payment(on).refunds[0].why


def test_transfer_of_more_goes_back_in_part() -> None:
    """What exceeds the due is paid out."""
    on = bench()
    on.send(request(channel="bank_transfer"))
    assert "PaymentReconciled" in names(on.send(statement_line(amount=DUE + 5, channel="bank_transfer")))
    assert (5, "over") == ((back := payment(on).refunds[0]).amount, back.why)


@pytest.mark.parametrize("amount", [1_999, 2_000])
def test_payout_must_be_one_that_we_ordered(amount: int) -> None:
    """A payout line must name a refund of ours and bear its amount."""
    on = bench()
    on.send(request(channel="bank_transfer"))
    on.send(statement_line(channel="bank_transfer"))
    on.send(refund())
    name = f"{ORDER}-r1" if amount == 1_999 else "nobody"
    line = on.send(statement_line(name, amount, channel="bank_transfer", kind="refund", line_number=2))
    assert ["ExceptionOpened"] == names(line)
    assert 2_000 == payment(on).in_flight


def test_exception_says_what_was_found() -> None:
    """The exception names the line and both amounts."""
    on = bench()
    reconciled(on)
    opened = only(on.send(statement_line(amount=1)))
    assert isinstance(opened, p.ExceptionOpenedV1)
    assert (DUE, 1, f"card capture cap-1 of {ATTEMPT}") == (opened.expected, opened.found, opened.detail)
