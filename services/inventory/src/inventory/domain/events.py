"""What inventory tells the others."""

from dataclasses import dataclass
from datetime import datetime

from inventory.domain.carving import Piece
from inventory.domain.sourcing import Alternative, Shortage


@dataclass(frozen=True, slots=True)
class StockReserved:
    """The stock is held by the cheapest plan."""

    order_id: str
    hold_until: datetime
    allocations: tuple[Piece, ...]
    cost: int
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class StockRefused:
    """Nothing is held."""

    order_id: str
    reason: str
    lines: tuple[Shortage, ...]


@dataclass(frozen=True, slots=True)
class StockReleased:
    """These units are free again."""

    order_id: str
    cause: str
    allocations: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class StockCommitted:
    """The hold is permanent."""

    order_id: str
    allocations: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class CommitRefused:
    """The goods were not there at payment."""

    order_id: str
    reason: str
    lines: tuple[Shortage, ...]


@dataclass(frozen=True, slots=True)
class HoldExtended:
    """Until when the hold lasts now."""

    order_id: str
    extended: bool
    hold_until: datetime | None


@dataclass(frozen=True, slots=True)
class HoldExpired:
    """The hold ended unpaid."""

    order_id: str
    allocations: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class StockRestocked:
    """Graded goods were taken back."""

    order_id: str
    cause: str
    restocked: int
    written_off: int


@dataclass(frozen=True, slots=True)
class StockReceived:
    """Goods of a supplier are on hand."""

    receipt_id: str
    sku: str
    warehouse_id: str
    quantity: int
    on_hand: int


@dataclass(frozen=True, slots=True)
class StockRanLow:
    """What is available fell under the threshold."""

    sku: str
    warehouse_id: str
    available: int
    threshold: int
