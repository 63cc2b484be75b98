"""Hold stock for an order: all lines or none, by the cheapest plan."""

from chassis.decision import Context, Decision, Save, Timer, View
from inventory.domain.carving import Wanted
from inventory.domain.catalog import Product, StockMode
from inventory.domain.commands import LineWanted, ReserveStock
from inventory.domain.events import StockRefused, StockReserved
from inventory.domain.kinds import COVERAGE, PRODUCT, RESERVATION
from inventory.domain.planning import Candidate
from inventory.domain.reservation import Reservation, ReservationState, ReservedLine, allocated, pieces_of
from inventory.domain.sourcing import Shortage, Sourced, source
from inventory.domain.stock import ends_at
from inventory.handlers.caps import counted, over_cap, units_of
from inventory.handlers.shelf import Shelf, thresholds


def reserve_stock(command: ReserveStock, view: View, context: Context) -> Decision:
    """Hold the stock, or refuse with what is short; the second time the answer is the same."""
    known = view.get(RESERVATION, command.order_id)
    if known is not None:
        return Decision(emits=(_answer(known),), outcome="duplicate")
    ends = ends_at(hold_until=command.hold_until)
    if command.hold_until <= context.now:
        return _refused(command, "hold_over", ())
    products = {each.sku: each for each in view.find(PRODUCT, [line.sku for line in command.lines])}
    lines = tuple(_line(each, products[each.sku]) for each in command.lines if each.sku in products)
    short = _unknown(command, products) or _over_order_cap(lines, products)
    short = short or over_cap(view=view, customer_id=command.customer_id, lines=lines)
    if short:
        return _refused(command, short[0].reason, short)
    shelf = Shelf(
        view=view, skus=products, cause=f"reserve:{command.order_id}", order_id=command.order_id, now=context.now
    )
    plan = sourced(view=view, region=command.region, lines=lines, shelf=shelf)
    if plan.short:
        return _refused(command, plan.short[0].reason, plan.short)
    if not all(shelf.row(sku=each.sku, warehouse_id=each.warehouse_id).counts(ends=ends) for each in plan.pieces):
        # A process with a faster clock has swept this minute: to it the hold would be over.
        return _refused(command, "hold_over", ())
    reservation = Reservation(
        order_id=command.order_id,
        customer_id=command.customer_id,
        region=command.region,
        state=ReservationState.HELD,
        lines=lines,
        allocations=allocated(pieces=plan.pieces, lines=lines),
        hold_until=command.hold_until,
        ends=ends,
        cost=plan.cost,
        alternatives=plan.alternatives,
    )
    return _held(reservation, shelf, view)


def sourced(*, view: View, region: str, lines: tuple[ReservedLine, ...], shelf: Shelf) -> Sourced:
    """Return the cheapest plan for these lines over the warehouses that cover the region."""
    found = view.get(COVERAGE, region)
    candidates = [
        Candidate(
            each.warehouse_id, zone.base + each.packaging + each.handling, zone.per_kilogram, frozenset(each.classes)
        )
        for each in (found.warehouses if found else ())
        for zone in each.zones
    ]
    return source(wanted=[line.wanted for line in lines], candidates=candidates, free=shelf.free())


def expiry(*, reservation: Reservation) -> Timer:
    """Return the timer that ends the hold."""
    if reservation.ends is None:
        raise ValueError(f"reservation {reservation.order_id} has no end")
    return Timer(
        id=hold_timer(order_id=reservation.order_id),
        name="hold-ended",
        key=reservation.order_id,
        due=reservation.ends,
        data={"order_id": reservation.order_id},
    )


def hold_timer(*, order_id: str) -> str:
    """Return the id of the timer that ends the order's hold."""
    return f"hold:{order_id}"


def _held(reservation: Reservation, shelf: Shelf, view: View) -> Decision:
    taken = [each for each in reservation.allocations if each.taken]
    for each in taken:
        shelf.reserve(sku=each.sku, warehouse_id=each.warehouse_id, quantity=each.quantity, ends=reservation.ends)
    units = units_of(allocations=[(each, each.quantity) for each in reservation.allocations], lines=reservation.lines)
    saves = counted(view=view, customer_id=reservation.customer_id, units=units)
    warnings = shelf.warnings(thresholds=thresholds(reservation=reservation))
    return shelf.decision() + Decision(
        saves=(*saves, Save(RESERVATION, reservation.order_id, reservation)),
        emits=(_answer(reservation), *warnings),
        timers=(expiry(reservation=reservation),),
    )


def _refused(command: ReserveStock, reason: str, short: tuple[Shortage, ...]) -> Decision:
    reservation = Reservation(
        order_id=command.order_id,
        customer_id=command.customer_id,
        region=command.region,
        state=ReservationState.REFUSED,
        reason=reason,
        short=short,
    )
    return Decision(
        saves=(Save(RESERVATION, command.order_id, reservation),), emits=(_answer(reservation),), outcome="rejected"
    )


def _answer(reservation: Reservation) -> StockReserved | StockRefused:
    if reservation.state is ReservationState.REFUSED or reservation.hold_until is None:
        reason = reservation.reason or reservation.state.value
        return StockRefused(order_id=reservation.order_id, reason=reason, lines=reservation.short)
    return StockReserved(
        order_id=reservation.order_id,
        hold_until=reservation.hold_until,
        allocations=pieces_of(allocations=reservation.allocations),
        cost=reservation.cost,
        alternatives=reservation.alternatives,
    )


def _line(line: LineWanted, product: Product) -> ReservedLine:
    wanted = Wanted(line.line_id, line.sku, line.quantity, product.weight, product.merchant_id, product.handling_class)
    return ReservedLine(
        wanted=wanted,
        at_payment=product.stock_mode is StockMode.AT_PAYMENT,
        low_stock=product.low_stock,
        cap=product.cap_per_customer,
    )


def _unknown(command: ReserveStock, products: dict[str, Product]) -> tuple[Shortage, ...]:
    unknown = [line for line in command.lines if line.sku not in products]
    return tuple(Shortage(line.line_id, line.sku, line.quantity, 0, "unknown_sku") for line in unknown)


def _over_order_cap(lines: tuple[ReservedLine, ...], products: dict[str, Product]) -> tuple[Shortage, ...]:
    left = {sku: product.cap_per_order for sku, product in products.items() if product.cap_per_order is not None}
    over = []
    for each in (line.wanted for line in lines if line.wanted.sku in left):
        if each.quantity > left[each.sku]:
            over.append(Shortage(each.line_id, each.sku, each.quantity, left[each.sku], "cap_per_order"))
        left[each.sku] = max(0, left[each.sku] - each.quantity)
    return tuple(over)
