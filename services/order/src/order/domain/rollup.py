"""The states of a sub-order, and how they roll up into the state of the order.

A sub-order follows its goods: the warehouse's and the carrier's words move it by the table below. The order takes the
state of its least advanced live part; cancelled parts do not count unless all are. One parcel never flips the order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from order.domain.lifecycle import State, Trigger


class SubState(StrEnum):
    """Where a sub-order is: the states of an order that goods have."""

    AWAITING_PICK = "awaiting_pick"
    AWAITING_DISPATCH = "awaiting_dispatch"
    AWAITING_RECEIPT = "awaiting_receipt"
    SERVICE_WINDOW = "service_window"
    CLOSING = "closing"
    COMPLETED = "completed"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class SubTrigger(StrEnum):
    """What moves a sub-order."""

    PACKED = "packed"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    REFUSED = "refused"
    LOST = "lost"
    RECEIVED = "received"
    SETTLED_BACK = "settled_back"
    INTERCEPTED = "intercepted"


SUB_TRANSITIONS: Mapping[tuple[SubState, SubTrigger], SubState] = {
    (SubState.AWAITING_PICK, SubTrigger.PACKED): SubState.AWAITING_DISPATCH,
    (SubState.AWAITING_PICK, SubTrigger.INTERCEPTED): SubState.CANCELLED,
    (SubState.AWAITING_PICK, SubTrigger.DISPATCHED): SubState.AWAITING_RECEIPT,  # its packing was told late
    (SubState.AWAITING_DISPATCH, SubTrigger.DISPATCHED): SubState.AWAITING_RECEIPT,
    (SubState.AWAITING_DISPATCH, SubTrigger.INTERCEPTED): SubState.CANCELLED,
    (SubState.AWAITING_RECEIPT, SubTrigger.DELIVERED): SubState.SERVICE_WINDOW,
    (SubState.AWAITING_RECEIPT, SubTrigger.REFUSED): SubState.CLOSING,  # a legal outcome (L17)
    (SubState.AWAITING_RECEIPT, SubTrigger.LOST): SubState.CLOSING,
    (SubState.AWAITING_RECEIPT, SubTrigger.RECEIVED): SubState.COMPLETED,  # the customer is faster than the carrier
    (SubState.SERVICE_WINDOW, SubTrigger.RECEIVED): SubState.COMPLETED,
    (SubState.CLOSING, SubTrigger.SETTLED_BACK): SubState.CLOSED,
}

ROLL_UP: Mapping[SubState, tuple[State, Trigger]] = {
    SubState.AWAITING_PICK: (State.AWAITING_PICK, Trigger.CONFIRMED),
    SubState.AWAITING_DISPATCH: (State.AWAITING_DISPATCH, Trigger.PACKED),
    SubState.AWAITING_RECEIPT: (State.AWAITING_RECEIPT, Trigger.DISPATCHED),
    SubState.SERVICE_WINDOW: (State.SERVICE_WINDOW, Trigger.DELIVERED),
    SubState.CLOSING: (State.CLOSING, Trigger.RETURNING),
    SubState.COMPLETED: (State.COMPLETED, Trigger.COMPLETED),
    SubState.CLOSED: (State.CLOSED, Trigger.CLOSED),
    SubState.CANCELLED: (State.CANCELLED, Trigger.CANCELLED),
}
"""What the order becomes when this is its decisive part: the first of these that any part is in (`PRECEDENCE`)."""

PRECEDENCE = tuple(ROLL_UP)
"""Live states from the least advanced on, then mixed ends: any completed, else any closed, else cancelled."""

ENDED = frozenset({SubState.COMPLETED, SubState.CLOSED, SubState.CANCELLED})

_SHIPPED = frozenset({SubState.AWAITING_RECEIPT, SubState.SERVICE_WINDOW, SubState.CLOSING, SubState.COMPLETED})
_DELIVERED = frozenset({SubState.SERVICE_WINDOW, SubState.COMPLETED})


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledUp:
    """What the parts of an order make of it."""

    state: State
    trigger: Trigger
    partially_shipped: bool
    partially_delivered: bool


def roll_up(*, parts: Collection[SubState]) -> RolledUp:
    """Return the state of an order with these parts, and the flags beside it."""
    state, trigger = decided_by(parts=parts)
    live = [part for part in parts if part is not SubState.CANCELLED]
    return RolledUp(
        state=state,
        trigger=trigger,
        partially_shipped=_some_not_all(live, _SHIPPED),
        partially_delivered=_some_not_all(live, _DELIVERED),
    )


def decided_by(*, parts: Collection[SubState]) -> tuple[State, Trigger]:
    """Return the state of an order with these parts, and the trigger that leads there."""
    decisive = next(state for state in PRECEDENCE if state in parts)
    return ROLL_UP[decisive]


def _some_not_all(parts: Collection[SubState], states: frozenset[SubState]) -> bool:
    return 0 < sum(part in states for part in parts) < len(parts)
