"""The life of a payment, as a table.

A payment is *open* while an order has only locked tenders. A request makes an attempt: the channel is asked to create
it (*requesting*), then the customer can pay (*requested*). A captured fact leads to *confirming*: the channel's own
record is fetched, and order due, our fold and that record must agree to the cent before the payment is *reconciled*.
If they do not, it is *mismatched*: an exception is open, and after a day, or when the order is cancelled, the channel
is asked once more and the money goes back (*returning*). *Cancelling* is a question: the channel is asked first and
closes only what is unpaid; money that is there wins.

Money that comes when nobody wants it is a row, not an error: it is refunded and the state stays.
A trigger without a row is illegal and leaves the payment as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class PaymentState(StrEnum):
    """Where a payment is."""

    OPEN = "open"
    REQUESTING = "requesting"
    REQUESTED = "requested"
    CONFIRMING = "confirming"
    MISMATCHED = "mismatched"
    RECONCILED = "reconciled"
    CANCELLING = "cancelling"
    RETURNING = "returning"
    CANCELLED = "cancelled"
    DECLINED = "declined"


class Trigger(StrEnum):
    """What moves a payment."""

    REQUEST = "request"
    ACCEPT = "accept"
    DECLINE = "decline"
    CAPTURE = "capture"
    MATCH = "match"
    DIFFER = "differ"
    CANCEL = "cancel"
    CLOSE = "close"
    GIVE_UP = "give_up"
    RETURN = "return"


class IllegalTrigger(Exception):
    """The state has no row for the trigger."""


_S, _T = PaymentState, Trigger

TRANSITIONS: Mapping[tuple[PaymentState, Trigger], PaymentState] = MappingProxyType(
    {
        (_S.OPEN, _T.REQUEST): _S.REQUESTING,
        (_S.OPEN, _T.CANCEL): _S.CANCELLED,  # nothing was requested, so nothing can come in
        (_S.REQUESTING, _T.ACCEPT): _S.REQUESTED,
        (_S.REQUESTING, _T.DECLINE): _S.DECLINED,
        (_S.REQUESTING, _T.CAPTURE): _S.CONFIRMING,  # the notice was faster than the answer to create
        (_S.REQUESTING, _T.CANCEL): _S.CANCELLING,
        (_S.REQUESTED, _T.CAPTURE): _S.CONFIRMING,
        (_S.REQUESTED, _T.CANCEL): _S.CANCELLING,
        (_S.CONFIRMING, _T.CAPTURE): _S.CONFIRMING,
        (_S.CONFIRMING, _T.CANCEL): _S.CONFIRMING,  # the gate answers
        (_S.CONFIRMING, _T.MATCH): _S.RECONCILED,
        (_S.CONFIRMING, _T.DIFFER): _S.MISMATCHED,
        (_S.MISMATCHED, _T.CAPTURE): _S.CONFIRMING,  # topped up
        (_S.MISMATCHED, _T.MATCH): _S.RECONCILED,  # the last question found it in order
        (_S.MISMATCHED, _T.CANCEL): _S.MISMATCHED,  # the last question is asked at once
        (_S.MISMATCHED, _T.GIVE_UP): _S.RETURNING,
        (_S.RETURNING, _T.CAPTURE): _S.RETURNING,  # goes back with the rest
        (_S.RETURNING, _T.RETURN): _S.CANCELLED,
        (_S.CANCELLING, _T.DECLINE): _S.CANCELLED,  # the channel never had it
        (_S.CANCELLING, _T.CAPTURE): _S.CONFIRMING,  # money wins
        (_S.CANCELLING, _T.GIVE_UP): _S.RETURNING,  # some of the money is there, and goes back
        (_S.CANCELLING, _T.CLOSE): _S.CANCELLED,
        (_S.RECONCILED, _T.CAPTURE): _S.RECONCILED,  # paid twice: the later one is refunded
        (_S.CANCELLED, _T.CAPTURE): _S.CANCELLED,  # paid too late: refunded
        (_S.DECLINED, _T.REQUEST): _S.REQUESTING,  # by another channel
        (_S.DECLINED, _T.CAPTURE): _S.DECLINED,  # declined and charged all the same: refunded
        (_S.DECLINED, _T.CANCEL): _S.CANCELLED,
    }
)


def after(*, state: PaymentState, trigger: Trigger) -> PaymentState:
    """Return the next state; IllegalTrigger when the table has no row."""
    try:
        return TRANSITIONS[state, trigger]
    except KeyError:
        raise IllegalTrigger(f"a payment that is {state} does not {trigger}") from None
