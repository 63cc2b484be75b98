"""What inventory and payment tell."""

from __future__ import annotations

from dataclasses import dataclass

from order.domain.values import Allocation, ShortLine


@dataclass(frozen=True, slots=True, kw_only=True)
class TendersLocked:
    """The tenders are locked for the order."""

    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TendersRefused:
    """No tender is locked."""

    order_id: str
    reason: str
    tender_id: str
    available: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TendersReleased:
    """The tenders are the customer's again."""

    order_id: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReserved:
    """The stock is held."""

    order_id: str
    allocations: tuple[Allocation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRefused:
    """Nothing is held."""

    order_id: str
    reason: str
    lines: tuple[ShortLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReleased:
    """What was held is free again."""

    order_id: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StockCommitted:
    """The hold is permanent, and these allocations will be shipped."""

    order_id: str
    allocations: tuple[Allocation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitRefused:
    """At payment the goods were not there."""

    order_id: str
    reason: str
    lines: tuple[ShortLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldExtended:
    """The hold lasts longer, or could not be extended."""

    order_id: str
    extended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldExpired:
    """A hold ended unpaid."""

    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRestocked:
    """Graded goods were taken back."""

    order_id: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequested:
    """The customer can pay now."""

    order_id: str
    attempt_id: str
    pay_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDeclined:
    """The payment surely did not happen."""

    order_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCaptured:
    """The channel says that it has taken money."""

    order_id: str
    attempt_id: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReconciled:
    """Due, our fold and the record of the channel agree."""

    order_id: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMismatched:
    """The figures do not agree."""

    order_id: str
    exception_id: str
    classified: str
    due: int
    captured: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCancelled:
    """No money is held for the order, and none will be taken."""

    order_id: str
    reason: str
    refunded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRefused:
    """The request cannot be closed: the money is there."""

    order_id: str
    reason: str
    captured: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRefunded:
    """Channel money went back."""

    order_id: str
    refund_id: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRefused:
    """A refund was not paid."""

    order_id: str
    refund_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcessRefunded:
    """Money that no order wanted went back."""

    order_id: str
    refund_id: str
    why: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSettled:
    """Escrow was released."""

    order_id: str
    settlement_id: str
