"""What fulfillment is asked to do, and what warehouses and carriers tell it."""

from dataclasses import dataclass
from datetime import datetime

from fulfillment.domain.shipment import Line, Picked, Returned


@dataclass(frozen=True, slots=True)
class Slot:
    """A delivery window."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class ShipmentWish:
    """The job for one sub-order."""

    sub_order_id: str
    merchant_id: str
    warehouse_id: str
    handling_class: str
    lines: tuple[Line, ...]
    collect: int = 0
    rush: bool = False


@dataclass(frozen=True, slots=True)
class CreateShipments:
    """Ship these sub-orders."""

    order_id: str
    customer_id: str
    currency: str
    region: str
    method: str
    shipments: tuple[ShipmentWish, ...]
    slot: Slot | None = None
    recipient: str | None = None


@dataclass(frozen=True, slots=True)
class InterceptShipments:
    """Stop these sub-orders, or all of the order, before they go out."""

    order_id: str
    cause: str
    sub_order_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CloseWave:
    """The oldest shipment of a queue has waited long enough."""

    queue: str


@dataclass(frozen=True, slots=True)
class AdvanceShipment:
    """A shipment of a warehouse that advances by itself takes its next step."""

    order_id: str
    shipment_id: str


@dataclass(frozen=True, slots=True)
class RecordPick:
    """A warehouse picked a shipment."""

    order_id: str
    shipment_id: str
    lines: tuple[Picked, ...]


@dataclass(frozen=True, slots=True)
class PackedParcel:
    """A package and what is in it."""

    parcel_id: str
    weight: int
    lines: tuple[Picked, ...]


@dataclass(frozen=True, slots=True)
class RecordPack:
    """A warehouse packed a shipment."""

    order_id: str
    shipment_id: str
    parcels: tuple[PackedParcel, ...]


@dataclass(frozen=True, slots=True)
class RecordDispatch:
    """A shipment was handed to a carrier."""

    order_id: str
    shipment_id: str
    carrier: str
    waybill: str


@dataclass(frozen=True, slots=True)
class RecordTracking:
    """A carrier's word."""

    order_id: str
    shipment_id: str
    carrier: str
    code: str
    occurred_at: datetime
    parcel_id: str | None = None
    station: str = ""
    courier: str = ""


@dataclass(frozen=True, slots=True)
class RecordReturn:
    """A warehouse took a shipment back and graded it."""

    order_id: str
    shipment_id: str
    lines: tuple[Returned, ...]
