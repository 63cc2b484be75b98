"""The states of an order and what moves it, as data: one transition table for each kind of life.

A table maps ``(state, trigger)`` to the next state; what is not in it does not happen, and the state stays as it is.
The tables are built of the groups below, since most profiles differ in one group only. They are the one source of the
diagrams, of the CHECK on ``orders.state`` and of the actions that a customer may take.

Where reality is odd there is a row, not an exception:
- Money that comes for a cancelled order is paid back by payment; the order only notes it (`CAPTURED`, `EXCESS`).
- `CANCELLING` and `CLOSING` are locks. The triggers that lead out of `CANCELLING` are those that would lead to the
  state before, so that a refused cancellation puts the order back exactly, or forward to where its goods are by now.
- After the split only the roll-up (`rollup.py`) moves an order. Its least advanced part may leap, for example from
  awaiting pick to completed when the last part that lagged behind is cancelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where an order is in its life."""

    PLACING = "placing"
    AWAITING_PAYMENT = "awaiting_payment"
    CONFIRMING_PAYMENT = "confirming_payment"
    AWAITING_PICK = "awaiting_pick"
    AWAITING_DISPATCH = "awaiting_dispatch"
    AWAITING_RECEIPT = "awaiting_receipt"
    SERVICE_WINDOW = "service_window"
    COMPLETED = "completed"
    EXPIRED = "expired"
    REJECTED = "rejected"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    CLOSING = "closing"
    CLOSED = "closed"


class Trigger(StrEnum):
    """What moves an order."""

    REFUSED = "refused"
    ACCEPTED = "accepted"
    COVERED = "covered"
    CAPTURED = "captured"
    MISMATCHED = "mismatched"
    EXCESS = "excess"
    DEADLINE = "deadline"
    DECLINED = "declined"
    CANCEL = "cancel"
    GOODS_GONE = "goods_gone"
    RESUMED = "resumed"
    CONFIRMED = "confirmed"
    PACKED = "packed"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    RETURNING = "returning"
    COMPLETED = "completed"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    ARCHIVED = "archived"


OUTCOMES = frozenset({State.REJECTED, State.CANCELLED, State.CLOSED, State.EXPIRED})
"""States that end an order without a label."""

SETTLED = OUTCOMES | {State.COMPLETED}
"""States in which nothing is owed to anybody any more."""

LOCKS = frozenset({State.CANCELLING, State.CLOSING})
"""States that remember the state before, and whose label is that state's."""

Table = Mapping[tuple[State, Trigger], State]

_PLACING: Table = {
    (State.PLACING, Trigger.REFUSED): State.REJECTED,
    (State.PLACING, Trigger.CANCEL): State.CANCELLING,
}
_PAYING: Table = {
    (State.PLACING, Trigger.ACCEPTED): State.AWAITING_PAYMENT,
    (State.AWAITING_PAYMENT, Trigger.CAPTURED): State.CONFIRMING_PAYMENT,
    (State.AWAITING_PAYMENT, Trigger.DEADLINE): State.CANCELLING,
    (State.AWAITING_PAYMENT, Trigger.DECLINED): State.CANCELLING,
    (State.AWAITING_PAYMENT, Trigger.CANCEL): State.CANCELLING,
    (State.CANCELLING, Trigger.RESUMED): State.AWAITING_PAYMENT,
}
_CONFIRMING: Table = {
    (State.PLACING, Trigger.COVERED): State.CONFIRMING_PAYMENT,
    (State.CONFIRMING_PAYMENT, Trigger.DECLINED): State.CANCELLING,
    (State.CONFIRMING_PAYMENT, Trigger.CANCEL): State.CANCELLING,  # refunded once it is reconciled
    (State.CONFIRMING_PAYMENT, Trigger.GOODS_GONE): State.CANCELLING,  # short at payment: refunded, never oversold
    (State.CANCELLING, Trigger.COVERED): State.CONFIRMING_PAYMENT,
}
_CANCELLING: Table = {
    (State.CANCELLING, Trigger.CANCELLED): State.CANCELLED,
    (State.CANCELLED, Trigger.ARCHIVED): State.EXPIRED,
}
_COMPLETED: Table = {
    (State.COMPLETED, Trigger.ARCHIVED): State.EXPIRED,
}
_SHIPPED: Table = {
    (State.AWAITING_PICK, Trigger.CANCEL): State.CANCELLING,
    (State.AWAITING_DISPATCH, Trigger.CANCEL): State.CANCELLING,
    (State.AWAITING_RECEIPT, Trigger.CANCEL): State.CANCELLING,  # the warehouse may still hold a part; else too late
}
_ROLLED_UP: Mapping[Trigger, State] = {
    Trigger.CONFIRMED: State.AWAITING_PICK,
    Trigger.PACKED: State.AWAITING_DISPATCH,
    Trigger.DISPATCHED: State.AWAITING_RECEIPT,
    Trigger.DELIVERED: State.SERVICE_WINDOW,
    Trigger.RETURNING: State.CLOSING,
    Trigger.COMPLETED: State.COMPLETED,
    Trigger.CLOSED: State.CLOSED,
    Trigger.CANCELLED: State.CANCELLED,
}
_WITH_GOODS = (
    State.AWAITING_PICK,
    State.AWAITING_DISPATCH,
    State.AWAITING_RECEIPT,
    State.SERVICE_WINDOW,
    State.CLOSING,
)


def _leaps() -> Table:
    """Each state with goods to each later one, since the roll-up follows the least advanced part."""
    forward = {
        (state, trigger): target
        for state in _WITH_GOODS
        for trigger, target in _ROLLED_UP.items()
        if target not in _WITH_GOODS or _WITH_GOODS.index(target) > _WITH_GOODS.index(state)
    }
    return forward | {(State.CANCELLING, trigger): target for trigger, target in _ROLLED_UP.items()}


def _noted(*states: State) -> Table:
    """Money that comes late, twice or in a wrong amount moves nothing: payment returns it, or holds it and tells."""
    noted = (Trigger.CAPTURED, Trigger.MISMATCHED, Trigger.EXCESS)
    return {(state, trigger): state for state in states for trigger in noted}


_ENDS = (State.CANCELLING, State.CANCELLED, State.COMPLETED, State.EXPIRED)
_PAID_ON_LINE = _noted(State.CONFIRMING_PAYMENT, *_ENDS)
PHYSICAL: Table = {
    **_PLACING,
    **_PAYING,
    **_CONFIRMING,
    (State.CONFIRMING_PAYMENT, Trigger.CONFIRMED): State.AWAITING_PICK,
    **_SHIPPED,
    **_leaps(),
    **_CANCELLING,
    **_COMPLETED,
    **_PAID_ON_LINE,
    **_noted(*_WITH_GOODS, State.CLOSED),
}
COD: Table = {
    **_PLACING,
    (State.PLACING, Trigger.ACCEPTED): State.AWAITING_PICK,  # exempt from L03: collected at the door
    (State.AWAITING_PICK, Trigger.DECLINED): State.CANCELLING,
    (State.AWAITING_PICK, Trigger.GOODS_GONE): State.CANCELLING,
    **_SHIPPED,
    **_leaps(),
    **_CANCELLING,
    **_COMPLETED,
    **_noted(*_WITH_GOODS, State.CLOSED, *_ENDS),
}
PREPAID: Table = {
    **_PLACING,
    **_CONFIRMING,
    (State.CONFIRMING_PAYMENT, Trigger.COMPLETED): State.COMPLETED,
    **_CANCELLING,
    **_COMPLETED,
    **_PAID_ON_LINE,
}
VIRTUAL: Table = {**PREPAID, **_PAYING}
