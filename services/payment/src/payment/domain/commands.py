"""What payment is told: by other services, by channels, by statements, by its own timers and calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from payment.domain.values import Channel, Fact, FactKind, MerchantPart, TenderAmount, TenderKind

Verdict = Literal["yes", "no"]


class OfOrder(Protocol):
    """A command that concerns one order."""

    @property
    def order_id(self) -> str:
        """The order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueTender:
    """Bring a tender into being."""

    tender_id: str
    customer_id: str
    kind: TenderKind
    currency: str
    amount: int
    valid_until: datetime | None = None
    reissue_whole_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpBalance:
    """Add stored value."""

    top_up_id: str
    customer_id: str
    currency: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LockTenders:
    """Lock tenders for an order, all or nothing."""

    order_id: str
    customer_id: str
    currency: str
    tenders: tuple[TenderAmount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseTenders:
    """Give tenders back; without tenders, all that is left."""

    order_id: str
    cause: str
    tenders: tuple[TenderAmount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPayment:
    """Ask the customer for money."""

    order_id: str
    customer_id: str
    channel: Channel
    currency: str
    amount: int
    deadline: datetime
    parts: tuple[MerchantPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelPayment:
    """Close the request, unless money is there."""

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
    """Release escrow."""

    settlement_id: str
    order_id: str
    parts: tuple[MerchantPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChannelFact:
    """A verified notice of a channel."""

    order_id: str
    attempt_id: str
    channel: Channel
    fact: FactKind
    reference: str
    currency: str
    amount: int
    occurred_at: datetime
    refund_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordStatementLine:
    """One line of a statement."""

    statement_id: str
    line_number: int
    order_id: str
    attempt_id: str
    channel: Channel
    kind: Literal["capture", "refund", "fee"]
    reference: str
    currency: str
    amount: int
    booked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAnswer:
    """The channel made the attempt, or refused it."""

    order_id: str
    attempt_id: str
    verdict: Verdict
    pay_url: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryAnswer:
    """The channel's own record of an attempt: all that it captured; ``doubted`` is the capture that was asked about."""

    order_id: str
    attempt_id: str
    question: int
    verdict: Verdict
    captures: tuple[Fact, ...] = ()
    doubted: Fact | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAnswer:
    """The channel closed the attempt, or found it paid."""

    order_id: str
    attempt_id: str
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAnswer:
    """The channel paid a refund, or refused it."""

    order_id: str
    refund_id: str
    verdict: Verdict
    reference: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MismatchTimer:
    """A mismatch has waited long enough."""

    order_id: str
