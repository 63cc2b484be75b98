"""Messages that the order service owns: commands it takes, events it publishes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.values import (
    Amount,
    ChannelName,
    Contract,
    Count,
    Currency,
    DeliveryMethod,
    Id,
    InvoiceType,
    LineId,
    LineUnits,
    Moment,
    OrderId,
    OrderLine,
    Profile,
    Quantity,
    Reason,
    Region,
    Sealed,
    Slot,
    SubOrder,
    TenderAmount,
    TenderKind,
    Text,
)

CancelledBy = Literal["customer", "merchant", "operator", "system"]


class RequestedLine(Contract):
    """A line as the customer saw it: the offer it was priced by, and the net amount that was shown."""

    line_id: LineId
    sku: Id
    offer_id: Id
    quantity: Quantity
    net: Amount


class RequestedTender(Contract):
    """A tender to be spent; a coupon names the lines it is good for, an empty list means all."""

    tender_id: Id
    kind: TenderKind
    amount: Amount
    eligible_lines: tuple[LineId, ...] = ()


class Delivery(Contract):
    """Where and how the goods shall go; the address itself is sealed."""

    region: Region
    method: DeliveryMethod
    slot: Slot | None = None
    recipient: Sealed | None = None


class InvoiceChoice(Contract):
    """Which tax document the customer wants; special_vat needs a tax id."""

    type: InvoiceType = "none"
    title: Text = ""
    tax_id: Annotated[str, Field(max_length=30, description="the buyer's tax registration")] = ""


class PlaceOrderV1(Contract):
    """Place an order; the figures are those that the customer was shown, and a mismatch rejects with the right ones."""

    order_id: OrderId
    customer_id: Id
    idempotency_key: Id
    profile: Profile
    currency: Currency
    lines: Annotated[tuple[RequestedLine, ...], Field(min_length=1, max_length=200, description="1 to 200 lines")]
    delivery: Delivery
    channel: ChannelName
    tenders: Annotated[tuple[RequestedTender, ...], Field(max_length=200)] = ()
    freight: Amount
    tax: Annotated[int, Field(ge=0, description="tax on top of the prices, minor units")] = 0
    due: Annotated[int, Field(ge=0, le=10**15, description="what is left to pay by the channel, minor units")]
    invoice: InvoiceChoice = InvoiceChoice()


class CancelOrderV1(Contract):
    """Cancel an order, or only some units of it, or whole sub-orders."""

    order_id: OrderId
    by: CancelledBy
    reason: Reason
    lines: tuple[LineUnits, ...] = ()
    sub_order_ids: tuple[Id, ...] = ()


class ConfirmReceiptV1(Contract):
    """The customer has the goods, of the whole order or of one sub-order."""

    order_id: OrderId
    sub_order_id: Id | None = None


class OperateSagaV1(Contract):
    """An operator's verb on a saga step: try again, skip it with a reason, or force the saga to its end.

    With the step that the operator has seen ("undo" before it when the saga went backward), it is refused when the
    saga has gone on meanwhile.
    """

    order_id: OrderId
    saga: Id
    verb: Literal["retry", "skip", "force"]
    operator: Id
    reason: Text
    step: Text | None = None


class OrderPlacedV1(Contract):
    """An order was accepted: from here it waits for its payment."""

    order_id: OrderId
    customer_id: Id
    profile: Profile
    currency: Currency
    channel: ChannelName
    region: Region
    lines: tuple[OrderLine, ...]
    tenders: tuple[TenderAmount, ...]
    freight: Amount
    tax: Amount
    due: Amount
    pay_deadline: Moment | None = None
    placed_at: Moment


class RejectedLine(Contract):
    """Why a line cannot be ordered, what is available, and what it costs now."""

    line_id: LineId
    reason: Reason
    field: Annotated[str, Field(description="the field of the command that is wrong")] = ""
    available: Count | None = None
    net_now: Amount | None = None


class OrderRejectedV1(Contract):
    """An order was not accepted; with these figures it can be amended and placed again in one step."""

    order_id: OrderId
    customer_id: Id
    reason: Reason
    detail: Text
    lines: tuple[RejectedLine, ...] = ()
    freight_now: Amount | None = None
    due_now: Amount | None = None


class OrderConfirmedV1(Contract):
    """The money is proven and the order is split: each merchant sees its sub-orders."""

    order_id: OrderId
    customer_id: Id
    currency: Currency
    sub_orders: tuple[SubOrder, ...]
    confirmed_at: Moment


class LinesCancelledV1(Contract):
    """Some units of an order were cancelled and paid back."""

    order_id: OrderId
    lines: tuple[LineUnits, ...]
    refunded: Amount
    tenders: tuple[TenderAmount, ...] = ()


class CancellationRefusedV1(Contract):
    """An order, or the named sub-orders, cannot be cancelled now; the advice says what can be done instead."""

    order_id: OrderId
    reason: Reason
    advice: Text
    sub_order_ids: tuple[Id, ...] = ()


class OrderCancelledV1(Contract):
    """An order ended before its goods went out, and everything held or paid was given back."""

    order_id: OrderId
    customer_id: Id
    reason: Reason
    refunded: Amount
    tenders: tuple[TenderAmount, ...] = ()
    cancelled_at: Moment


class OrderClosedV1(Contract):
    """An order ended after its goods went out: refused, lost, withdrawn or returned, and paid back."""

    order_id: OrderId
    customer_id: Id
    reason: Reason
    refunded: Amount
    tenders: tuple[TenderAmount, ...] = ()
    closed_at: Moment


class OrderCompletedV1(Contract):
    """An order was received and its service window has ended, or the customer confirmed it."""

    order_id: OrderId
    customer_id: Id
    by: Literal["customer", "window", "delivery"]
    completed_at: Moment


class OrderExpiredV1(Contract):
    """An order is older than two years and was archived."""

    order_id: OrderId
    expired_at: Moment
