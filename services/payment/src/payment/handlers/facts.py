"""What channels say by notice: recorded once, and acted on by the state that the payment is in."""

from __future__ import annotations

from chassis.decision import Context, Decision, Poison, View
from payment.domain import ledger
from payment.domain.commands import RecordChannelFact
from payment.domain.payment import Attempt
from payment.domain.states import PaymentState, Trigger
from payment.domain.values import Class, Fact, FactKind, RefundState
from payment.handlers.change import Change, duplicate
from payment.handlers.gate import MISMATCH, captured_event, known
from payment.handlers.requests import requested_event
from payment.handlers.steps import ask_channel, finish_refund, take_capture, unpark
from payment.handlers.unwanted import doubt, return_unwanted, unwanted


def record_channel_fact(command: RecordChannelFact, view: View, context: Context) -> Decision:
    """Fold a notice in: late, repeated or out of order, it means what the facts together say."""
    payment = known(view, command.order_id)
    change = Change(payment, view, context)
    fact = Fact(
        kind=command.fact,
        reference=command.reference,
        attempt_id=command.attempt_id,
        currency=command.currency,
        amount=command.amount,
        occurred_at=command.occurred_at,
        refund_id=command.refund_id or "",
    )
    if not command.channel.asked:
        raise Poison(f"{command.channel} sends no notices: only a statement says what it did")
    attempt = payment.attempt_of(attempt_id=command.attempt_id)
    if attempt is None or attempt.channel is not command.channel:
        return _unexplained(change, fact, Class.MISSING_IN_BOOKS, "the channel names an attempt that we never made")
    if fact.reference in payment.denied:
        return duplicate()
    before = payment.fact(kind=fact.kind, reference=fact.reference)
    if before is not None:
        return _repeated(change, before, fact)
    match fact.kind:
        case FactKind.CAPTURED:
            receive(change, fact, attempt)
        case FactKind.REFUNDED:
            return _refunded(change, fact)
        case FactKind.CLOSED | FactKind.FAILED:
            change.payment = payment.with_fact(fact=fact)  # a word without money: our own question decides
    return change.done()


def receive(change: Change, fact: Fact, attempt: Attempt) -> None:
    """Take money in that is wanted; what is not goes back, when a statement or the channel's own record has it."""
    if unwanted(payment=change.payment, attempt=attempt) is not None:
        if attempt.channel.asked:
            doubt(change, fact, attempt)
        else:
            return_unwanted(change, fact)
        return
    state = change.payment.state
    if state is PaymentState.MISMATCHED:
        unpark(change)
        change.resolve_exception()
        change.drop(f"{change.payment.order_id}:{MISMATCH}")
    take_capture(change, fact, channel=attempt.channel)
    change.move(Trigger.CAPTURE)
    if state is PaymentState.REQUESTING:
        change.emit(requested_event(change.payment))
    change.emit(captured_event(change.payment))
    if attempt.channel.asked:
        ask_channel(change)


def _repeated(change: Change, before: Fact, fact: Fact) -> Decision:
    if (before.amount, before.currency) == (fact.amount, fact.currency):
        return duplicate()
    return _contradiction(change, before, fact)


def _contradiction(change: Change, before: Fact, fact: Fact) -> Decision:
    """The first word stands; the gate asks the channel itself, so that a second one only needs a person."""
    change.open_exception(
        Class.AMOUNT_DIFF if before.currency == fact.currency else Class.CURRENCY_DIFF,
        cause=f"contradiction:{fact.kind}:{fact.reference}:{fact.currency}:{fact.amount}",
        expected=before.amount,
        found=fact.amount,
        currency=fact.currency,
        detail=f"the channel said {fact.kind} {fact.reference} before with another amount",
    )
    return change.done()


def _refunded(change: Change, fact: Fact) -> Decision:
    refund = change.payment.refund(refund_id=fact.refund_id)
    on_its_way = any(each.attempt_id == fact.attempt_id for each in change.payment.refunds_on_their_way)
    if refund is None and not fact.refund_id and on_its_way:
        return duplicate()  # it does not say which refund; the answer to our own call does
    if refund is None or refund.state is RefundState.REFUSED:
        return _unexplained(change, fact, Class.REFUND_DIFF, "the channel refunded what we did not ask for")
    if refund.state is RefundState.PAID:
        return duplicate()
    if (refund.amount, refund.currency) != (fact.amount, fact.currency):
        return _unexplained(change, fact, Class.REFUND_DIFF, f"refund {refund.id} is {refund.amount} {refund.currency}")
    finish_refund(change, refund, reference=fact.reference, at=fact.occurred_at)
    return change.done()


def _unexplained(change: Change, fact: Fact, classified: Class, detail: str) -> Decision:
    """Money moved that we cannot explain: an exception, and the amount in SUSPENSE until somebody can."""
    cause = f"unexplained:{fact.kind}:{fact.reference}"
    moved = {FactKind.CAPTURED: fact.amount, FactKind.REFUNDED: -fact.amount}.get(fact.kind, 0)
    number = change.open_exception(
        classified, cause=cause, expected=0, found=fact.amount, currency=fact.currency, detail=detail
    )
    if not change.opened(number):
        return duplicate()
    legs = ledger.move(debit=ledger.CASH_IN_TRANSIT, credit=ledger.SUSPENSE, amount=moved)
    change.post(f"{number}:suspense", legs, currency=fact.currency)
    return change.done()
