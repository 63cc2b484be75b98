"""Cancel an order or a part of it: the order is locked, and whoever holds money or goods has the last word.

before payment      checkout turns round: payment closes the request, or says that the money is there
until the split     waits for the word that makes money and stock certain (`following.GATES`), then gives back; money
                    that does not agree is asked for a last time at once
after the split     the warehouse intercepts what it still holds; what is gone is too late
"""

from __future__ import annotations

from collections.abc import Sequence

from chassis import saga as engine
from chassis.decision import Context, Decision, View, changed
from money.runs import Units
from order.domain.commands import CancelOrder
from order.domain.events import CancellationRefused
from order.domain.facts import PickedLine, ShipmentPickedShort, ShipmentsIntercepted
from order.domain.lifecycle import LOCKS, State, Trigger
from order.domain.order import ORDER, Lock, SubOrder
from order.domain.refunds import GOING_OUT, Claim, cancel_parts, give_back, remaining
from order.domain.requesting import counts
from order.domain.rollup import ENDED
from order.domain.split import held_by, last_of, without
from order.domain.values import LineUnits
from order.handlers.draft import Draft, open_order, unchanged
from order.handlers.following import feed, follow, lock, next_cancellation, restore
from order.handlers.paying import give_up_mismatch
from order.saga import CANCELLATION, CHECKOUT, CHECKOUT_KEY, cancellation_plan

TOO_LATE = "refuse the parcel at the door, or return the goods"
ADVICE = {
    "unknown_order": "check the order id",
    "busy": "the order is being cancelled or closed: wait for the outcome",
    "not_paid_yet": "cancel the whole order and place it again",
    "unknown_units": "name lines and quantities, or sub-orders, that the order still has",
    "too_late": TOO_LATE,
    "ended": "the order has ended",
}


def cancel_order(command: CancelOrder, view: View, context: Context) -> Decision:
    """Begin to cancel, or refuse with a reason and what can be done instead."""
    order = view.get(ORDER, command.order_id)
    if order is None:
        return _refused(command.order_id, "unknown_order", None)
    draft = Draft(order=order, view=view, context=context, who=command.by)
    if order.state is State.CANCELLED:
        return unchanged(draft=draft)
    refusal = _refusal(draft, command)
    if refusal is not None:
        draft.note("cancellation_refused", why=refusal)
        return draft.decision() + _refused(command.order_id, refusal, draft, command.sub_order_ids)
    wish = Lock(
        saga=next_cancellation(draft),
        by=command.by,
        reason=command.reason,
        since=draft.now,
        lines=command.lines,
        sub_order_ids=command.sub_order_ids,
        intercepting=tuple(part.sub_order_id for part in _wanted(draft, command) if part.state in GOING_OUT),
    )
    lock(draft, wish, Trigger.CANCEL)
    _begin(draft, wish)
    return draft.decision()


def _refused(order_id: str, reason: str, draft: Draft | None, sub_order_ids: tuple[str, ...] = ()) -> Decision:
    event = CancellationRefused(order_id=order_id, reason=reason, advice=ADVICE[reason], sub_order_ids=sub_order_ids)
    state = draft.order.state.value if draft else None
    answer = {"order_id": order_id, "state": state, "reason": reason, "advice": ADVICE[reason]}
    return Decision(emits=(event,), outcome="rejected", answer=answer)


def _refusal(draft: Draft, command: CancelOrder) -> str | None:
    """Return why this cannot be cancelled now; None when it can be tried."""
    order = draft.order
    partial = bool(command.lines or command.sub_order_ids)
    if order.state in LOCKS:
        return "busy"
    if not draft.can(Trigger.CANCEL):
        return "too_late" if order.state is State.SERVICE_WINDOW else "ended"
    if partial and order.state in {State.PLACING, State.AWAITING_PAYMENT}:
        return "not_paid_yet"
    if not order.sub_orders:
        return None if _has(draft, command) else "unknown_units"
    wanted = _wanted(draft, command)
    if not wanted:
        return "too_late" if command.lines else "unknown_units"
    return None if any(part.state in GOING_OUT for part in wanted) else "too_late"


def _has(draft: Draft, command: CancelOrder) -> bool:
    left = counts(units=remaining(terms=draft.terms, cut=draft.order.cut))
    wanted = dict.fromkeys((line.line_id for line in command.lines), 0)
    for line in command.lines:
        wanted[line.line_id] += line.quantity
    return not command.sub_order_ids and all(left.get(line, 0) >= count for line, count in wanted.items())


def _wanted(draft: Draft, command: CancelOrder) -> list[SubOrder]:
    """Return the sub-orders that the command is about; lines count when they are all of some sub-orders."""
    live = [part for part in draft.order.sub_orders if part.state not in ENDED]
    if command.sub_order_ids:
        named = [part for part in live if part.sub_order_id in command.sub_order_ids]
        return named if len(named) == len(set(command.sub_order_ids)) else []
    if not command.lines:
        return live
    return _covered(live, command.lines)


