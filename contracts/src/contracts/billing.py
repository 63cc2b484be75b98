"""Messages that the billing service owns: commands it takes, events it publishes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from contracts.values import (
    Amount,
    Contract,
    Currency,
    Id,
    InvoiceType,
    LineId,
    Moment,
    OrderId,
    Quantity,
    RatePpm,
    Reason,
    Text,
)


class Buyer(Contract):
    """Who the document is for."""

    customer_id: Id
    title: Text = ""
    tax_id: Annotated[str, Field(max_length=30)] = ""


class BillableLine(Contract):
    """What is billed of a line: gross, the discounts on it, and the tax within or on top of the net."""

    line_id: LineId
    sku: Id
    name: Text
    quantity: Quantity
    gross: Amount
    discount: Amount
    net: Annotated[int, Field(ge=0, description="gross - discount, minor units; tax on top is not in it")]
    tax_rate: RatePpm
    tax: Amount
    tax_included: bool = True


class IssueInvoiceV1(Contract):
    """Invoice a sub-order, for captured money only; total is what was paid for it, freight included."""

    order_id: OrderId
    sub_order_id: Id
    issuer: Annotated[str, Field(max_length=80, description="the merchant in whose name it is issued")]
    invoice_type: InvoiceType
    buyer: Buyer
    currency: Currency
    lines: tuple[BillableLine, ...]
    freight: Amount
    total: Amount


class CreditedLine(Contract):
    """What is taken back of an invoice line."""

    line_id: LineId
    quantity: Quantity
    amount: Annotated[int, Field(ge=0, description="net and tax on top, minor units")]


class IssueCreditNoteV1(Contract):
    """Reverse an invoice, in full when no line and no freight is named."""

    credit_id: Id
    order_id: OrderId
    sub_order_id: Id
    reason: Reason
    lines: tuple[CreditedLine, ...] = ()
    freight: Amount = 0


class InvoiceIssuedV1(Contract):
    """An invoice has its number; it is never edited."""

    order_id: OrderId
    sub_order_id: Id
    invoice_id: Id
    number: Annotated[str, Field(description="gapless per issuer, type and year")]
    currency: Currency
    total: Amount
    issued_at: Moment


class InvoiceRefusedV1(Contract):
    """An invoice was not issued: its totals do not prove, or it was issued for other figures."""

    order_id: OrderId
    sub_order_id: Id
    reason: Reason
    detail: Text


class CreditNoteIssuedV1(Contract):
    """A credit note has its number."""

    credit_id: Id
    order_id: OrderId
    sub_order_id: Id
    credit_note_id: Id
    number: str
    invoice_number: str
    currency: Currency
    total: Amount
    issued_at: Moment


class CreditNoteRefusedV1(Contract):
    """A credit note was not issued: nothing is left to reverse, or more was asked for than is left."""

    credit_id: Id
    order_id: OrderId
    sub_order_id: Id
    reason: Reason
    left: Amount
