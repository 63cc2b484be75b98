"""Steps that several use cases share: money comes in, goes back, is asked for, or is set aside."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from payment.domain import ledger
from payment.domain.events import ExcessRefunded, PaymentCancelled, PaymentRefunded
from payment.domain.payment import Payment, Refund
from payment.domain.states import PaymentState, Trigger
from payment.domain.values import Channel, Fact, FactKind, RefundState, Why
from payment.handlers.change import Change


def take_capture(change: Change, fact: Fact, *, channel: Channel) -> None:
    """Believe that the channel has taken money, and book it; what is known already is not taken twice."""
    if change.payment.fact(kind=FactKind.CAPTURED, reference=fact.reference) is not None:
        return
    change.payment = change.payment.with_fact(fact=fact)
    change.post(
        f"{change.payment.order_id}:capture:{fact.reference}",
        ledger.captured(channel=channel, amount=fact.amount),
        currency=fact.currency,
    )


def ask_channel(change: Change, *, after: timedelta | None = None) -> None:
    """Fetch the channel's own record of the latest attempt; the answer to an earlier question is stale from now on."""
    attempt = change.payment.attempt
    question = change.payment.asked + 1
    change.set(asked=question)
    change.call(
        "query",
        f"{attempt.id}:query:{question}",
        {"attempt_id": attempt.id, "channel": attempt.channel.value, "question": question},
        after=after,
    )


def close_attempt(change: Change) -> None:
    """Have the channel close what is unpaid; it refuses when money is there."""
    attempt = change.payment.attempt
    call_id = f"{attempt.id}:close:{change.payment.asked}"
    change.call("close", call_id, {"attempt_id": attempt.id, "channel": attempt.channel.value})


def park(change: Change) -> None:
    """Move what was captured to SUSPENSE: an exception is open."""
    _move_captures(change, name="park", debit=ledger.CUSTOMER_PREPAID, credit=ledger.SUSPENSE)


def unpark(change: Change) -> None:
    """Take what was captured out of SUSPENSE: the exception is answered."""
    _move_captures(change, name="unpark", debit=ledger.SUSPENSE, credit=ledger.CUSTOMER_PREPAID)


def _move_captures(change: Change, *, name: str, debit: str, credit: str) -> None:
    for currency in sorted({fact.currency for fact in change.payment.unreturned}):
        amount = sum(fact.amount for fact in change.payment.unreturned if fact.currency == currency)
        entry_id = f"{change.payment.order_id}:{name}:{len(change.payment.facts)}:{currency}"
        change.post(entry_id, ledger.move(debit=debit, credit=credit, amount=amount), currency=currency)


def send_back(change: Change, fact: Fact, *, why: Why) -> None:
    """Refund a capture that no order wants."""
    payment = change.payment
    attempt = payment.attempt_of(attempt_id=fact.attempt_id) or payment.attempt
    legs = ledger.move(debit=ledger.CUSTOMER_PREPAID, credit=ledger.REFUND_PAYABLE, amount=fact.amount)
    number = 1 + sum(refund.why is not Why.ASKED for refund in payment.refunds)
    start_refund(
        change,
        Refund(
            id=f"{payment.order_id}-e{number}",
            amount=fact.amount,
            currency=fact.currency,
            attempt_id=attempt.id,
            channel=attempt.channel,
            why=why,
            reason=why.value,
            of=fact.reference,
            legs=tuple(legs.items()),
        ),
    )


def start_refund(change: Change, refund: Refund) -> None:
    """Store and book a refund, then have the channel called: never the other way round.

    A transfer or cash goes back by a payout, which a statement confirms under the refund's id.
    """
    change.payment = change.payment.with_refund(refund=refund)
    change.post(refund.entry(step="asked"), dict(refund.legs), currency=refund.currency)
    if refund.channel.asked:
        data = {
            "refund_id": refund.id,
            "attempt_id": refund.attempt_id,
            "channel": refund.channel.value,
            "currency": refund.currency,
            "amount": refund.amount,
        }
        change.call("refund", refund.id, data)


def finish_refund(change: Change, refund: Refund, *, reference: str, at: datetime) -> None:
    """Believe that a refund reached the customer."""
    fact = Fact(
        kind=FactKind.REFUNDED,
        reference=reference,
        attempt_id=refund.attempt_id,
        currency=refund.currency,
        amount=refund.amount,
        occurred_at=at,
        refund_id=refund.id,
    )
    change.payment = change.payment.with_fact(fact=fact).with_refund(refund=replace(refund, state=RefundState.PAID))
    legs = ledger.refunded(channel=refund.channel, amount=refund.amount)
    change.post(refund.entry(step="paid"), legs, currency=refund.currency)
    change.emit(refund_event(change.payment.order_id, refund))
    if change.payment.state is PaymentState.RETURNING:
        end_return(change)


def refund_event(order_id: str, refund: Refund) -> PaymentRefunded | ExcessRefunded:
    """Return what others are told of a refund that was paid."""
    if refund.why is Why.ASKED:
        return PaymentRefunded(
            refund_id=refund.id,
            order_id=order_id,
            currency=refund.currency,
            amount=refund.amount,
            reason=refund.reason,
        )
    return ExcessRefunded(
        order_id=order_id, refund_id=refund.id, why=refund.why, currency=refund.currency, amount=refund.amount
    )


def return_all(change: Change) -> None:
    """Send everything back that was captured; the payment is cancelled when all of it has gone."""
    change.move(Trigger.GIVE_UP)
    change.resolve_exception()
    for fact in change.payment.unreturned:
        send_back(change, fact, why=Why.UNDER)
    end_return(change)


def end_return(change: Change) -> None:
    """Cancel the payment once nothing is on its way back and nothing is left."""
    payment = change.payment
    if payment.refunds_on_their_way or payment.unreturned:
        return
    change.move(Trigger.RETURN)
    change.emit(cancelled_event(change.payment, reason=payment.cancel_reason or "underpaid"))


def cancelled_event(payment: Payment, *, reason: str) -> PaymentCancelled:
    """Return what others are told of a payment that is over without money."""
    return PaymentCancelled(order_id=payment.order_id, reason=reason, refunded=payment.refunded)
