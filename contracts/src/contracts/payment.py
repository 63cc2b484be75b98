"""Messages that the payment service owns: commands it takes, events it publishes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.values import (
    Amount,
    ChannelName,
    Contract,
    Currency,
    Id,
    MerchantPart,
    Moment,
    OrderId,
    Reason,
    TenderAmount,
    TenderKind,
    Text,
)

FactKind = Literal["captured", "refunded", "closed", "failed"]
ReconciliationClass = Literal[
    "MATCHED",
    "MISSING_IN_CHANNEL",
    "MISSING_IN_BOOKS",
    "AMOUNT_DIFF",
    "CURRENCY_DIFF",
    "DUPLICATE_IN_CHANNEL",
    "DUPLICATE_IN_BOOKS",
    "STATUS_DIFF",
    "FEE_DIFF",
    "REFUND_DIFF",
    "DATE_SHIFT",
]
Cause = Annotated[str, Field(max_length=120, description="a second command with the same cause changes nothing")]


class IssueTenderV1(Contract):
    """Bring a coupon, a red packet or points into being; keyed by customer."""

    tender_id: Id
    customer_id: Id
    kind: TenderKind
    currency: Currency
    amount: Amount
    valid_until: Moment | None = None
    reissue_whole_only: Annotated[
        bool, Field(description="given back only when its whole eligible part is cancelled")
    ] = False


class TopUpBalanceV1(Contract):
    """Add stored value for a customer; keyed by customer."""

    top_up_id: Id
    customer_id: Id
    currency: Currency
    amount: Amount


class LockTendersV1(Contract):
    """Lock these tenders for an order, all or nothing."""

    order_id: OrderId
    customer_id: Id
    currency: Currency
    tenders: Annotated[tuple[TenderAmount, ...], Field(min_length=1)]


class ReleaseTendersV1(Contract):
    """Give tenders back, locked or consumed, wholly or in part; without tenders: all that is left."""

    order_id: OrderId
    cause: Cause
    tenders: tuple[TenderAmount, ...] = ()


class RequestPaymentV1(Contract):
    """Ask the customer for the amount by the channel, until the deadline.

    Locked tenders are consumed when it is captured.
    """

    order_id: OrderId
    customer_id: Id
    channel: ChannelName
    currency: Currency
    amount: Amount
    deadline: Moment
    parts: tuple[MerchantPart, ...]


class CancelPaymentV1(Contract):
    """Close the request: the channel is asked first, and money that is there wins."""

    order_id: OrderId
    reason: Reason


class RefundPaymentV1(Contract):
    """Pay channel money back by its original route; the same refund id is paid once."""

    refund_id: Id
    order_id: OrderId
    amount: Amount
    parts: tuple[MerchantPart, ...]
    reason: Reason


class SettleOrderV1(Contract):
    """Release these merchants' escrow: the goods were received."""

    settlement_id: Id
    order_id: OrderId
    parts: tuple[MerchantPart, ...]


class RecordChannelFactV1(Contract):
    """A verified word of a channel: what it did with which reference."""

    order_id: OrderId
    attempt_id: Id
    channel: ChannelName
    fact: FactKind
    reference: Annotated[str, Field(max_length=80, description="the channel's own trade or refund number")]
    currency: Currency
    amount: Amount
    occurred_at: Moment


class RecordStatementLineV1(Contract):
    """One line of a channel's statement, or of a carrier's cash remittance.

    Keyed by the order that its attempt id names.
    """

    statement_id: Id
    line_number: Annotated[int, Field(ge=1)]
    order_id: OrderId
    attempt_id: Id
    channel: ChannelName
    kind: Literal["capture", "refund", "fee"]
    reference: Annotated[str, Field(max_length=80)]
    currency: Currency
    amount: Amount
    booked_at: Moment


class TenderIssuedV1(Contract):
    """A tender can be spent; keyed by customer."""

    tender_id: Id
    customer_id: Id
    kind: TenderKind
    currency: Currency
    amount: Amount


class BalanceToppedUpV1(Contract):
    """A customer's stored value grew; keyed by customer."""

    top_up_id: Id
    customer_id: Id
    currency: Currency
    amount: Amount
    balance: Amount


class TendersLockedV1(Contract):
    """The tenders are locked for the order."""

    order_id: OrderId
    tenders: tuple[TenderAmount, ...]


class TendersRefusedV1(Contract):
    """No tender is locked: this one is unknown, spent, expired or another's."""

    order_id: OrderId
    reason: Reason
    tender_id: Id
    available: Amount


class TendersReleasedV1(Contract):
    """The tenders, or what was left of them, are the customer's again."""

    order_id: OrderId
    cause: str
    tenders: tuple[TenderAmount, ...]


class PaymentRequestedV1(Contract):
    """The customer can pay now; cash on delivery and bank transfer have no pay page."""

    order_id: OrderId
    attempt_id: Id
    channel: ChannelName
    pay_url: Annotated[str, Field(max_length=500)] = ""
    deadline: Moment


class PaymentDeclinedV1(Contract):
    """The payment surely did not happen and cannot be tried again by itself."""

    order_id: OrderId
    reason: Reason


class PaymentCapturedV1(Contract):
    """The channel says that it has taken money; it is not yet reconciled."""

    order_id: OrderId
    attempt_id: Id
    channel: ChannelName
    currency: Currency
    amount: Amount


class PaymentReconciledV1(Contract):
    """Order due, our own fold and the channel's record agree to the cent."""

    order_id: OrderId
    channel: ChannelName
    currency: Currency
    amount: Amount


class PaymentMismatchedV1(Contract):
    """The figures do not agree: an exception is open, and the order waits or is refunded."""

    order_id: OrderId
    exception_id: Id
    classified: ReconciliationClass
    due: Amount
    captured: Amount


class PaymentCancelledV1(Contract):
    """No money is held for the order any more, and none will be taken."""

    order_id: OrderId
    reason: Reason
    refunded: Amount


class CancelRefusedV1(Contract):
    """The request cannot be closed: the money is there."""

    order_id: OrderId
    reason: Reason
    captured: Amount


class PaymentRefundedV1(Contract):
    """Channel money went back."""

    refund_id: Id
    order_id: OrderId
    currency: Currency
    amount: Amount
    reason: Reason


class RefundRefusedV1(Contract):
    """A refund was not paid: it asks for more than is left."""

    refund_id: Id
    order_id: OrderId
    reason: Reason
    refundable: Amount


class ExcessRefundedV1(Contract):
    """Money that no order wanted went back: it came late, twice, or was too much."""

    order_id: OrderId
    refund_id: Id
    why: Literal["late", "double", "over", "under"]
    currency: Currency
    amount: Amount


class OrderSettledV1(Contract):
    """The merchants' escrow of these parts was released."""

    settlement_id: Id
    order_id: OrderId
    parts: tuple[MerchantPart, ...]


class ExceptionOpenedV1(Contract):
    """A reconciliation difference needs a person."""

    exception_id: Id
    order_id: OrderId
    classified: ReconciliationClass
    currency: Currency
    expected: Amount
    found: Amount
    detail: Text = ""
