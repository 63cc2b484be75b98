"""What goes out: the contract that each domain event becomes."""

from chassis.publisher import Publisher
from contracts import fulfillment as contract
from fulfillment.domain import events

PUBLISH = Publisher(
    {
        events.ShipmentsCreated: contract.ShipmentsCreatedV1,
        events.ShipmentWaved: contract.ShipmentWavedV1,
        events.ShipmentPickedShort: contract.ShipmentPickedShortV1,
        events.ShipmentPacked: contract.ShipmentPackedV1,
        events.ShipmentDispatched: contract.ShipmentDispatchedV1,
        events.ShipmentTracked: contract.ShipmentTrackedV1,
        events.ShipmentDelivered: contract.ShipmentDeliveredV1,
        events.ShipmentRefused: contract.ShipmentRefusedV1,
        events.ShipmentLost: contract.ShipmentLostV1,
        events.ReturnGraded: contract.ReturnGradedV1,
        events.ShipmentsIntercepted: contract.ShipmentsInterceptedV1,
        events.ShipmentRecordRefused: contract.ShipmentRecordRefusedV1,
    }
)
