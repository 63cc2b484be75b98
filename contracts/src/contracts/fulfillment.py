"""Messages that the fulfillment service owns: commands it takes, events it publishes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.inventory import GradedUnits
from contracts.values import (
    Amount,
    Contract,
    Currency,
    DeliveryMethod,
    Grade,
    HandlingClass,
    Id,
    LineId,
    Moment,
    OrderId,
    PackedParcel,
    PickedLine,
    Quantity,
    Reason,
    Region,
    Sealed,
    ShipmentLine,
    Slot,
    Text,
)


class ShipmentRequest(Contract):
    """The job given to a warehouse for a sub-order; collect is the cash to take at the door, minor units."""

    sub_order_id: Id
    merchant_id: Id
    warehouse_id: Id
    handling_class: HandlingClass
    lines: Annotated[tuple[ShipmentLine, ...], Field(min_length=1)]
    collect: Amount = 0
    rush: bool = False


class CreateShipmentsV1(Contract):
    """Ship these sub-orders; the recipient is opened only when a waybill is printed."""

    order_id: OrderId
    customer_id: Id
    currency: Currency
    region: Region
    method: DeliveryMethod
    slot: Slot | None = None
    recipient: Sealed | None = None
    shipments: Annotated[tuple[ShipmentRequest, ...], Field(min_length=1)]


class InterceptShipmentsV1(Contract):
    """Stop these sub-orders before they go out; without ids: all of the order."""

    order_id: OrderId
    cause: Annotated[
        str, Field(max_length=120, description="a second interception with the same cause gets the same answer")
    ]
    sub_order_ids: tuple[Id, ...] = ()


class RecordPickV1(Contract):
    """A warehouse picked a shipment; fewer units than asked for is a short pick."""

    order_id: OrderId
    shipment_id: Id
    lines: tuple[PickedLine, ...]


class RecordPackV1(Contract):
    """A warehouse packed a shipment."""

    order_id: OrderId
    shipment_id: Id
    parcels: Annotated[tuple[PackedParcel, ...], Field(min_length=1)]


class RecordDispatchV1(Contract):
    """A shipment was handed to a carrier."""

    order_id: OrderId
    shipment_id: Id
    carrier: Id
    waybill: Id


class RecordTrackingV1(Contract):
    """A carrier's word about a parcel, in the carrier's own vocabulary."""

    order_id: OrderId
    shipment_id: Id
    parcel_id: Id | None = None
    carrier: Id
    code: Annotated[str, Field(max_length=40, description="the carrier's own status code")]
    station: Text = ""
    courier: Text = ""
    occurred_at: Moment


class ReturnedLine(Contract):
    """Units that came back, with their grade."""

    line_id: LineId
    sku: Id
    quantity: Quantity
    grade: Grade


class RecordReturnV1(Contract):
    """A warehouse took a refused or returned shipment back and graded it."""

    order_id: OrderId
    shipment_id: Id
    lines: Annotated[tuple[ReturnedLine, ...], Field(min_length=1)]


class ShipmentRef(Contract):
    """A shipment and the sub-order it ships."""

    shipment_id: Id
    sub_order_id: Id


class ShipmentsCreatedV1(Contract):
    """The warehouse has the jobs."""

    order_id: OrderId
    shipments: tuple[ShipmentRef, ...]


class ShipmentWavedV1(Contract):
    """A shipment is in a wave: its pick list is out."""

    order_id: OrderId
    sub_order_id: Id
    shipment_id: Id
    wave_id: Id
    warehouse_id: Id
    lines: tuple[ShipmentLine, ...]


class ShipmentPickedShortV1(Contract):
    """The shelf held less than was reserved: the missing units have to be cancelled or sourced again."""

    order_id: OrderId
    sub_order_id: Id
    shipment_id: Id
    warehouse_id: Id
    missing: tuple[PickedLine, ...]


class ShipmentPackedV1(Contract):
    """A shipment is packed and waits for its carrier."""

    order_id: OrderId
    sub_order_id: Id
    shipment_id: Id
    parcels: tuple[PackedParcel, ...]


class ShipmentDispatchedV1(Contract):
    """The goods left the warehouse."""

    order_id: OrderId
    sub_order_id: Id
    shipment_id: Id
    warehouse_id: Id
    carrier: Id
    waybill: Id
    collect: Amount
    lines: tuple[PickedLine, ...]
    dispatched_at: Moment


class ShipmentTrackedV1(Contract):
    """A shipment moved on; the state is ours, mapped from the carrier's word by table."""

    order_id: OrderId
    sub_order_id: Id
    shipment_id: Id
    state: Literal["in_transit", "out_for_delivery"]
    station: Text
    occurred_at: Moment


class ShipmentDeliveredV1(Contract):
    """The customer has the goods."""

    order_id: OrderId
    sub_order_id: Id
    shipment_id: Id
    delivered_at: Moment


class ShipmentRefusedV1(Contract):
    """The customer refused the parcel at the door: the goods come back."""

    order_id: OrderId
    sub_order_id: Id
    shipment_id: Id
    reason: Reason
    refused_at: Moment


class ShipmentLostV1(Contract):
    """The carrier lost the parcel."""

    order_id: OrderId
    sub_order_id: Id
    shipment_id: Id
    lost_at: Moment


class ReturnGradedV1(Contract):
    """Goods that had left are back and graded."""

    order_id: OrderId
    sub_order_id: Id
    shipment_id: Id
    units: tuple[GradedUnits, ...]


class ShipmentRecordRefusedV1(Contract):
    """What a warehouse or a carrier told does not fit the shipment and changed nothing: an intercepted one stays."""

    order_id: OrderId
    shipment_id: Id
    record: Annotated[str, Field(max_length=40, description="what was told: pick, pack, dispatch, tracking or return")]
    reason: Reason
    state: Annotated[str, Field(max_length=40, description="where the shipment is")]


class ShipmentsInterceptedV1(Contract):
    """The answer to an interception: which sub-orders stay, which are already gone."""

    order_id: OrderId
    cause: str
    intercepted: tuple[Id, ...]
    too_late: tuple[Id, ...]
