"""What inventory is asked to do, and what it is told."""

from dataclasses import dataclass
from datetime import datetime

from inventory.domain.reservation import Units


@dataclass(frozen=True, slots=True)
class LineWanted:
    """A line that wants stock."""

    line_id: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ReserveStock:
    """Hold stock for an order, all of it or nothing."""

    order_id: str
    customer_id: str
    region: str
    hold_until: datetime
    lines: tuple[LineWanted, ...]


@dataclass(frozen=True, slots=True)
class ReleaseStock:
    """Give back what is held, or only these units; without lines all of it."""

    order_id: str
    cause: str
    lines: tuple[Units, ...] = ()


@dataclass(frozen=True, slots=True)
class CommitStock:
    """Make the hold permanent, and take what is deducted at payment."""

    order_id: str


@dataclass(frozen=True, slots=True)
class ExtendHold:
    """Hold on, once."""

    order_id: str
    hold_until: datetime


@dataclass(frozen=True, slots=True)
class ExpireHold:
    """The hold's time is over."""

    order_id: str


@dataclass(frozen=True, slots=True)
class ReceiveStock:
    """Goods of a supplier arrived."""

    receipt_id: str
    sku: str
    warehouse_id: str
    quantity: int
    safety: int | None = None


@dataclass(frozen=True, slots=True)
class GradedUnits:
    """Units that came back, with their grade."""

    line_id: str
    sku: str
    warehouse_id: str
    quantity: int
    grade: str


@dataclass(frozen=True, slots=True)
class Restock:
    """Take graded goods back."""

    order_id: str
    cause: str
    units: tuple[GradedUnits, ...]


@dataclass(frozen=True, slots=True)
class LineUnits:
    """Units of a line and sku."""

    line_id: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class DispatchStock:
    """A shipment left its warehouse."""

    order_id: str
    shipment_id: str
    warehouse_id: str
    lines: tuple[LineUnits, ...]


@dataclass(frozen=True, slots=True)
class MissStock:
    """The picker did not find these units."""

    order_id: str
    shipment_id: str
    warehouse_id: str
    missing: tuple[LineUnits, ...]
