"""What the order service tells everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from order.domain.values import LineUnits, TenderAmount


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """A line of the snapshot, with exact money."""

    line_id: str
    sku: str
    name: str
    merchant_id: str
    handling_class: str
    virtual: bool
    quantity: int
    gross: int
    promotion: int
    tendered: int
    net: int
    tax_rate: int
    tax: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced:
    """An order was accepted."""

    order_id: str
    customer_id: str
    profile: str
    currency: str
    channel: str
    region: str
    lines: tuple[OrderLine, ...]
    tenders: tuple[TenderAmount, ...]
    freight: int
    tax: int
    due: int
    pay_deadline: datetime | None
    placed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedLine:
    """Why a line cannot be ordered, what is available, and what it costs now."""

    line_id: str
    reason: str
    field: str = ""
    available: int | None = None
    net_now: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRejected:
    """An order was not accepted; these figures amend it."""

    order_id: str
    customer_id: str
    reason: str
    detail: str
    lines: tuple[RejectedLine, ...] = ()
    freight_now: int | None = None
    due_now: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLine:
    """Units of a line within a sub-order, with their part of the money."""

    line_id: str
    sku: str
    quantity: int
    net: int
    tax: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A sub-order as merchants see it."""

    sub_order_id: str
    merchant_id: str
    warehouse_id: str | None
    handling_class: str
    virtual: bool
    lines: tuple[PartLine, ...]
    freight: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderConfirmed:
    """The money is proven and the order is split."""

    order_id: str
    customer_id: str
    currency: str
    sub_orders: tuple[Part, ...]
    confirmed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesCancelled:
    """Some units were cancelled and paid back."""

    order_id: str
    lines: tuple[LineUnits, ...]
    refunded: int
    tenders: tuple[TenderAmount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationRefused:
    """The order, or these sub-orders, cannot be cancelled now."""

    order_id: str
    reason: str
    advice: str
    sub_order_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled:
    """An order ended before its goods went out."""

    order_id: str
    customer_id: str
    reason: str
    refunded: int
    tenders: tuple[TenderAmount, ...]
    cancelled_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderClosed:
    """An order ended after its goods went out."""

    order_id: str
    customer_id: str
    reason: str
    refunded: int
    tenders: tuple[TenderAmount, ...]
    closed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCompleted:
    """An order was received."""

    order_id: str
    customer_id: str
    by: str
    completed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderExpired:
    """An order was archived."""

    order_id: str
    expired_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionOpened:
    """The audit found a violation that was not known."""

    exception_id: str
    invariant: str
    says: str
    owner: str
    subject: str
    found: str
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionClosed:
    """An exception of the audit needs nobody any more."""

    exception_id: str
    closed_by: str
    reason: str
    closed_at: datetime | None