def _covered(live: Sequence[SubOrder], lines: Sequence[LineUnits]) -> list[SubOrder]:
    left: dict[str, int] = {}
    for line in lines:
        left[line.line_id] = left.get(line.line_id, 0) + line.quantity
    whole = []
    for part in live:
        own = counts(units=part.units)
        if all(left.get(line, 0) >= count for line, count in own.items()):
            whole.append(part)
            left = {line: count - own.get(line, 0) for line, count in left.items()}
    return whole if not any(left.values()) else []


def _begin(draft: Draft, wish: Lock) -> None:
    if draft.order.sub_orders:
        follow(draft, wish.saga, engine.start(saga=CANCELLATION, plan=("intercept",), now=draft.now))
        return
    give_up_mismatch(draft)
    if draft.order.before in {State.PLACING, State.AWAITING_PAYMENT}:
        checkout = draft.order.sagas[CHECKOUT_KEY]
        follow(
            draft,
            CHECKOUT_KEY,
            engine.refuse(saga=CHECKOUT, state=checkout, reason=wish.reason, now=draft.now),
        )


def shipments_intercepted(reply: ShipmentsIntercepted, view: View, context: Context) -> Decision:
    """The warehouse says what stays and what is gone: what stays is paid back."""
    draft = open_order(order_id=reply.order_id, view=view, context=context)
    if draft.step(reply.cause) != "intercept":
        return unchanged(draft=draft)
    parts = [
        part for part in draft.order.sub_orders if part.sub_order_id in reply.intercepted and part.state in GOING_OUT
    ]
    wanted = draft.order.lock.intercepting if draft.order.lock else ()
    late = reply.too_late or (() if parts else wanted)
    if late:
        draft.note("too_late", why=", ".join(late))
        draft.emit(CancellationRefused(order_id=reply.order_id, reason="too_late", advice=TOO_LATE, sub_order_ids=late))
    if parts:
        _give_back(draft, reply.cause, parts)
    else:
        draft.stop(reply.cause, reason="too_late")
        # What was paid back meanwhile is why the order ends, if it does.
        draft.change(lock=None, why=draft.order.refunds[-1].reason if draft.order.refunds else "")
        restore(draft)
    return draft.decision()


def _give_back(draft: Draft, key: str, parts: Sequence[SubOrder]) -> None:
    draft.order, freights = cancel_parts(terms=draft.terms, order=draft.order, parts=parts)
    draft.note("intercepted", why=", ".join(part.sub_order_id for part in parts))
    claim = Claim(
        saga=key,
        units=tuple(units for part in parts for units in part.units),
        freights=freights,
        reason=draft.order.lock.reason if draft.order.lock else "cancelled",
        held=tuple(held for part in parts for held in held_by(part=part, units=part.units)),
    )
    draft.order = give_back(terms=draft.terms, order=draft.order, claim=claim)
    plan = cancellation_plan(order=draft.order, refund=draft.order.refunds[-1], holds_stock=True)
    feed(draft, key, "shipments_intercepted", then=plan)


def shipment_picked_short(fact: ShipmentPickedShort, view: View, context: Context) -> Decision:
    """The shelf held less than was reserved: the missing units are cut and paid back, the rest is shipped.

    Their stock is not given back: inventory hears of them from the warehouse, too, and writes them off.
    """
    draft = open_order(order_id=fact.order_id, view=view, context=context, who="warehouse")
    part = draft.order.sub_order(sub_order_id=fact.sub_order_id)
    missing = _missing(part, fact.missing) if part is not None and part.state in GOING_OUT else ()
    if part is None or not missing:
        return unchanged(draft=draft)
    key = next_cancellation(draft)
    draft.change(cancellations=draft.order.cancellations + 1)
    left = without(units=part.units, cut=missing)
    freights: dict[str, int] = {}
    if left:
        draft.order = draft.order.with_sub_order(part=changed(part, units=left))
    else:
        draft.order, freights = cancel_parts(terms=draft.terms, order=draft.order, parts=[part])
        draft.change(why=draft.order.lock.reason if draft.order.lock else "picked_short")
    draft.note("picked_short", why=", ".join(f"{some.line}: {some.count}" for some in missing))
    claim = Claim(saga=key, units=missing, freights=freights, reason="picked_short")
    draft.order = give_back(terms=draft.terms, order=draft.order, claim=claim)
    plan = cancellation_plan(order=draft.order, refund=draft.order.refunds[-1], holds_stock=False)
    follow(draft, key, engine.start(saga=CANCELLATION, plan=plan, now=draft.now))
    return draft.decision()


def _missing(part: SubOrder, lines: Sequence[PickedLine]) -> tuple[Units, ...]:
    missing: dict[str, int] = {}
    for line in lines:
        missing[line.line_id] = missing.get(line.line_id, 0) + line.quantity
    return tuple(
        some
        for line_id, count in missing.items()
        if count
        for some in last_of(units=part.units, line_id=line_id, count=count)
    )
