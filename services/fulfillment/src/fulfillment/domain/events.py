"""What fulfillment tells the others."""

from dataclasses import dataclass
from datetime import datetime

from fulfillment.domain.shipment import Line, Parcel, Picked


@dataclass(frozen=True, slots=True)
class ShipmentRef:
    """A shipment and the sub-order it ships."""

    shipment_id: str
    sub_order_id: str


@dataclass(frozen=True, slots=True)
class ShipmentsCreated:
    """The warehouses have the jobs."""

    order_id: str
    shipments: tuple[ShipmentRef, ...]


@dataclass(frozen=True, slots=True)
class ShipmentWaved:
    """A shipment's pick list is out."""

    order_id: str
    sub_order_id: str
    shipment_id: str
    wave_id: str
    warehouse_id: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class ShipmentPickedShort:
    """The shelf held less than was reserved."""

    order_id: str
    sub_order_id: str
    shipment_id: str
    warehouse_id: str
    missing: tuple[Picked, ...]


@dataclass(frozen=True, slots=True)
class ShipmentPacked:
    """A shipment waits for its carrier."""

    order_id: str
    sub_order_id: str
    shipment_id: str
    parcels: tuple[Parcel, ...]


@dataclass(frozen=True, slots=True)
class ShipmentDispatched:
    """The goods left the warehouse."""

    order_id: str
    sub_order_id: str
    shipment_id: str
    warehouse_id: str
    carrier: str
    waybill: str
    collect: int
    lines: tuple[Picked, ...]
    dispatched_at: datetime


@dataclass(frozen=True, slots=True)
class ShipmentTracked:
    """A shipment moved on."""

    order_id: str
    sub_order_id: str
    shipment_id: str
    state: str
    station: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class ShipmentDelivered:
    """The customer has the goods."""

    order_id: str
    sub_order_id: str
    shipment_id: str
    delivered_at: datetime


@dataclass(frozen=True, slots=True)
class ShipmentRefused:
    """The customer did not take the goods."""

    order_id: str
    sub_order_id: str
    shipment_id: str
    reason: str
    refused_at: datetime


@dataclass(frozen=True, slots=True)
class ShipmentLost:
    """The carrier lost the goods."""

    order_id: str
    sub_order_id: str
    shipment_id: str
    lost_at: datetime


@dataclass(frozen=True, slots=True)
class GradedUnits:
    """Units that are back in a warehouse, with their grade."""

    line_id: str
    sku: str
    warehouse_id: str
    quantity: int
    grade: str


@dataclass(frozen=True, slots=True)
class ReturnGraded:
    """Goods that had left are back."""

    order_id: str
    sub_order_id: str
    shipment_id: str
    units: tuple[GradedUnits, ...]


@dataclass(frozen=True, slots=True)
class ShipmentsIntercepted:
    """Which sub-orders stay, and which are gone."""

    order_id: str
    cause: str
    intercepted: tuple[str, ...]
    too_late: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShipmentRecordRefused:
    """What a warehouse or carrier told does not fit the shipment, and changed nothing."""

    order_id: str
    shipment_id: str
    record: str
    reason: str
    state: str
