"""What a customer may do with an order now: read from the same tables that move it (L16)."""

from __future__ import annotations

from order.domain.lifecycle import LOCKS, State, Trigger
from order.domain.order import Order
from order.domain.profiles import PROFILES
from order.domain.refunds import GOING_OUT
from order.domain.rollup import SUB_TRANSITIONS, SubTrigger


def allowed_actions(*, order: Order) -> tuple[str, ...]:
    """Return the names of the actions that would not be refused at once."""
    may = {
        "pay": order.state is State.AWAITING_PAYMENT and bool(order.pay_url),
        "cancel": _may_cancel(order),
        "confirm_receipt": order.lock is None
        and any((part.state, SubTrigger.RECEIVED) in SUB_TRANSITIONS for part in order.sub_orders),
    }
    return tuple(name for name, allowed in may.items() if allowed)


def _may_cancel(order: Order) -> bool:
    if order.state in LOCKS or (order.state, Trigger.CANCEL) not in PROFILES[order.profile].table:
        return False
    return not order.sub_orders or any(part.state in GOING_OUT for part in order.sub_orders)
