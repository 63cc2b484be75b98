"""Goods that come and go: received from suppliers, dispatched, not found by the picker, taken back after grading."""

from collections.abc import Sequence
from dataclasses import replace

from chassis.decision import Context, Decision, NotYet, Poison, Save, View, changed
from inventory.domain.carving import Piece
from inventory.domain.commands import DispatchStock, GradedUnits, LineUnits, MissStock, ReceiveStock, Restock
from inventory.domain.events import StockReceived, StockRestocked
from inventory.domain.kinds import RECEIPT, RESERVATION, Receipt
from inventory.domain.reservation import (
    Allocation,
    Reservation,
    ReservationState,
    Trigger,
    after,
    missed,
    shipped,
)
from inventory.domain.stock import MovementKind
from inventory.handlers.caps import counted, units_of
from inventory.handlers.shelf import Shelf

RESELLABLE = frozenset({"A", "B"})
SCRAP = "C"


def receive_stock(command: ReceiveStock, view: View, context: Context) -> Decision:
    """Put the goods on the shelf; a receipt counts once."""
    known = view.get(RECEIPT, command.receipt_id)
    if known is not None:
        return Decision(emits=(_received(known),), outcome="duplicate")
    shelf = Shelf(view=view, skus=[command.sku], cause=f"receive:{command.receipt_id}", order_id="", now=context.now)
    shelf.move(kind=MovementKind.RECEIVE, sku=command.sku, warehouse_id=command.warehouse_id, quantity=command.quantity)
    if command.safety is not None:
        shelf.set_safety(sku=command.sku, warehouse_id=command.warehouse_id, safety=command.safety)
    on_hand = shelf.row(sku=command.sku, warehouse_id=command.warehouse_id).on_hand
    receipt = Receipt(command.receipt_id, command.sku, command.warehouse_id, command.quantity, on_hand)
    return shelf.decision() + Decision(
        saves=(Save(RECEIPT, receipt.receipt_id, receipt),), emits=(_received(receipt),), answer={"on_hand": on_hand}
    )


def dispatch_stock(command: DispatchStock, view: View, context: Context) -> Decision:
    """Take what left the warehouse off both counters."""
    cause, pieces = f"dispatch:{command.shipment_id}", _pieces(command.lines, command.warehouse_id)
    known = view.get(RESERVATION, command.order_id)
    if known is not None and cause in known.shipments:
        return Decision(outcome="duplicate")
    if known is None or after(state=known.state, trigger=Trigger.DISPATCH) is None:
        raise NotYet(f"order {command.order_id} has no committed stock")
    allocations = shipped(allocations=known.allocations, pieces=pieces)
    if allocations is None:
        raise Poison(f"{cause}: more units left than were reserved")
    shelf = Shelf(view=view, skus=[each.sku for each in pieces], cause=cause, order_id=known.order_id, now=context.now)
    for each in pieces:
        shelf.move(kind=MovementKind.DISPATCH, sku=each.sku, warehouse_id=each.warehouse_id, quantity=each.quantity)
    return _taken_away(known, shelf, allocations, cause)


def miss_stock(command: MissStock, view: View, context: Context) -> Decision:
    """Write off what the picker did not find: it was counted, and is not there.

    A release under the cause of this news has freed the same units: they are written off, and nothing else is freed.
    """
    cause, pieces = miss_cause(shipment_id=command.shipment_id), _pieces(command.missing, command.warehouse_id)
    known = view.get(RESERVATION, command.order_id)
    if known is not None and cause in known.shipments:
        return Decision(outcome="duplicate")
    released = known is not None and known.state is ReservationState.RELEASED
    if known is None or (after(state=known.state, trigger=Trigger.DISPATCH) is None and not released):
        raise NotYet(f"order {command.order_id} has no committed stock")
    freed = known.releases.get(cause, ())
    allocations, reserved = missed(allocations=known.allocations, pieces=[_without(each, freed) for each in pieces])
    shelf = Shelf(view=view, skus=[each.sku for each in pieces], cause=cause, order_id=known.order_id, now=context.now)
    for each, held in zip(pieces, reserved, strict=True):
        for kind, quantity in ((MovementKind.MISS, held), (MovementKind.WRITE_OFF, each.quantity - held)):
            if quantity:
                shelf.move(kind=kind, sku=each.sku, warehouse_id=each.warehouse_id, quantity=quantity)
    units = units_of(
        allocations=[(each, -held) for each, held in zip(pieces, reserved, strict=True)], lines=known.lines
    )
    # What a customer could not be given is neither held nor bought by him.
    counters = counted(view=view, customer_id=known.customer_id, units=units)
    return _taken_away(known, shelf, allocations, cause) + Decision(saves=counters)


