"""Refunds that the order asks for: by the original route, never more than is left, stored before they are paid."""

from __future__ import annotations

from dataclasses import replace

from chassis.decision import Context, Decision, View
from payment.domain import ledger
from payment.domain.commands import RefundAnswer, RefundPayment
from payment.domain.events import RefundRefused
from payment.domain.kinds import PAYMENT
from payment.domain.payment import Payment, Refund
from payment.domain.states import PaymentState, Trigger
from payment.domain.values import Channel, Class, RefundState, Why, add_up, subtract
from payment.handlers.balances import add_to_balance
from payment.handlers.change import Change, duplicate, rejected
from payment.handlers.gate import decide, known
from payment.handlers.steps import finish_refund, refund_event, start_refund


def refund_payment(command: RefundPayment, view: View, context: Context) -> Decision:
    """Start a refund, or refuse it; the same id is paid once, and asked for again when the channel refused it."""
    payment = view.get(PAYMENT, command.order_id) or Payment(order_id=command.order_id)
    before = payment.refund(refund_id=command.refund_id)
    if before is not None and (before.state is not RefundState.REFUSED or before.amount != command.amount):
        return _again(payment, before, command)
    change = Change(payment, view, context)
    if _uncollected(payment):
        return _waive(change, command)
    reason = _refusal(payment, command)
    if reason:
        return rejected(_refused(payment, command.refund_id, reason))
    owed = ledger.owed_back(parts=command.parts, escrow=dict(payment.escrow), paid_out=payment.paid_out)
    change.payment = payment.with_escrow(left=owed.escrow.items())
    booked = tuple((account, amount) for account, amount in owed.legs.items() if amount)
    tries = before.tries + 1 if before else 1
    refund = replace(_of(payment, command, legs=booked), tries=tries, settled=owed.settled)
    if not command.amount:
        change.payment = change.payment.with_refund(refund=replace(refund, state=RefundState.PAID))
        change.emit(refund_event(payment.order_id, refund))
    elif refund.channel is Channel.BALANCE:
        _pay_back_at_once(change, refund)
    else:
        start_refund(change, refund)
    return change.done()


def answer_refund(answer: RefundAnswer, view: View, context: Context) -> Decision:
    """The channel has paid the refund, or will surely not."""
    payment = known(view, answer.order_id)
    refund = payment.refund(refund_id=answer.refund_id)
    if refund is None or refund.state is not RefundState.REQUESTED:
        return duplicate()  # a notice said so before
    change = Change(payment, view, context)
    if answer.verdict == "yes":
        finish_refund(change, refund, reference=answer.reference, at=context.now)
    else:
        _undo(change, refund, answer.reason or "refused_by_channel")
    return change.done()


def _again(payment: Payment, before: Refund, command: RefundPayment) -> Decision:
    if before.amount != command.amount:
        return rejected(_refused(payment, before.id, "refund_id_has_another_amount"))
    match before.state:
        case RefundState.PAID | RefundState.WAIVED:
            return duplicate(refund_event(payment.order_id, before))
        case _:
            return duplicate()


def _refusal(payment: Payment, command: RefundPayment) -> str:
    if command.amount and payment.state is not PaymentState.RECONCILED:
        return "not_reconciled"
    if command.amount > payment.refundable:
        return "more_than_is_left"
    return "" if add_up(parts=command.parts, amount=command.amount) else "parts_do_not_add_up"


def _uncollected(payment: Payment) -> bool:
    """Whether the carrier still has to collect the cash."""
    waiting = payment.state in {PaymentState.REQUESTED, PaymentState.CONFIRMING}
    return waiting and payment.channel is Channel.CASH_ON_DELIVERY


def _waive(change: Change, command: RefundPayment) -> Decision:
    """Lower what the carrier shall collect: cash that was never taken cannot go back.

    Of a parcel that had left before its due was lowered the carrier collects too much, so that another parcel's refund
    may be more than is missing. What is there beyond the new due goes back with the gate's excess.
    """
    payment = change.payment
    if command.amount > payment.due:
        return rejected(_refused(payment, command.refund_id, "more_than_is_left", payment.due))
    if not add_up(parts=command.parts, amount=command.amount):
        return rejected(_refused(payment, command.refund_id, "parts_do_not_add_up", payment.due))
    refund = _of(payment, command, legs=())
    change.payment = payment.with_refund(refund=replace(refund, state=RefundState.WAIVED))
    change.set(due=payment.due - command.amount, parts=subtract(parts=payment.parts, less=command.parts))
    change.emit(refund_event(payment.order_id, refund))
    if change.payment.collected >= max(1, change.payment.due):
        decide(change, change.payment.captures)
    elif change.payment.due == 0:
        change.move(Trigger.CANCEL)
        change.move(Trigger.CLOSE)
    return change.done()


def _of(payment: Payment, command: RefundPayment, *, legs: tuple[tuple[str, int], ...]) -> Refund:
    return Refund(
        id=command.refund_id,
        amount=command.amount,
        currency=payment.currency,
        attempt_id=payment.attempt.id if payment.attempts else "",
        channel=payment.channel or Channel.BALANCE,
        why=Why.ASKED,
        reason=command.reason,
        legs=legs,
    )


def _refused(payment: Payment, refund_id: str, reason: str, refundable: int | None = None) -> RefundRefused:
    left = max(0, payment.refundable) if refundable is None else refundable
    return RefundRefused(refund_id=refund_id, order_id=payment.order_id, reason=reason, refundable=left)


def _pay_back_at_once(change: Change, refund: Refund) -> None:
    """Add it to the stored balance in this very transaction."""
    change.post(refund.entry(step="asked"), dict(refund.legs))
    add_to_balance(change, amount=refund.amount)
    finish_refund(change, refund, reference=f"balance:{refund.id}", at=change.now)


def _undo(change: Change, refund: Refund, reason: str) -> None:
    """Book a refused refund back; money that nobody wants then needs a person."""
    change.payment = change.payment.with_refund(refund=replace(refund, state=RefundState.REFUSED))
    change.post(
        refund.entry(step="undone"), {account: -amount for account, amount in refund.legs}, currency=refund.currency
    )
    if refund.why is Why.ASKED:
        left = dict(change.payment.escrow)
        for merchant_id in left:
            left[merchant_id] += dict(refund.legs).get(ledger.escrow_of(merchant_id=merchant_id), 0)
        change.payment = change.payment.with_escrow(left=left.items())
        change.emit(_refused(change.payment, refund.id, reason))
        return
    change.open_exception(
        Class.REFUND_DIFF,
        cause=f"refund:{refund.id}",
        expected=refund.amount,
        found=0,
        currency=refund.currency,
        detail=f"the channel refused to take back {refund.of}: {reason}",
    )
