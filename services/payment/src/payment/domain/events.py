"""What payment tells others. Field names are those of the contracts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from payment.domain.values import Channel, Class, MerchantPart, TenderAmount, TenderKind, Why


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderIssued:
    """A tender can be spent."""

    tender_id: str
    customer_id: str
    kind: TenderKind
    currency: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceToppedUp:
    """Stored value grew."""

    top_up_id: str
    customer_id: str
    currency: str
    amount: int
    balance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TendersLocked:
    """The tenders are the order's."""

    order_id: str
    tenders: tuple[TenderAmount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TendersRefused:
    """No tender is locked, because of this one."""

    order_id: str
    reason: str
    tender_id: str
    available: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TendersReleased:
    """These amounts are the customer's again."""

    order_id: str
    cause: str
    tenders: tuple[TenderAmount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequested:
    """The customer can pay."""

    order_id: str
    attempt_id: str
    channel: Channel
    pay_url: str
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDeclined:
    """The payment surely did not happen."""

    order_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCaptured:
    """The channel says that it has money; not reconciled."""

    order_id: str
    attempt_id: str
    channel: Channel
    currency: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReconciled:
    """The gate let the payment through."""

    order_id: str
    channel: Channel
    currency: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMismatched:
    """The gate held the payment."""

    order_id: str
    exception_id: str
    classified: Class
    due: int
    captured: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCancelled:
    """No money is held, and none will be taken."""

    order_id: str
    reason: str
    refunded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRefused:
    """The money is there."""

    order_id: str
    reason: str
    captured: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRefunded:
    """Money that the order sent back has gone."""

    refund_id: str
    order_id: str
    currency: str
    amount: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRefused:
    """A refund was not paid."""

    refund_id: str
    order_id: str
    reason: str
    refundable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcessRefunded:
    """Money that no order wanted has gone back."""

    order_id: str
    refund_id: str
    why: Why
    currency: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSettled:
    """Escrow was released."""

    settlement_id: str
    order_id: str
    parts: tuple[MerchantPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionOpened:
    """A difference needs a person."""

    exception_id: str
    order_id: str
    classified: Class
    currency: str
    expected: int
    found: int
    detail: str
