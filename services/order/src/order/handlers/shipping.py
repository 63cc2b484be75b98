"""What the warehouse, the carrier and the customer tell about the goods of a sub-order."""

from __future__ import annotations

from typing import Any

from chassis import saga as engine
from chassis.decision import Context, Decision, NotYet, Poison, View, changed
from order.domain.commands import ConfirmReceipt
from order.domain.facts import (
    ReturnGraded,
    ShipmentDelivered,
    ShipmentDispatched,
    ShipmentLost,
    ShipmentPacked,
    ShipmentRefused,
    ShipmentsCreated,
)
from order.domain.order import ORDER, SubOrder
from order.domain.refunds import Claim, freight_of_closed, give_back
from order.domain.rollup import ENDED, PRECEDENCE, SUB_TRANSITIONS, SubState, SubTrigger
from order.handlers.billing import bill
from order.handlers.checkout import told
from order.handlers.draft import Draft, open_order, unchanged
from order.handlers.following import follow, pay_out, roll
from order.saga import CHECKOUT_KEY, CLOSING, closing_plan


def shipments_created(reply: ShipmentsCreated, view: View, context: Context) -> Decision:
    """The warehouse has the jobs: checkout is done."""
    return told(open_order(order_id=reply.order_id, view=view, context=context), CHECKOUT_KEY, "shipments_created")


def shipment_packed(fact: ShipmentPacked, view: View, context: Context) -> Decision:
    """A sub-order is packed and waits for its carrier."""
    draft = open_order(order_id=fact.order_id, view=view, context=context, who="warehouse")
    if _moved(draft, fact.sub_order_id, SubTrigger.PACKED) is None:
        return unchanged(draft=draft)
    roll(draft)
    return draft.decision()


def shipment_dispatched(fact: ShipmentDispatched, view: View, context: Context) -> Decision:
    """The goods are on their way: invoice the sub-order (B02)."""
    draft = open_order(order_id=fact.order_id, view=view, context=context, who="warehouse")
    part = _moved(
        draft,
        fact.sub_order_id,
        SubTrigger.DISPATCHED,
        carrier=fact.carrier,
        waybill=fact.waybill,
        dispatched_at=fact.dispatched_at,
    )
    if part is None:
        return unchanged(draft=draft)
    bill(draft, part)
    roll(draft)
    return draft.decision()


def shipment_delivered(fact: ShipmentDelivered, view: View, context: Context) -> Decision:
    """The customer has the goods: the service window begins (L08)."""
    draft = open_order(order_id=fact.order_id, view=view, context=context, who="carrier")
    part = _moved(draft, fact.sub_order_id, SubTrigger.DELIVERED, delivered_at=fact.delivered_at)
    if part is None:
        return unchanged(draft=draft)
    window = next(each.window for each in draft.terms.merchants if each.part.merchant_id == part.merchant_id)
    data = {"sub_order_id": part.sub_order_id}
    draft.set_timer(_window(part), name="window-ended", due=draft.now + window, data=data)
    roll(draft)
    return draft.decision()


def shipment_refused(fact: ShipmentRefused, view: View, context: Context) -> Decision:
    """The customer refused the parcel at the door: a legal outcome (L17)."""
    draft = open_order(order_id=fact.order_id, view=view, context=context, who="carrier")
    part = _moved(draft, fact.sub_order_id, SubTrigger.REFUSED, why=fact.reason)
    return _close(draft, part, reason=fact.reason, returned=True)


def shipment_lost(fact: ShipmentLost, view: View, context: Context) -> Decision:
    """The carrier lost the parcel: the customer is paid back."""
    draft = open_order(order_id=fact.order_id, view=view, context=context, who="carrier")
    part = _moved(draft, fact.sub_order_id, SubTrigger.LOST, why="lost")
    return _close(draft, part, reason="lost", returned=False)


