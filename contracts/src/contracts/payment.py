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
    refund_id: Annotated[Id | None, Field(description="of a refund, ours when the channel names it")] = None


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
