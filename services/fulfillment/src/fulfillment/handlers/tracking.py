"""What a carrier tells of a shipment: facts, which may move its parcels on, and never back."""

from collections.abc import Iterable
from typing import Any

from chassis.decision import Context, Decision, NotYet, Save, View, changed
from fulfillment.domain.commands import RecordTracking
from fulfillment.domain.events import ShipmentDelivered, ShipmentLost, ShipmentRefused, ShipmentTracked
from fulfillment.domain.kinds import SHIPMENT
from fulfillment.domain.shipment import Node, Shipment, tracked
from fulfillment.domain.states import ShipmentState, Trigger
from fulfillment.domain.vocabulary import meaning
from fulfillment.handlers.dock import refused


def record_tracking(command: RecordTracking, view: View, _context: Context) -> Decision:
    """Keep the word; tell others when the shipment has moved by it."""
    shipment = view.get(SHIPMENT, command.shipment_id)
    if shipment is None:
        raise NotYet(f"there is no shipment {command.shipment_id}")
    node = Node(command.parcel_id, command.carrier, command.code, command.station, command.courier, command.occurred_at)
    if node in shipment.tracking:
        return Decision(outcome="duplicate")
    if shipment.carrier and command.carrier != shipment.carrier:
        return refused(shipment=shipment, record="tracking", reason="other_carrier")
    parcel_ids = {each.parcel_id for each in shipment.parcels}
    if shipment.parcels and command.parcel_id is not None and command.parcel_id not in parcel_ids:
        return refused(shipment=shipment, record="tracking", reason="unknown_parcel")
    told = changed(shipment, tracking=(*shipment.tracking, node))
    moved, events = moved_by_words(shipment=told, nodes=(node,))
    return Decision(
        saves=(Save(SHIPMENT, shipment.shipment_id, moved),), emits=events, answer={"state": moved.state.value}
    )


def moved_by_words(*, shipment: Shipment, nodes: Iterable[Node]) -> tuple[Shipment, tuple[Any, ...]]:
    """Return the shipment after these words, and what others are told; before the dispatch words are only kept."""
    nodes = tuple(nodes)
    if shipment.dispatched_at is None or not nodes:
        return shipment, ()
    moved = tracked(shipment=shipment, nodes=nodes)
    if moved.state is shipment.state:
        return moved, ()
    return moved, (_told(moved, max(nodes, key=lambda each: each.occurred_at)),)


def _told(shipment: Shipment, node: Node) -> ShipmentTracked | ShipmentDelivered | ShipmentRefused | ShipmentLost:
    ids = (shipment.order_id, shipment.sub_order_id, shipment.shipment_id)
    match shipment.state:
        case ShipmentState.DELIVERED:
            return ShipmentDelivered(*ids, node.occurred_at)
        case ShipmentState.REFUSED:
            return ShipmentRefused(*ids, _why_refused(shipment), node.occurred_at)
        case ShipmentState.LOST:
            return ShipmentLost(*ids, node.occurred_at)
        case _:
            return ShipmentTracked(*ids, shipment.state.value, node.station, node.occurred_at)


def _why_refused(shipment: Shipment) -> str:
    words = [meaning(carrier=each.carrier, code=each.code) for each in shipment.tracking]
    return next((word.reason for word in words if word is not None and word.trigger is Trigger.REFUSE), "refused")
