"""A shipment of a warehouse that advances by itself: packed, dispatched and delivered by timers."""

from chassis.decision import Context, Decision, View
from fulfillment.domain.commands import (
    AdvanceShipment,
    PackedParcel,
    RecordDispatch,
    RecordPack,
    RecordTracking,
)
from fulfillment.domain.kinds import SHIPMENT
from fulfillment.domain.shipment import Picked, Shipment
from fulfillment.domain.states import ON_THE_WAY, ShipmentState
from fulfillment.domain.waves import Policy
from fulfillment.handlers.dock import advance
from fulfillment.handlers.tracking import record_tracking
from fulfillment.handlers.warehouse import record_dispatch, record_pack

CARRIER = "house"


def advance_shipment(command: AdvanceShipment, view: View, context: Context, *, policy: Policy) -> Decision:
    """Take the next step; a shipment that has ended takes none."""
    shipment = view.get(SHIPMENT, command.shipment_id)
    if shipment is None:
        return Decision(outcome="duplicate")
    if shipment.state in {ShipmentState.WAVED, ShipmentState.PICKING}:
        step = record_pack(_pack(shipment), view, context)
    elif shipment.state is ShipmentState.PACKED:
        step = record_dispatch(
            RecordDispatch(shipment.order_id, shipment.shipment_id, CARRIER, shipment.shipment_id), view, context
        )
    elif shipment.state in ON_THE_WAY:
        return record_tracking(
            RecordTracking(shipment.order_id, shipment.shipment_id, shipment.carrier, "delivered", context.now),
            view,
            context,
        )
    else:
        return Decision(outcome="duplicate")
    return step + Decision(timers=(advance(shipment=shipment, context=context, policy=policy),))


def _pack(shipment: Shipment) -> RecordPack:
    weights = {(line.line_id, line.sku): line.weight for line in shipment.lines}
    inside = shipment.to_pack()
    parcel = PackedParcel(
        parcel_id=f"{shipment.shipment_id}-p1",
        weight=sum(weights[place] * quantity for place, quantity in inside.items()),
        lines=tuple(Picked(*place, quantity) for place, quantity in inside.items()),
    )
    return RecordPack(shipment.order_id, shipment.shipment_id, (parcel,))
