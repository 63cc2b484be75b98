"""The gate at work: the channel's record comes in, and the payment passes, waits, or goes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from chassis.decision import Context, Decision, NotYet, View
from payment.domain import ledger
from payment.domain.commands import MismatchTimer, QueryAnswer
from payment.domain.events import CancelRefused, PaymentCaptured, PaymentMismatched, PaymentReconciled
from payment.domain.gate import Judgement, judge
from payment.domain.kinds import PAYMENT
from payment.domain.payment import Payment
from payment.domain.states import PaymentState, Trigger
from payment.domain.values import Channel, Fact
from payment.handlers.change import Change, duplicate
from payment.handlers.settlement import settle_waiting
from payment.handlers.steps import ask_channel, close_attempt, park, return_all, send_back, take_capture, unpark
from payment.handlers.tenders import consume_tenders
from payment.handlers.unwanted import answer_doubt

UNDERPAID_FOR = timedelta(hours=24)
"""How long a payment that does not agree waits to be topped up."""

MISMATCH = "mismatch"


def answer_query(answer: QueryAnswer, view: View, context: Context) -> Decision:
    """Compare the channel's record with ours; what follows depends on why it was asked."""
    payment = known(view, answer.order_id)
    if answer.doubted is not None:
        return _settle_doubt(Change(payment, view, context), answer.doubted, answer.captures)
    asked_for = {PaymentState.CONFIRMING, PaymentState.CANCELLING, PaymentState.MISMATCHED}
    if answer.question != payment.asked or payment.state not in asked_for:
        return duplicate()
    change = Change(payment, view, context)
    match payment.state:
        case PaymentState.CANCELLING:
            _cancel_or_confirm(change, answer.captures)
        case PaymentState.MISMATCHED:
            _last_word(change, answer.captures)
        case _:
            _believe(change, answer.captures)
            decide(change, answer.captures)
    return change.done()


def _settle_doubt(change: Change, doubted: Fact, record: Sequence[Fact]) -> Decision:
    if change.payment.fact(kind=doubted.kind, reference=doubted.reference) is not None:
        return duplicate()
    answer_doubt(change, doubted, record)
    return change.done()


def give_up(timer: MismatchTimer, view: View, context: Context) -> Decision:
    """Ask the channel a last time before the money goes back."""
    payment = known(view, timer.order_id)
    if payment.state is not PaymentState.MISMATCHED:
        return duplicate()
    change = Change(payment, view, context)
    last_question(change)
    return change.done()


def last_question(change: Change) -> None:
    """Ask the channel before giving up; of statements nothing more can be asked."""
    if change.payment.attempt.channel.asked:
        ask_channel(change)
    else:
        unpark(change)
        return_all(change)


def decide(change: Change, record: Sequence[Fact]) -> None:
    """Let a confirming payment pass, or hold it; one that the order wants to cancel is not held but sent back."""
    judgement = judge(payment=change.payment, record=record)
    if judgement.matched:
        let_pass(change, judgement)
        return
    change.move(Trigger.DIFFER)
    if change.payment.cancel_reason:
        _correct(change, record)
        return_all(change)
        return
    _hold(change, judgement)


def let_pass(change: Change, judgement: Judgement) -> None:
    """Reconcile: tenders are consumed, the ledger knows whose the money is, and what is too much goes back."""
    change.move(Trigger.MATCH)
    change.resolve_exception()
    for excess in judgement.excess:
        send_back(change, excess.fact, why=excess.why)
    payment = change.payment
    change.post(f"{payment.order_id}:earned", ledger.earned(parts=payment.parts, amount=payment.due))
    left: dict[str, int] = {}
    for part in payment.parts:
        left[part.merchant_id] = left.get(part.merchant_id, 0) + part.goods
    change.payment = payment.with_escrow(left=left.items())
    consume_tenders(change)
    if payment.cancel_reason:
        change.emit(CancelRefused(order_id=payment.order_id, reason="captured", captured=payment.captured))
        change.set(cancel_reason="")
    change.emit(reconciled_event(payment))
    settle_waiting(change)


def captured_event(payment: Payment) -> PaymentCaptured:
    """Return what others are told of money that is there."""
    return PaymentCaptured(
        order_id=payment.order_id,
        attempt_id=payment.attempt.id,
        channel=payment.attempt.channel,
        currency=payment.currency,
        amount=payment.captured,
    )


def reconciled_event(payment: Payment) -> PaymentReconciled:
    """Return what others are told of a payment that passed the gate."""
    channel = payment.channel or Channel.BALANCE
    return PaymentReconciled(order_id=payment.order_id, channel=channel, currency=payment.currency, amount=payment.due)


def known(view: View, order_id: str) -> Payment:
    """Return the payment of the order; NotYet when nobody has asked for one."""
    payment = view.get(PAYMENT, order_id)
    if payment is None:
        raise NotYet(f"no payment of order {order_id} is known")
    return payment


def _hold(change: Change, judgement: Judgement) -> None:
    park(change)
    payment = change.payment
    number = change.open_exception(
        judgement.classified,
        cause=f"gate:{payment.attempt.id}:{payment.asked}:{len(payment.facts)}",
        expected=payment.due,
        found=payment.captured,
        currency=payment.currency,
        detail="order due, our fold and the channel's record do not agree",
    )
    change.set(open_exception=number)
    change.set_timer(MISMATCH, after=UNDERPAID_FOR)
    change.emit(
        PaymentMismatched(
            order_id=payment.order_id,
            exception_id=number,
            classified=judgement.classified,
            due=payment.due,
            captured=payment.captured,
        )
    )


def _cancel_or_confirm(change: Change, record: Sequence[Fact]) -> None:
    """Close what is unpaid; what is paid is confirmed with the record that is at hand."""
    _believe(change, record)
    if change.payment.unreturned:
        change.move(Trigger.CAPTURE)
        change.emit(captured_event(change.payment))
        decide(change, record)
        return
    close_attempt(change)


def _last_word(change: Change, record: Sequence[Fact]) -> None:
    """Let it pass if it agrees by now; otherwise the channel's record is the truth, and goes back."""
    unpark(change)
    change.drop(f"{change.payment.order_id}:{MISMATCH}")
    _believe(change, record)
    judgement = judge(payment=change.payment, record=record)
    if judgement.matched:
        let_pass(change, judgement)
        return
    _correct(change, record)
    return_all(change)


def _believe(change: Change, record: Sequence[Fact]) -> None:
    """Take captures that no notice told us of."""
    for fact in record:
        take_capture(change, fact, channel=change.payment.attempt.channel)


def _correct(change: Change, record: Sequence[Fact]) -> None:
    """Replace what notices said of the latest attempt by the channel's record, and book the difference."""
    attempt = change.payment.attempt
    recorded = {fact.reference: fact for fact in record}
    for fact in change.payment.captures:
        said = recorded.get(fact.reference)
        same = said is not None and (said.amount, said.currency) == (fact.amount, fact.currency)
        if fact.attempt_id != attempt.id or same:
            continue
        name = f"{change.payment.order_id}:correct:{fact.reference}"
        change.post(
            f"{name}:out", ledger.captured(channel=attempt.channel, amount=-fact.amount), currency=fact.currency
        )
        if said is not None:
            legs = ledger.captured(channel=attempt.channel, amount=said.amount)
            change.post(f"{name}:in", legs, currency=said.currency)
        else:
            change.set(denied=(*change.payment.denied, fact.reference))
        kept = tuple(each for each in change.payment.facts if each is not fact)
        change.set(facts=kept if said is None else (*kept, said))