def return_graded(fact: ReturnGraded, view: View, context: Context) -> Decision:
    """Goods that were refused are back and graded."""
    draft = open_order(order_id=fact.order_id, view=view, context=context, who="warehouse")
    part = draft.order.sub_order(sub_order_id=fact.sub_order_id)
    if part is not None and PRECEDENCE.index(part.state) <= PRECEDENCE.index(SubState.AWAITING_RECEIPT):
        raise NotYet(f"sub-order {part.sub_order_id} is {part.state}: nothing was refused yet that is graded")
    if part is None or draft.step(_closing(part)) != "graded":
        return unchanged(draft=draft)
    draft.order = draft.order.with_sub_order(part=changed(part, graded=fact.units))
    draft.note("graded", why=", ".join(f"{each.line_id}: {each.quantity} {each.grade}" for each in fact.units))
    return told(draft, _closing(part), "return_graded")


def confirm_receipt(command: ConfirmReceipt, view: View, context: Context) -> Decision:
    """The customer has the goods: rating opens, and the merchants are paid (L09)."""
    order = view.get(ORDER, command.order_id)
    if order is None:
        return Decision(outcome="rejected", answer={"order_id": command.order_id, "reason": "unknown_order"})
    draft = Draft(order=order, view=view, context=context, who="customer")
    named = [part for part in order.sub_orders if command.sub_order_id in {None, part.sub_order_id}]
    parts = [part for part in named if (part.state, SubTrigger.RECEIVED) in SUB_TRANSITIONS]
    if order.lock is not None:
        return unchanged(draft=draft, outcome="rejected", answer={"reason": "busy"})
    if not parts:
        done = any(part.state is SubState.COMPLETED for part in named)
        return unchanged(draft=draft, outcome="duplicate" if done else "rejected", answer=None if done else _NOTHING)
    for part in parts:
        draft.drop_timer(_window(part))
        pay_out(draft, draft.move_part(part, SubTrigger.RECEIVED, why="customer", ended_at=draft.now))
    roll(draft, by="customer")
    return draft.decision()


_NOTHING = {"reason": "nothing_to_confirm"}


def _moved(draft: Draft, sub_order_id: str, trigger: SubTrigger, *, why: str = "", **facts: Any) -> SubOrder | None:
    """Move a sub-order; None when it has been there already, `NotYet` when something before it is still missing."""
    part = draft.order.sub_order(sub_order_id=sub_order_id)
    if part is None:
        raise Poison(f"order {draft.order.order_id} has no sub-order {sub_order_id}")
    if (part.state, trigger) in SUB_TRANSITIONS:
        return draft.move_part(part, trigger, why=why, **facts)
    if part.state is SubState.CANCELLED:
        raise Poison(f"sub-order {sub_order_id} is cancelled, and yet {trigger}")
    target = next(target for (_, each), target in SUB_TRANSITIONS.items() if each is trigger)
    if part.state not in ENDED and PRECEDENCE.index(part.state) < PRECEDENCE.index(target):
        raise NotYet(f"sub-order {sub_order_id} is {part.state}: {trigger} comes too early")
    return None


def _close(draft: Draft, part: SubOrder | None, *, reason: str, returned: bool) -> Decision:
    """Pay back what had left: its units' exact shares, and freight by who is at fault."""
    if part is None:
        return unchanged(draft=draft)
    freight = freight_of_closed(order=draft.order, part=part, reason=reason)
    claim = Claim(
        saga=_closing(part),
        units=part.units,
        freights={part.merchant_id: freight} if freight else {},
        reason=reason,
    )
    draft.order = give_back(terms=draft.terms, order=draft.order, claim=claim)
    refund = draft.order.refunds[-1]
    plan = closing_plan(order=draft.order, part=part, refund=refund, returned=returned)
    follow(draft, _closing(part), engine.start(saga=CLOSING, plan=plan, now=draft.now))
    roll(draft)
    return draft.decision()


def _closing(part: SubOrder) -> str:
    return f"closing-{part.number}"


def _window(part: SubOrder) -> str:
    return f"window-{part.number}"
