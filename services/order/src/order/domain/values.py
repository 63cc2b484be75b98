"""Values that orders are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A delivery window that the customer chose."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LineUnits:
    """So many units of one line."""

    line_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldUnits:
    """So many units of one line that one warehouse holds; no warehouse means wherever they are held."""

    line_id: str
    quantity: int
    warehouse_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderAmount:
    """A part of one tender."""

    tender_id: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """Units of a line that one warehouse gives."""

    line_id: str
    sku: str
    warehouse_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantPart:
    """What of a sum belongs to whom: goods with their commission, freight, and tax on top."""

    merchant_id: str
    goods: int = 0
    commission: int = 0
    freight: int = 0
    tax: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortLine:
    """A line that wanted more stock than there is."""

    line_id: str
    requested: int
    available: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedUnits:
    """Units that came back to a warehouse, with their grade."""

    line_id: str
    sku: str
    warehouse_id: str
    quantity: int
    grade: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where and how the goods shall go; the recipient is sealed."""

    region: str
    method: str
    slot: Slot | None = None
    recipient: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceChoice:
    """Which tax document the customer wants."""

    type: str = "none"
    title: str = ""
    tax_id: str = ""
