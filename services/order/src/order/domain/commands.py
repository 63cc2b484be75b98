"""What others ask of the order service, and what its own clocks ask."""

from __future__ import annotations

from dataclasses import dataclass, field

from order.domain.exceptions import Violation
from order.domain.profiles import ProfileName
from order.domain.values import Delivery, InvoiceChoice, LineUnits


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedLine:
    """A line as the customer saw it."""

    line_id: str
    sku: str
    offer_id: str
    quantity: int
    net: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedTender:
    """A tender to be spent, on these lines or, when none is named, on all."""

    tender_id: str
    kind: str
    amount: int
    eligible_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """Place an order at the figures that the customer was shown."""

    order_id: str
    customer_id: str
    idempotency_key: str
    profile: ProfileName
    currency: str
    lines: tuple[RequestedLine, ...]
    delivery: Delivery
    channel: str
    tenders: tuple[RequestedTender, ...] = ()
    freight: int
    tax: int = 0
    due: int
    invoice: InvoiceChoice = field(default_factory=InvoiceChoice)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """Cancel an order, some units of it, or whole sub-orders."""

    order_id: str
    by: str
    reason: str
    lines: tuple[LineUnits, ...] = ()
    sub_order_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmReceipt:
    """The customer has the goods of the order, or of one sub-order."""

    order_id: str
    sub_order_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperateSaga:
    """An operator's verb on a saga."""

    order_id: str
    saga: str
    verb: str
    operator: str
    reason: str
    step: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaClock:
    """The clock of a saga rings."""

    order_id: str
    saga: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowEnded:
    """The service window of a sub-order is over."""

    order_id: str
    sub_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveDue:
    """The order is old enough to be archived."""

    order_id: str


@dataclass(frozen=True, slots=True)
class AuditDue:
    """It is time for the regular audit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditDone:
    """What the audit found; ``whole`` are the facts, by invariant, of which it shows every violation."""

    checked: int
    total: int
    violations: tuple[Violation, ...] = ()
    whole: tuple[tuple[str, str], ...] = ()
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseException:
    """An operator closes an exception of the audit."""

    exception_id: str
    operator: str
    reason: str
