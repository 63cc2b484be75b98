"""Money that no order wants: late, double, or for an attempt that was replaced. It goes back, once it is surely there.

A notice is a hint. Before a refund of what it told is paid, the channel is asked for its own record, as the gate does:
refunds are paid of whatever an attempt has captured, so that believing a notice of money that was never taken would
give the order's own money away.
"""

from __future__ import annotations

from collections.abc import Sequence

from payment.domain.payment import Attempt, Payment
from payment.domain.states import PaymentState, Trigger
from payment.domain.values import Class, Fact, Why
from payment.handlers.change import Change
from payment.handlers.steps import send_back, take_capture

UNWANTED = {
    PaymentState.CANCELLED: Why.LATE,
    PaymentState.DECLINED: Why.LATE,
    PaymentState.RETURNING: Why.UNDER,
    PaymentState.RECONCILED: Why.DOUBLE,
}
"""States in which no more money is wanted, and the name of what comes all the same."""


def unwanted(*, payment: Payment, attempt: Attempt) -> Why | None:
    """Return why money of this attempt is not wanted, None when it is."""
    return UNWANTED.get(payment.state) if attempt == payment.attempt else Why.LATE


def doubt(change: Change, fact: Fact, attempt: Attempt) -> None:
    """Ask the channel whether its own record has the capture; asking once more is the same question."""
    told = {
        "kind": fact.kind.value,
        "reference": fact.reference,
        "attempt_id": fact.attempt_id,
        "currency": fact.currency,
        "amount": fact.amount,
        "occurred_at": fact.occurred_at.isoformat(),
    }
    data = {"attempt_id": attempt.id, "channel": attempt.channel.value, "question": 0, "doubted": told}
    change.call("query", f"{attempt.id}:doubt:{fact.reference}", data)


def answer_doubt(change: Change, doubted: Fact, record: Sequence[Fact]) -> None:
    """Send back what the channel's record has; of what it does not have a person must know."""
    said = next((fact for fact in record if fact.reference == doubted.reference), None)
    if said is not None:
        return_unwanted(change, said)
        return
    change.set(denied=(*change.payment.denied, doubted.reference))
    change.open_exception(
        Class.MISSING_IN_CHANNEL,
        cause=f"denied:{doubted.reference}",
        expected=0,
        found=doubted.amount,
        currency=doubted.currency,
        detail=f"a notice told of capture {doubted.reference}, and the channel's record does not have it",
    )


def return_unwanted(change: Change, fact: Fact) -> None:
    """Take the money in, and send it back."""
    attempt = change.payment.attempt_of(attempt_id=fact.attempt_id) or change.payment.attempt
    why = unwanted(payment=change.payment, attempt=attempt) or Why.LATE
    take_capture(change, fact, channel=attempt.channel)
    if attempt == change.payment.attempt:
        change.move(Trigger.CAPTURE)
    send_back(change, fact, why=why)
