"""Payments are asked for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chassis.testing import MONDAY
from contracts import payment as p
from payment.domain.kinds import TENDER
from payment.domain.states import PaymentState
from services.payment.tests.examples import (
    ATTEMPT,
    DEADLINE,
    DUE,
    ORDER,
    PARTS,
    accounts,
    asked,
    bench,
    cancel,
    lock,
    names,
    notice,
    only,
    payment,
    reconciled,
    release,
    request,
    requested,
    tender,
    top_up,
)


def test_request_has_the_channel_create_an_attempt() -> None:
    """A request calls the channel under the id of the attempt, and tells nobody before it answers."""
    on = bench()
    assert [] == names(on.send(request()))
    task = on.calls()[ATTEMPT]
    assert ("create", DUE, "card") == (task.name, task.data["amount"], task.data["channel"])
    assert PaymentState.REQUESTING == payment(on).state


def test_created_attempt_can_be_paid() -> None:
    """The channel's yes brings the pay page."""
    assert p.PaymentRequestedV1(
        order_id=ORDER, attempt_id=ATTEMPT, channel="card", pay_url="https://pay.example/1", deadline=DEADLINE
    ) == only(requested(bench()))


def test_refused_attempt_is_declined() -> None:
    """The channel's no declines the payment with its reason."""
    on = bench()
    on.send(request())
    refused = on.answer_call(ATTEMPT, {"verdict": "no", "reason": "card_blocked"})
    assert p.PaymentDeclinedV1(order_id=ORDER, reason="card_blocked") == only(refused)
    assert PaymentState.DECLINED == payment(on).state


def test_declined_payment_is_tried_by_another_channel() -> None:
    """A second channel is a second attempt with an id of its own."""
    on = bench()
    on.send(request())
    on.answer_call(ATTEMPT, {"verdict": "no"})
    on.send(request(channel="alipay"))
    assert f"{ORDER}-2" in on.calls()


def test_declined_payment_is_declined_again() -> None:
    """The same request after a decline gets the same answer, with the same reason."""
    on = bench()
    on.send(request())
    first = only(on.answer_call(ATTEMPT, {"verdict": "no", "reason": "card_blocked"}))
    again = on.send(request())
    assert ("duplicate", first) == (again.outcome, only(again))


@pytest.mark.parametrize("channel", ["bank_transfer", "cash_on_delivery"])
def test_statement_channels_are_requested_at_once(channel: str) -> None:
    """A transfer or cash on delivery has no page and needs no call."""
    on = bench()
    assert ["PaymentRequested"] == names(on.send(request(channel=channel)))
    assert {} == on.calls()


def test_request_twice_is_one_attempt() -> None:
    """The same request again is answered like the first and makes nothing new."""
    on = bench()
    requested(on)
    again = on.send(request())
    assert ("duplicate", ["PaymentRequested"]) == (again.outcome, names(again))
    assert 1 == len(payment(on).attempts)


@pytest.mark.parametrize("state", ["requesting", "confirming", "cancelling"])
def test_request_twice_while_undecided_says_nothing(state: str) -> None:
    """A repeated request while the channel is asked gets no second answer."""
    on = bench()
    on.send(request())
    if state == "confirming":
        on.send(notice())
    if state == "cancelling":
        on.send(cancel())
    again = on.send(request())
    assert ("duplicate", []) == (again.outcome, names(again))


def test_request_twice_after_the_gate_says_reconciled() -> None:
    """A repeated request of a reconciled payment hears that it is reconciled."""
    on = bench()
    reconciled(on)
    assert ["PaymentReconciled"] == names(on.send(request()))


@pytest.mark.parametrize("changes", [{"amount": 9_999}, {"currency": "USD"}, {"channel": "alipay"}])
def test_second_request_with_other_figures_is_declined(changes: dict[str, Any]) -> None:
    """Another amount, currency or channel for a payment that is under way is refused and changes nothing."""
    on = bench()
    requested(on)
    before = payment(on)
    refused = on.send(request(**changes))
    assert ("rejected", "requested_with_other_figures") == (refused.outcome, only(refused).model_dump()["reason"])
    assert before == payment(on)


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"parts": PARTS[:1]}, "parts_do_not_add_up"),
        ({"deadline": MONDAY - timedelta(seconds=1)}, "deadline_passed"),
        ({"deadline": MONDAY}, "deadline_passed"),
        ({"currency": "USD"}, "currency_differs_from_tenders"),
    ],
)
def test_impossible_request_is_declined(changes: dict[str, Any], reason: str) -> None:
    """Wrong parts, a passed deadline or another currency than the tenders' is declined with the reason."""
    on = bench()
    on.send(tender())
    on.send(lock(("coupon-1", 100)))
    assert p.PaymentDeclinedV1(order_id=ORDER, reason=reason) == only(on.send(request(**changes)))
    assert {} == on.calls()


