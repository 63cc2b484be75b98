"""The order is paid: its hold becomes permanent, and what is deducted at payment, or had lapsed, is taken now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chassis.decision import Context, Decision, Save, View, changed
from inventory.domain.commands import CommitStock
from inventory.domain.events import CommitRefused, StockCommitted
from inventory.domain.kinds import RESERVATION
from inventory.domain.reservation import (
    Allocation,
    Reservation,
    ReservationState,
    ReservedLine,
    Trigger,
    after,
    allocated,
)
from inventory.domain.sourcing import Shortage
from inventory.domain.stock import MovementKind
from inventory.handlers.caps import counted, over_cap, units_of
from inventory.handlers.reserve import hold_timer, sourced
from inventory.handlers.shelf import Shelf, give_back, thresholds


def commit_stock(command: CommitStock, view: View, context: Context) -> Decision:
    """Make the hold permanent; refuse when there is none, or when what must be taken now is not there."""
    known = view.get(RESERVATION, command.order_id)
    if known is None:
        refusal = CommitRefused(order_id=command.order_id, reason="not_reserved", lines=())
        return Decision(emits=(refusal,), outcome="rejected")
    if after(state=known.state, trigger=Trigger.COMMIT) is None:
        again = known.state in {ReservationState.COMMITTED, ReservationState.SHORT}
        return Decision(emits=(_answer(known),), outcome="duplicate" if again else "rejected")
    shelf = Shelf(
        view=view,
        skus=[each.sku for each in known.allocations],
        cause=f"commit:{known.order_id}",
        order_id=known.order_id,
        now=context.now,
    )
    plan = _split(known=known, live=_is_live(known, shelf, context))
    give_back(shelf=shelf, allocations=plan.lapsed, kind=MovementKind.EXPIRE, ends=known.ends)
    return _decide(plan, view, shelf)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What of a reservation is kept, what has lapsed, and which lines must be sourced now."""

    known: Reservation
    kept: tuple[Allocation, ...]
    lapsed: tuple[Allocation, ...]
    wanted: tuple[ReservedLine, ...]
    past: tuple[Allocation, ...]


def _is_live(known: Reservation, shelf: Shelf, context: Context) -> bool:
    """Say whether the hold still stands; an other process with a faster clock may have swept a part of it."""
    if known.state is not ReservationState.HELD or known.ends is None or known.ends <= context.now:
        return False
    taken = [each for each in known.allocations if each.taken and each.left]
    rows = [shelf.row(sku=each.sku, warehouse_id=each.warehouse_id) for each in taken]
    return all(row.counts(ends=known.ends) for row in rows)


def _split(*, known: Reservation, live: bool) -> _Plan:
    held = tuple(each for each in known.allocations if each.taken)
    kept = held if live else ()
    lapsed = held if not live and known.state is ReservationState.HELD else ()
    others = [each for each in known.allocations if each not in kept]
    return _Plan(
        known=known,
        kept=kept,
        lapsed=lapsed,
        wanted=_wanted(lines=known.lines, allocations=others),
        past=tuple(replace(each, quantity=each.quantity - each.left) for each in others if each.left < each.quantity),
    )


def _wanted(*, lines: Sequence[ReservedLine], allocations: Sequence[Allocation]) -> tuple[ReservedLine, ...]:
    left: dict[str, int] = {}
    for each in allocations:
        left[each.line_id] = left.get(each.line_id, 0) + each.left
    return tuple(
        replace(line, wanted=replace(line.wanted, quantity=left[line.wanted.line_id]))
        for line in lines
        if left.get(line.wanted.line_id)
    )


def _decide(plan: _Plan, view: View, shelf: Shelf) -> Decision:
    short: tuple[Shortage, ...] = ()
    fresh: tuple[Allocation, ...] = ()
    if plan.known.state is ReservationState.EXPIRED:
        short = over_cap(view=view, customer_id=plan.known.customer_id, lines=plan.wanted)
    if plan.wanted and not short:
        found = sourced(view=view, region=plan.known.region, lines=plan.wanted, shelf=shelf)
        short = found.short
        fresh = tuple(replace(each, taken=True) for each in allocated(pieces=found.pieces, lines=()))
    return _fell_short(plan, short, view, shelf) if short else _committed(plan, fresh, view, shelf)


def _committed(plan: _Plan, fresh: tuple[Allocation, ...], view: View, shelf: Shelf) -> Decision:
    known = plan.known
    for each in plan.kept:
        if each.left and known.ends is not None:
            shelf.keep(sku=each.sku, warehouse_id=each.warehouse_id, quantity=each.left, ends=known.ends)
    for each in fresh:
        shelf.reserve(sku=each.sku, warehouse_id=each.warehouse_id, quantity=each.quantity, ends=None)
    committed = changed(
        known, state=ReservationState.COMMITTED, allocations=(*plan.past, *plan.kept, *fresh), ends=None
    )
    # An expiry has given the customer's units back to his counters; they are counted again.
    again = fresh if known.state is ReservationState.EXPIRED else ()
    units = units_of(allocations=[(each, each.quantity) for each in again], lines=known.lines)
    warnings = shelf.warnings(thresholds=thresholds(reservation=known))
    return shelf.decision() + _saved(committed, view, units) + Decision(emits=warnings)


def _fell_short(plan: _Plan, short: tuple[Shortage, ...], view: View, shelf: Shelf) -> Decision:
    known = plan.known
    give_back(shelf=shelf, allocations=plan.kept, kind=MovementKind.RELEASE, ends=known.ends)
    counted_still = known.allocations if known.state is ReservationState.HELD else ()
    units = units_of(allocations=[(each, -each.left) for each in counted_still], lines=known.lines)
    state = after(state=known.state, trigger=Trigger.FALL_SHORT) or known.state
    failed = changed(known, state=state, short=short, reason=short[0].reason, ends=None)
    return shelf.decision() + _saved(failed, view, units) + Decision(outcome="rejected")


def _saved(reservation: Reservation, view: View, units: dict[str, int]) -> Decision:
    counters = counted(view=view, customer_id=reservation.customer_id, units=units)
    return Decision(
        saves=(*counters, Save(RESERVATION, reservation.order_id, reservation)),
        emits=(_answer(reservation),),
        drops=(hold_timer(order_id=reservation.order_id),),
    )


def _answer(reservation: Reservation) -> StockCommitted | CommitRefused:
    if reservation.state is ReservationState.COMMITTED:
        return StockCommitted(order_id=reservation.order_id, allocations=reservation.open_pieces())
    reason = reservation.reason or reservation.state.value
    return CommitRefused(order_id=reservation.order_id, reason=reason, lines=reservation.short)
