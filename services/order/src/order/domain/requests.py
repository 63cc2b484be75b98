"""What the order service asks of the participants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from order.domain.values import GradedUnits, HeldUnits, MerchantPart, Slot, TenderAmount


@dataclass(frozen=True, slots=True, kw_only=True)
class LockTenders:
    """Lock these tenders, all or nothing."""

    order_id: str
    customer_id: str
    currency: str
    tenders: tuple[TenderAmount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseTenders:
    """Give tenders back; none named means all that is left."""

    order_id: str
    cause: str
    tenders: tuple[TenderAmount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLine:
    """A line that wants stock."""

    line_id: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveStock:
    """Hold stock, all of it or nothing."""

    order_id: str
    customer_id: str
    region: str
    method: str
    hold_until: datetime
    lines: tuple[StockLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseStock:
    """Give stock back; no line named means all that is left."""

    order_id: str
    cause: str
    lines: tuple[HeldUnits, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitStock:
    """The order is paid: make its hold permanent."""

    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendHold:
    """Hold on while the payment is being confirmed."""

    order_id: str
    hold_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Restock:
    """Take graded goods back."""

    order_id: str
    cause: str
    units: tuple[GradedUnits, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPayment:
    """Ask the customer for money by a channel."""

    order_id: str
    customer_id: str
    channel: str
    currency: str
    amount: int
    deadline: datetime
    parts: tuple[MerchantPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelPayment:
    """Close the request; money that is there wins."""

    order_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPayment:
    """Pay channel money back."""

    refund_id: str
    order_id: str
    amount: int
    parts: tuple[MerchantPart, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleOrder:
    """Release these merchants' escrow."""

    settlement_id: str
    order_id: str
    parts: tuple[MerchantPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentLine:
    """Units of a line that a shipment carries; the weight is that of one unit."""

    line_id: str
    sku: str
    name: str
    quantity: int
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentRequest:
    """The job given to a warehouse for a sub-order."""

    sub_order_id: str
    merchant_id: str
    warehouse_id: str
    handling_class: str
    lines: tuple[ShipmentLine, ...]
    collect: int
    rush: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateShipments:
    """Ship these sub-orders."""

    order_id: str
    customer_id: str
    currency: str
    region: str
    method: str
    slot: Slot | None
    recipient: str | None
    shipments: tuple[ShipmentRequest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InterceptShipments:
    """Stop these sub-orders before they go out."""

    order_id: str
    cause: str
    sub_order_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who an invoice is for."""

    customer_id: str
    title: str
    tax_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BillableLine:
    """What is billed of a line."""

    line_id: str
    sku: str
    name: str
    quantity: int
    gross: int
    discount: int
    net: int
    tax_rate: int
    tax: int
    tax_included: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueInvoice:
    """Invoice a sub-order."""

    order_id: str
    sub_order_id: str
    issuer: str
    invoice_type: str
    buyer: Buyer
    currency: str
    lines: tuple[BillableLine, ...]
    freight: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditedLine:
    """What is taken back of an invoice line."""

    line_id: str
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueCreditNote:
    """Reverse an invoice, in full when nothing is named."""

    credit_id: str
    order_id: str
    sub_order_id: str
    reason: str
    lines: tuple[CreditedLine, ...] = ()
    freight: int = 0
