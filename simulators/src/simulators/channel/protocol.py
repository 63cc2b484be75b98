"""What the provider and its clients say to each other, as JSON over HTTP; money in minor units.

    POST /payments                       PaymentRequest -> PaymentRecord     the same attempt again: the same answer
    GET  /payments/{attempt_id}                         -> PaymentRecord
    POST /payments/{attempt_id}/close                   -> PaymentRecord     409 with the record when it was paid
    POST /refunds                        RefundRequest  -> RefundRecord      the same refund again: the same answer
    GET  /refunds/{refund_id}                           -> RefundRecord
    GET  /statements/{date}              ?format=json|csv -> Statement
    POST <notify_url>                    Notice                              from the provider, until it is answered 2xx

Every request and notice is signed (`signatures`). A mistake is answered with an `error` and what is wrong: 400 for the
form, 401 for the signature, 404 for an unknown id, 409 for a known id with another body or a state that forbids it, 422
for a refund of more than is left.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.values import Amount, ChannelName, Currency, Id, Moment

PaymentState = Literal["open", "paid", "closed"]
LineKind = Literal["capture", "refund"]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class PaymentRequest(_Body):
    """Open a payment page for so much, and tell this address what happens."""

    attempt_id: Id
    order_id: Id
    channel: ChannelName
    currency: Currency
    amount: Annotated[Amount, Field(gt=0)]
    notify_url: Annotated[str, Field(pattern="^https?://", max_length=500)]


class Capture(_Body):
    """Money that was taken."""

    reference: Id
    amount: Amount
    booked_at: Moment


class RefundRecord(_Body):
    """Money that was given back."""

    refund_id: Id
    attempt_id: Id
    reference: Id
    currency: Currency
    amount: Amount
    state: Literal["refunded"] = "refunded"
    booked_at: Moment


class PaymentRecord(_Body):
    """All that the provider knows of a payment; `captured` and `refunded` are the sums."""

    attempt_id: Id
    order_id: Id
    channel: ChannelName
    reference: Id
    state: PaymentState
    currency: Currency
    amount: Amount
    pay_url: str
    captured: Amount
    refunded: Amount
    captures: tuple[Capture, ...] = ()
    refunds: tuple[RefundRecord, ...] = ()


class RefundRequest(_Body):
    """Give back so much of a payment."""

    refund_id: Id
    attempt_id: Id
    currency: Currency
    amount: Annotated[Amount, Field(gt=0)]


class Notice(_Body):
    """The provider's word: money was taken or given back."""

    notice_id: Id
    attempt_id: Id
    order_id: Id
    channel: ChannelName
    kind: Literal["captured", "refunded"]
    reference: Id
    currency: Currency
    amount: Amount
    occurred_at: Moment
    refund_id: Id | None = None


class StatementLine(_Body):
    """One booking of a day."""

    line_number: int
    order_id: Id
    attempt_id: Id
    channel: ChannelName
    kind: LineKind
    reference: Id
    currency: Currency
    amount: Amount
    booked_at: Moment


class Statement(_Body):
    """All bookings of a day, in the order of time."""

    statement_id: Id
    date: str
    lines: tuple[StatementLine, ...]
