"""The clocks of an order: of its sagas, of the service window, and of the archive."""

from __future__ import annotations

from chassis import saga as engine
from chassis.decision import Context, Decision, View
from chassis.saga import Phase
from order.domain.commands import ArchiveDue, SagaClock, WindowEnded
from order.domain.events import OrderExpired
from order.domain.lifecycle import Trigger
from order.domain.order import Lock
from order.domain.rollup import SUB_TRANSITIONS, SubTrigger
from order.handlers.draft import Draft, open_order, unchanged
from order.handlers.following import follow, pay_out, roll
from order.saga import CHECKOUT_KEY, SAGAS


def saga_clock(command: SagaClock, view: View, context: Context) -> Decision:
    """A saga has waited long enough: ask again, or give up at the deadline."""
    draft = open_order(order_id=command.order_id, view=view, context=context, who="clock")
    state = draft.order.sagas.get(command.saga)
    if state is None:
        return unchanged(draft=draft)
    draft.rang(command.saga)
    move = engine.timeout(saga=SAGAS[state.saga], state=state, now=draft.now)
    if move.state == state and move.due is None:
        return unchanged(draft=draft)
    if move.state.phase is Phase.BACKWARD and state.phase is Phase.FORWARD:
        _deadline(draft)
    if move.state.stuck and not state.stuck:
        draft.note("stuck", why=f"{command.saga} at {state.waits_at}")
    follow(draft, command.saga, move)
    return draft.decision()


def _deadline(draft: Draft) -> None:
    """Unpaid at the deadline: what is held is given back, unless the money turns out to be there (L01)."""
    wish = Lock(saga=CHECKOUT_KEY, by="system", reason="payment_timeout", since=draft.now)
    draft.change(lock=wish, why=wish.reason)
    draft.move(Trigger.DEADLINE, why=wish.reason)


def window_ended(command: WindowEnded, view: View, context: Context) -> Decision:
    """The service window of a sub-order is over: its receipt counts as confirmed (T06, T07)."""
    draft = open_order(order_id=command.order_id, view=view, context=context, who="clock")
    part = draft.order.sub_order(sub_order_id=command.sub_order_id)
    if part is None or (part.state, SubTrigger.RECEIVED) not in SUB_TRANSITIONS:
        return unchanged(draft=draft)
    received = draft.move_part(part, SubTrigger.RECEIVED, why="window", ended_at=draft.now)
    pay_out(draft, received)
    roll(draft, by="window")
    return draft.decision()


def archive_due(command: ArchiveDue, view: View, context: Context) -> Decision:
    """The order is too old to show (T08, L12)."""
    draft = open_order(order_id=command.order_id, view=view, context=context, who="clock")
    if not draft.can(Trigger.ARCHIVED):
        return unchanged(draft=draft)
    draft.move(Trigger.ARCHIVED)
    draft.emit(OrderExpired(order_id=draft.order.order_id, expired_at=draft.now))
    return draft.decision()
