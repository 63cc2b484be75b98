"""Cancelling is a question to the channel: it closes what is unpaid, and money that is there wins."""

from __future__ import annotations

from datetime import timedelta

from chassis.decision import Context, Decision, View
from payment.domain.commands import CancelPayment, CloseAnswer
from payment.domain.events import CancelRefused
from payment.domain.kinds import PAYMENT
from payment.domain.payment import Payment
from payment.domain.states import PaymentState, Trigger
from payment.handlers.change import Change, duplicate, rejected
from payment.handlers.gate import decide, known, last_question
from payment.handlers.steps import ask_channel, cancelled_event

PAUSE = timedelta(seconds=5)
"""Before a channel that says *unpaid* and then *paid* is asked again."""


def cancel_payment(command: CancelPayment, view: View, context: Context) -> Decision:
    """Begin to cancel. The answer follows the channel's: cancelled, or refused because the money is there."""
    payment = view.get(PAYMENT, command.order_id) or Payment(order_id=command.order_id)
    match payment.state:
        case PaymentState.RECONCILED:
            return rejected(CancelRefused(order_id=payment.order_id, reason="captured", captured=payment.captured))
        case PaymentState.CANCELLED:
            return duplicate(cancelled_event(payment, reason=command.reason))
        case PaymentState.CANCELLING | PaymentState.RETURNING:
            return duplicate()
        case _:
            change = Change(payment, view, context)
            _begin(change, command)
            return change.done()


def answer_close(answer: CloseAnswer, view: View, context: Context) -> Decision:
    """The channel has closed it; or it was paid meanwhile, and its record is fetched again."""
    payment = known(view, answer.order_id)
    if payment.state is not PaymentState.CANCELLING or answer.attempt_id != payment.attempt.id:
        return duplicate()
    change = Change(payment, view, context)
    if answer.verdict == "yes":
        _end(change)
    else:
        ask_channel(change, after=PAUSE)
    return change.done()


def _begin(change: Change, command: CancelPayment) -> None:
    state = change.payment.state
    change.set(cancel_reason=command.reason)
    change.move(Trigger.CANCEL)
    match state:
        case PaymentState.REQUESTING | PaymentState.REQUESTED:
            if change.payment.attempt.channel.asked:
                change.drop(change.payment.attempt.id)
                ask_channel(change)
            else:
                _end(change)
        case PaymentState.MISMATCHED:
            last_question(change)
        case PaymentState.OPEN | PaymentState.DECLINED:
            change.emit(cancelled_event(change.payment, reason=command.reason))
        case PaymentState.CONFIRMING if change.payment.attempt.channel.by_statement:
            decide(change, change.payment.captures)  # cash that came in part goes back
        case _:
            pass  # confirming: the gate answers


def _end(change: Change) -> None:
    change.move(Trigger.CLOSE)
    change.emit(cancelled_event(change.payment, reason=change.payment.cancel_reason))
