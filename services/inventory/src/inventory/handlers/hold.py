"""The end of a hold: put off once while the payment is being confirmed, or reached."""

from chassis.decision import Context, Decision, Save, View, changed
from inventory.domain.commands import ExpireHold, ExtendHold
from inventory.domain.events import HoldExpired, HoldExtended
from inventory.domain.kinds import RESERVATION
from inventory.domain.reservation import Reservation, ReservationState, Trigger, after
from inventory.domain.stock import MovementKind, ends_at
from inventory.handlers.caps import counted, units_of
from inventory.handlers.reserve import expiry
from inventory.handlers.shelf import Shelf, give_back


def extend_hold(command: ExtendHold, view: View, context: Context) -> Decision:
    """Let the hold end later, once; a hold that is over, gone or extended before stays as it is."""
    known = view.get(RESERVATION, command.order_id)
    later = ends_at(hold_until=command.hold_until)
    if known is not None and known.extended and known.hold_until == command.hold_until:
        return Decision(emits=(_answer(known, extended=True),), outcome="duplicate")
    if known is None or after(state=known.state, trigger=Trigger.EXTEND) is None:
        refusal = HoldExtended(order_id=command.order_id, extended=False, hold_until=None)
        return Decision(emits=(refusal,), outcome="rejected")
    shelf = _shelf(known, view, context, cause=f"extend:{known.order_id}")
    if known.extended or not _can_wait(known, shelf, context) or known.ends is None or later < known.ends:
        return Decision(emits=(_answer(known, extended=False),), outcome="rejected")
    for each in known.allocations:
        if each.taken and each.left:
            shelf.extend(sku=each.sku, warehouse_id=each.warehouse_id, quantity=each.left, ends=known.ends, later=later)
    extended = changed(known, extended=True, hold_until=command.hold_until, ends=later)
    return shelf.decision() + Decision(
        saves=(Save(RESERVATION, known.order_id, extended),),
        emits=(_answer(extended, extended=True),),
        timers=(expiry(reservation=extended),),
    )


def expire_hold(command: ExpireHold, view: View, context: Context) -> Decision:
    """Give back a hold that nobody committed in time; any other state is left as it is."""
    known = view.get(RESERVATION, command.order_id)
    if known is None or after(state=known.state, trigger=Trigger.EXPIRE) is None:
        return Decision(outcome="duplicate")
    if known.ends is not None and known.ends > context.now:
        return Decision(timers=(expiry(reservation=known),), outcome="duplicate")
    shelf = _shelf(known, view, context, cause=f"expire:{known.order_id}")
    give_back(shelf=shelf, allocations=known.allocations, kind=MovementKind.EXPIRE, ends=known.ends)
    units = units_of(allocations=[(each, -each.left) for each in known.allocations], lines=known.lines)
    expired = changed(known, state=ReservationState.EXPIRED, ends=None)
    return shelf.decision() + Decision(
        saves=(
            *counted(view=view, customer_id=known.customer_id, units=units),
            Save(RESERVATION, known.order_id, expired),
        ),
        emits=(HoldExpired(order_id=known.order_id, allocations=known.open_pieces()),),
    )


def _shelf(known: Reservation, view: View, context: Context, *, cause: str) -> Shelf:
    skus = [each.sku for each in known.allocations]
    return Shelf(view=view, skus=skus, cause=cause, order_id=known.order_id, now=context.now)


def _can_wait(known: Reservation, shelf: Shelf, context: Context) -> bool:
    if known.ends is None or known.ends <= context.now:
        return False
    taken = [each for each in known.allocations if each.taken and each.left]
    return all(shelf.row(sku=each.sku, warehouse_id=each.warehouse_id).counts(ends=known.ends) for each in taken)


def _answer(known: Reservation, *, extended: bool) -> HoldExtended:
    return HoldExtended(order_id=known.order_id, extended=extended, hold_until=known.hold_until)
