"""What a warehouse tells of a shipment: picked, packed, handed to a carrier, come back."""

from collections.abc import Iterable
from typing import Any

from chassis.decision import Context, Decision, NotYet, Save, View, changed
from fulfillment.domain.commands import RecordDispatch, RecordPack, RecordPick, RecordReturn
from fulfillment.domain.events import (
    GradedUnits,
    ReturnGraded,
    ShipmentDispatched,
    ShipmentPacked,
    ShipmentPickedShort,
)
from fulfillment.domain.kinds import SHIPMENT
from fulfillment.domain.shipment import Parcel, Returned, Shipment, counted, missing
from fulfillment.domain.states import ON_THE_WAY, TRANSITIONS, ShipmentState, Trigger, after
from fulfillment.handlers.dock import misplaced, refused
from fulfillment.handlers.tracking import moved_by_words

BACK = frozenset({ShipmentState.REFUSED, ShipmentState.LOST, ShipmentState.DELIVERED})


def record_pick(command: RecordPick, view: View, _context: Context) -> Decision:
    """Keep what the picker found; what he did not find is an exception that order decides about.

    A shipment of which nothing was found does not go out.
    """
    shipment = _known(view, command.shipment_id)
    if shipment.picked == command.lines:
        return Decision(outcome="duplicate")
    state = after(state=shipment.state, trigger=Trigger.PICK)
    if state is None:
        return misplaced(shipment=shipment, record="pick")
    gap = missing(shipment=shipment, picked=command.lines)
    if gap is None:
        return refused(shipment=shipment, record="pick", reason="more_than_ordered")
    short = ShipmentPickedShort(
        shipment.order_id, shipment.sub_order_id, shipment.shipment_id, shipment.warehouse_id, gap
    )
    if not any(line.quantity for line in command.lines):
        state = TRANSITIONS[state, Trigger.INTERCEPT]
    return _saved(changed(shipment, state=state, picked=command.lines)) + Decision(emits=(short,) if gap else ())


def record_pack(command: RecordPack, view: View, _context: Context) -> Decision:
    """Keep the parcels when they hold, by sku and quantity, what was picked."""
    shipment = _known(view, command.shipment_id)
    parcels = tuple(Parcel(each.parcel_id, each.weight, each.lines) for each in command.parcels)
    if _as_told(parcels) == _as_told(shipment.parcels):
        return Decision(outcome="duplicate")
    state = after(state=shipment.state, trigger=Trigger.PACK)
    if state is None:
        return misplaced(shipment=shipment, record="pack")
    reason = _wrong_parcels(shipment, parcels)
    if reason:
        return refused(shipment=shipment, record="pack", reason=reason)
    packed = changed(shipment, state=state, parcels=parcels)
    event = ShipmentPacked(shipment.order_id, shipment.sub_order_id, shipment.shipment_id, parcels)
    return _saved(packed) + Decision(emits=(event,))


def record_dispatch(command: RecordDispatch, view: View, context: Context) -> Decision:
    """Let the goods go; what the carrier told before this counts now. A shipment that was intercepted stays.

    What another carrier told is refused now, as it would be from here on.
    """
    shipment = _known(view, command.shipment_id)
    if (shipment.carrier, shipment.waybill) == (command.carrier, command.waybill):
        return Decision(outcome="duplicate")
    state = after(state=shipment.state, trigger=Trigger.DISPATCH)
    if state is None:
        return misplaced(shipment=shipment, record="dispatch")
    words = tuple(node for node in shipment.tracking if node.carrier == command.carrier)
    gone = changed(
        shipment,
        state=state,
        carrier=command.carrier,
        waybill=command.waybill,
        dispatched_at=context.now,
        tracking=words,
    )
    event = ShipmentDispatched(
        order_id=gone.order_id,
        sub_order_id=gone.sub_order_id,
        shipment_id=gone.shipment_id,
        warehouse_id=gone.warehouse_id,
        carrier=gone.carrier,
        waybill=gone.waybill,
        collect=gone.collect,
        lines=gone.contents(),
        dispatched_at=context.now,
    )
    after_words, events = moved_by_words(shipment=gone, nodes=words)
    foreign = len(shipment.tracking) - len(words)
    refusals = refused(shipment=gone, record="tracking", reason="other_carrier").emits * foreign
    return _saved(after_words) + Decision(emits=(event, *events, *refusals))


def record_return(command: RecordReturn, view: View, _context: Context) -> Decision:
    """Keep the grades of what came back; no more comes back than was sent."""
    shipment = _known(view, command.shipment_id)
    if shipment.state in ON_THE_WAY:
        raise NotYet(f"shipment {command.shipment_id} is on its way: its carrier has not told how it ended")
    if shipment.state not in BACK:
        return misplaced(shipment=shipment, record="return")
    if not _fits(shipment, command.lines):
        if command.lines in shipment.returns:
            return Decision(emits=(_graded(shipment, command.lines),), outcome="duplicate")
        return refused(shipment=shipment, record="return", reason="more_than_sent")
    returned = changed(shipment, returns=(*shipment.returns, command.lines))
    return _saved(returned) + Decision(emits=(_graded(shipment, command.lines),))


def _known(view: View, shipment_id: str) -> Shipment:
    shipment = view.get(SHIPMENT, shipment_id)
    if shipment is None:
        raise NotYet(f"there is no shipment {shipment_id}")
    return shipment


def _saved(shipment: Shipment, **answer: Any) -> Decision:
    return Decision(
        saves=(Save(SHIPMENT, shipment.shipment_id, shipment),), answer={"state": shipment.state.value, **answer}
    )


def _as_told(parcels: Iterable[Parcel]) -> list[tuple[Any, ...]]:
    return [(each.parcel_id, each.weight, each.lines) for each in parcels]


def _wrong_parcels(shipment: Shipment, parcels: tuple[Parcel, ...]) -> str:
    inside = counted(lines=[line for parcel in parcels for line in parcel.lines])
    if len({each.parcel_id for each in parcels}) < len(parcels):
        return "parcel_twice"
    if not +inside:
        return "nothing_packed"
    return "" if +inside == +shipment.to_pack() else "contents_differ"


def _fits(shipment: Shipment, lines: tuple[Returned, ...]) -> bool:
    back = counted(lines=[*lines, *(line for earlier in shipment.returns for line in earlier)])
    return not back - counted(lines=shipment.contents())


def _graded(shipment: Shipment, lines: tuple[Returned, ...]) -> ReturnGraded:
    return ReturnGraded(
        order_id=shipment.order_id,
        sub_order_id=shipment.sub_order_id,
        shipment_id=shipment.shipment_id,
        units=tuple(
            GradedUnits(each.line_id, each.sku, shipment.warehouse_id, each.quantity, each.grade) for each in lines
        ),
    )