def miss_cause(*, shipment_id: str) -> str:
    """Return the cause under which the picker's news of a shipment counts; a release may come under it, too."""
    return f"miss:{shipment_id}"


def restock(command: Restock, view: View, context: Context) -> Decision:
    """Take graded goods back: resellable ones are on hand again, scrap is written off, X was never ours."""
    known = view.get(RESERVATION, command.order_id)
    if known is None:
        raise NotYet(f"order {command.order_id} has no reservation")
    if command.cause in known.restocks:
        return Decision(emits=(_restocked(known, command.cause),), outcome="duplicate")
    ours = [each for each in command.units if each.grade in RESELLABLE or each.grade == SCRAP]
    if not _has_left(known, ours):
        raise NotYet(f"order {command.order_id}: more came back than is known to have been dispatched")
    shelf = Shelf(
        view=view,
        skus=[each.sku for each in ours],
        cause=f"restock:{known.order_id}:{command.cause}",
        order_id=known.order_id,
        now=context.now,
    )
    for each in ours:
        place = {"sku": each.sku, "warehouse_id": each.warehouse_id}
        shelf.move(kind=MovementKind.RESTOCK, quantity=each.quantity, **place)
        if each.grade == SCRAP:
            shelf.move(kind=MovementKind.WRITE_OFF, quantity=each.quantity, **place)
    scrap = sum(each.quantity for each in ours if each.grade == SCRAP)
    counts = (sum(each.quantity for each in ours) - scrap, scrap)
    taken_back = changed(known, restocks={**known.restocks, command.cause: counts})
    return shelf.decision() + Decision(
        saves=(Save(RESERVATION, known.order_id, taken_back),), emits=(_restocked(taken_back, command.cause),)
    )


def _taken_away(known: Reservation, shelf: Shelf, allocations: tuple[Allocation, ...], cause: str) -> Decision:
    gone = changed(known, allocations=allocations, shipments=(*known.shipments, cause))
    return shelf.decision() + Decision(saves=(Save(RESERVATION, known.order_id, gone),))


def _pieces(lines: Sequence[LineUnits], warehouse_id: str) -> list[Piece]:
    return [Piece(each.line_id, each.sku, warehouse_id, each.quantity) for each in lines if each.quantity]


def _without(piece: Piece, freed: Sequence[Piece]) -> Piece:
    """Return what of a piece was not freed already."""
    same = sum(each.quantity for each in freed if replace(each, quantity=0) == replace(piece, quantity=0))
    return replace(piece, quantity=max(0, piece.quantity - same))


def _has_left(known: Reservation, units: Sequence[GradedUnits]) -> bool:
    """Say whether no more comes back than went out, by this and all earlier causes."""
    went = sum(each.shipped for each in known.allocations)
    back = sum(sum(counts) for counts in known.restocks.values())
    return back + sum(each.quantity for each in units) <= went


def _received(receipt: Receipt) -> StockReceived:
    return StockReceived(receipt.receipt_id, receipt.sku, receipt.warehouse_id, receipt.quantity, receipt.on_hand)


def _restocked(known: Reservation, cause: str) -> StockRestocked:
    restocked, written_off = known.restocks[cause]
    return StockRestocked(order_id=known.order_id, cause=cause, restocked=restocked, written_off=written_off)
