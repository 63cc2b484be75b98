"""What the warehouse, the carrier and billing tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from order.domain.values import GradedUnits


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentsCreated:
    """The warehouse has the jobs."""

    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PickedLine:
    """What the picker found, or missed, of a line."""

    line_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentPickedShort:
    """The shelf held less than was reserved."""

    order_id: str
    sub_order_id: str
    missing: tuple[PickedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentPacked:
    """A shipment waits for its carrier."""

    order_id: str
    sub_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentDispatched:
    """The goods left the warehouse."""

    order_id: str
    sub_order_id: str
    carrier: str
    waybill: str
    dispatched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentDelivered:
    """The customer has the goods."""

    order_id: str
    sub_order_id: str
    delivered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentRefused:
    """The customer refused the parcel at the door."""

    order_id: str
    sub_order_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentLost:
    """The carrier lost the parcel."""

    order_id: str
    sub_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnGraded:
    """Goods that had left are back and graded."""

    order_id: str
    sub_order_id: str
    units: tuple[GradedUnits, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentsIntercepted:
    """Which sub-orders stay, and which are gone."""

    order_id: str
    cause: str
    intercepted: tuple[str, ...]
    too_late: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceIssued:
    """An invoice has its number."""

    order_id: str
    sub_order_id: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRefused:
    """An invoice was not issued."""

    order_id: str
    sub_order_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteIssued:
    """A credit note has its number."""

    order_id: str
    sub_order_id: str
    credit_id: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteRefused:
    """A credit note was not issued."""

    order_id: str
    sub_order_id: str
    credit_id: str
    reason: str
