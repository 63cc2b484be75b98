"""Give back what is held for an order: all of it, or some units; each cause once."""

from collections.abc import Sequence

from chassis.decision import Context, Decision, Save, View, changed
from inventory.domain.carving import Piece
from inventory.domain.commands import ReleaseStock
from inventory.domain.events import StockReleased
from inventory.domain.kinds import RESERVATION
from inventory.domain.reservation import Allocation, Reservation, ReservationState, Trigger, after, everything, released
from inventory.domain.stock import MovementKind
from inventory.handlers.caps import counted, units_of
from inventory.handlers.reserve import hold_timer
from inventory.handlers.shelf import Shelf

Given = Sequence[tuple[Allocation, int]]


def release_stock(command: ReleaseStock, view: View, context: Context) -> Decision:
    """Free the units; a release that finds nothing says so, and a cause that was seen gets its first answer again."""
    known = view.get(RESERVATION, command.order_id) or _nothing(command)
    if command.cause in known.releases:
        return Decision(emits=(_answer(known, command.cause),), outcome="duplicate")
    if command.cause in known.shipments:
        # The picker's own news of these units came first: they have left the stock.
        return Decision(emits=(StockReleased(order_id=known.order_id, cause=command.cause),), outcome="duplicate")
    allocations, given = released(
        allocations=known.allocations, units=command.lines or everything(allocations=known.allocations)
    )
    holding = known.state in {ReservationState.HELD, ReservationState.COMMITTED}
    freed = _pieces(given) if holding else ()
    state = _state_after(known, allocations, whole=not command.lines)
    after_release = changed(
        known,
        state=state,
        allocations=allocations,
        ends=known.ends if state is ReservationState.HELD else None,
        releases={**known.releases, command.cause: freed},
    )
    saved = Decision(
        saves=(Save(RESERVATION, known.order_id, after_release),),
        emits=(_answer(after_release, command.cause),),
        drops=(hold_timer(order_id=known.order_id),) if after_release.state is ReservationState.RELEASED else (),
    )
    return (_free(command, known, given, view, context) if holding else Decision()) + saved


def _free(command: ReleaseStock, known: Reservation, given: Given, view: View, context: Context) -> Decision:
    shelf = Shelf(
        view=view,
        skus=[each.sku for each, _ in given],
        cause=f"release:{known.order_id}:{command.cause}",
        order_id=known.order_id,
        now=context.now,
    )
    for each, quantity in given:
        if each.taken:
            shelf.give_back(
                kind=MovementKind.RELEASE,
                sku=each.sku,
                warehouse_id=each.warehouse_id,
                quantity=quantity,
                ends=known.ends,
            )
    units = units_of(allocations=[(each, -quantity) for each, quantity in given], lines=known.lines)
    return shelf.decision() + Decision(saves=counted(view=view, customer_id=known.customer_id, units=units))


def _nothing(command: ReleaseStock) -> Reservation:
    """Return a reservation that was released before it was made: one that comes later is refused."""
    return Reservation(order_id=command.order_id, customer_id="", region="", state=ReservationState.RELEASED)


def _state_after(known: Reservation, allocations: Sequence[Allocation], *, whole: bool) -> ReservationState:
    if not whole and any(each.left for each in allocations):
        return known.state
    shipped = any(each.shipped for each in allocations)
    return known.state if shipped else after(state=known.state, trigger=Trigger.RELEASE) or known.state


def _pieces(given: Given) -> tuple[Piece, ...]:
    return tuple(Piece(each.line_id, each.sku, each.warehouse_id, quantity) for each, quantity in given)


def _answer(reservation: Reservation, cause: str) -> StockReleased:
    return StockReleased(order_id=reservation.order_id, cause=cause, allocations=reservation.releases[cause])
