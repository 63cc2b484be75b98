"""A request: an attempt is made, by a channel that is asked, that writes statements, or that we keep ourselves."""

from __future__ import annotations

from chassis.decision import Context, Decision, View
from payment.domain.commands import CreateAnswer, RequestPayment
from payment.domain.events import PaymentDeclined, PaymentRequested
from payment.domain.gate import judge
from payment.domain.kinds import PAYMENT
from payment.domain.payment import Attempt, Payment
from payment.domain.states import PaymentState, Trigger
from payment.domain.values import Channel, Fact, FactKind, add_up
from payment.handlers.balances import add_to_balance, balance_of
from payment.handlers.change import Change, duplicate, rejected
from payment.handlers.gate import known, let_pass, reconciled_event
from payment.handlers.steps import cancelled_event, close_attempt, take_capture


def request_payment(command: RequestPayment, view: View, context: Context) -> Decision:
    """Make an attempt; what cannot be paid at all is declined."""
    payment = view.get(PAYMENT, command.order_id) or Payment(order_id=command.order_id)
    if payment.attempts and not _anew(payment, command):
        return _again(payment, command)
    reason = _refusal(payment, command)
    if reason:
        return rejected(PaymentDeclined(order_id=command.order_id, reason=reason))
    change = Change(payment, view, context)
    _begin(change, command)
    if command.amount and command.deadline <= context.now:
        # Kept, since who asks again may meet a process whose clock is behind: he has turned round by then.
        _decline(change, reason="deadline_passed")
    elif not command.amount or command.channel is Channel.BALANCE:
        _pay_at_once(change)
    elif command.channel.by_statement:
        change.move(Trigger.ACCEPT)
        change.emit(requested_event(change.payment))
    else:
        _create(change)
    return change.done()


def answer_create(answer: CreateAnswer, view: View, context: Context) -> Decision:
    """Tell the customer where to pay, or that the channel will not have it."""
    payment = known(view, answer.order_id)
    change = Change(payment, view, context)
    if not payment.attempts or answer.attempt_id != payment.attempt.id:
        return duplicate()
    accepted = answer.verdict == "yes"
    if accepted:
        change.set(pay_url=answer.pay_url)
    if payment.state is PaymentState.REQUESTING:
        if accepted:
            change.move(Trigger.ACCEPT)
            change.emit(requested_event(change.payment))
        else:
            _decline(change, reason=answer.reason or "declined")
    elif payment.state is PaymentState.CANCELLING and not accepted:
        change.move(Trigger.DECLINE)
        change.emit(cancelled_event(change.payment, reason=payment.cancel_reason))
    elif payment.state is PaymentState.CANCELLED and accepted:
        close_attempt(change)  # it was on its way when the order gave up
    return change.done()


def requested_event(payment: Payment) -> PaymentRequested:
    """Return what others are told of a payment that can be made."""
    if payment.deadline is None:
        raise ValueError("a requested payment has a deadline")
    return PaymentRequested(
        order_id=payment.order_id,
        attempt_id=payment.attempt.id,
        channel=payment.attempt.channel,
        pay_url=payment.pay_url,
        deadline=payment.deadline,
    )


def _anew(payment: Payment, command: RequestPayment) -> bool:
    """A declined payment may be tried by another channel."""
    return payment.state is PaymentState.DECLINED and payment.channel is not command.channel


def _again(payment: Payment, command: RequestPayment) -> Decision:
    """Answer a second request as the first one; other figures are declined and change nothing."""
    if (payment.due, payment.currency, payment.channel) != (command.amount, command.currency, command.channel):
        return rejected(PaymentDeclined(order_id=payment.order_id, reason="requested_with_other_figures"))
    match payment.state:
        case PaymentState.RECONCILED:
            return duplicate(reconciled_event(payment))
        case PaymentState.DECLINED:
            return duplicate(PaymentDeclined(order_id=payment.order_id, reason=payment.declined))
        case PaymentState.REQUESTED:
            return duplicate(requested_event(payment))
        case _:
            return duplicate()


def _refusal(payment: Payment, command: RequestPayment) -> str:
    if payment.state is PaymentState.CANCELLED:
        return "cancelled"
    if not add_up(parts=command.parts, amount=command.amount):
        return "parts_do_not_add_up"
    if payment.holds and payment.currency != command.currency:
        return "currency_differs_from_tenders"
    return ""


def _begin(change: Change, command: RequestPayment) -> None:
    number = len(change.payment.attempts) + 1
    attempt = Attempt(id=f"{command.order_id}-{number}", channel=command.channel, amount=command.amount)
    change.set(
        customer_id=command.customer_id,
        channel=command.channel,
        currency=command.currency,
        due=command.amount,
        deadline=command.deadline,
        parts=command.parts,
        attempts=(*change.payment.attempts, attempt),
    )
    change.move(Trigger.REQUEST)


def _decline(change: Change, *, reason: str) -> None:
    change.move(Trigger.DECLINE)
    change.set(declined=reason)
    change.emit(PaymentDeclined(order_id=change.payment.order_id, reason=reason))


def _create(change: Change) -> None:
    payment = change.payment
    change.call(
        "create",
        payment.attempt.id,
        {
            "attempt_id": payment.attempt.id,
            "channel": payment.attempt.channel.value,
            "currency": payment.currency,
            "amount": payment.due,
        },
    )


def _pay_at_once(change: Change) -> None:
    """Take it from the stored balance in this very transaction; an order that costs nothing takes nothing."""
    payment = change.payment
    if payment.due and balance_of(change).amount < payment.due:
        _decline(change, reason="insufficient_balance")
        return
    change.move(Trigger.ACCEPT)
    change.move(Trigger.CAPTURE)
    if payment.due:
        add_to_balance(change, amount=-payment.due)
        fact = Fact(
            kind=FactKind.CAPTURED,
            reference=f"balance:{payment.attempt.id}",
            attempt_id=payment.attempt.id,
            currency=payment.currency,
            amount=payment.due,
            occurred_at=change.now,
        )
        take_capture(change, fact, channel=Channel.BALANCE)
    let_pass(change, judge(payment=change.payment, record=change.payment.captures))