def test_commission_beyond_the_goods_is_declined() -> None:
    """A commission larger than its goods does not add up."""
    part = PARTS[0].model_copy(update={"goods": 500, "freight": 9_500})
    assert "parts_do_not_add_up" == only(bench().send(request(parts=(part,)))).model_dump()["reason"]


def test_request_after_cancel_is_declined() -> None:
    """An order that was cancelled first is not asked for money."""
    on = bench()
    on.send(cancel())
    assert "cancelled" == only(on.send(request())).model_dump()["reason"]


def test_nothing_to_pay_is_reconciled_at_once() -> None:
    """A request for nothing consumes the tenders and needs no channel."""
    on = bench()
    on.send(tender())
    on.send(lock(("coupon-1", 500)))
    free = on.send(request(amount=0, parts=()))
    assert p.PaymentReconciledV1(order_id=ORDER, channel="card", currency="EUR", amount=0) == only(free)
    assert {"DISCOUNT": -500, "TENDER:COUPON": 500} == accounts(on)


def test_balance_pays_in_the_same_message() -> None:
    """Stored value is captured and reconciled by the request itself."""
    on = bench()
    on.send(top_up(amount=DUE + 1))
    paid = on.send(request(channel="balance"))
    assert p.PaymentReconciledV1(order_id=ORDER, channel="balance", currency="EUR", amount=DUE) == only(paid)
    assert -1 == accounts(on)["CUSTOMER_PREPAID"]
    assert {} == on.calls()


def test_balance_that_is_short_declines() -> None:
    """One cent too little declines, the stored value stays, and who asks again hears the same."""
    on = bench()
    on.send(top_up(amount=DUE - 1))
    expected = p.PaymentDeclinedV1(order_id=ORDER, reason="insufficient_balance")
    assert expected == only(on.send(request(channel="balance")))
    assert expected == only(on.send(request(channel="balance")))
    assert 1 - DUE == accounts(on)["CUSTOMER_PREPAID"]


def test_create_that_arrives_after_the_cancel_is_closed() -> None:
    """An attempt that comes into being after the payment was cancelled is closed again."""
    on = bench()
    on.send(request())
    calls = dict(on.calls())
    on.send(cancel())
    asked(on)
    on.answer_call(f"{ATTEMPT}:close:1", {"verdict": "yes"})
    on.store.waiting[ATTEMPT] = calls[ATTEMPT]
    on.answer_call(ATTEMPT, {"verdict": "yes", "pay_url": "https://pay.example/1"})
    assert "close" in {task.name for task in on.calls().values()}
    assert PaymentState.CANCELLED == payment(on).state


def test_answer_to_an_older_attempt_is_stale() -> None:
    """An answer to an attempt that was replaced changes nothing."""
    on = bench()
    on.send(request())
    call = on.calls()[ATTEMPT]
    on.answer_call(ATTEMPT, {"verdict": "no"})
    on.send(request(channel="alipay"))
    on.store.waiting[ATTEMPT] = replace(call, message_id="late")
    assert "duplicate" == on.answer_call(ATTEMPT, {"verdict": "yes"}).outcome
    assert PaymentState.REQUESTING == payment(on).state


def test_refused_create_ends_a_cancelling_payment() -> None:
    """A channel that never had the attempt leaves nothing to close."""
    on = bench()
    on.send(request())
    calls = dict(on.calls())
    on.send(cancel())
    on.store.waiting[ATTEMPT] = calls[ATTEMPT]
    assert ["PaymentCancelled"] == names(on.answer_call(ATTEMPT, {"verdict": "no"}))


def test_release_of_an_unknown_order_keeps_a_later_lock_out() -> None:
    """What was given back is not locked again by the same order."""
    on = bench()
    on.send(tender())
    assert ["TendersReleased"] == names(on.send(release()))
    assert ["TendersRefused"] == names(on.send(lock(("coupon-1", 100))))


def test_command_that_nobody_can_handle_is_refused() -> None:
    """A command that ends as a dead letter does not leave the order waiting."""
    on = bench()
    broken: Any = "no tender at all"
    on.given(TENDER, "coupon-1", broken)
    dead = on.send(lock(("coupon-1", 100)))
    assert ("dead", "TendersRefused") == (dead.outcome, names(dead)[-1])


def test_deadline_that_has_passed_stays_passed() -> None:
    """Who was declined for the deadline is declined again, even by a process whose clock is behind."""
    on = bench()
    on.clock.time = MONDAY + timedelta(days=30)
    declined = only(on.send(request()))
    on.clock.time = MONDAY
    assert declined == only(on.send(request()))
    assert {} == on.calls()
