"""What billing is told, and what it tells others. Field names are those of the contracts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class InvoiceType(StrEnum):
    """The tax document that the buyer wants; none is recorded and numbered, but not handed out."""

    NONE = "none"
    ELECTRONIC = "electronic"
    GENERAL_VAT = "general_vat"
    SPECIAL_VAT = "special_vat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who the document is for."""

    customer_id: str
    title: str = ""
    tax_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillableLine:
    """What is billed of a line; the rate is in parts per million."""

    line_id: str
    sku: str
    name: str
    quantity: int
    gross: int
    discount: int
    net: int
    tax_rate: int
    tax: int
    tax_included: bool = True

    @property
    def amount(self) -> int:
        """What the buyer paid for the line: tax on top is within, tax included is so already."""
        return self.net if self.tax_included else self.net + self.tax


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueInvoice:
    """Invoice a sub-order."""

    order_id: str
    sub_order_id: str
    issuer: str
    invoice_type: InvoiceType
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
    """Reverse an invoice: the lines and the freight that are named, or all that is left."""

    credit_id: str
    order_id: str
    sub_order_id: str
    reason: str
    lines: tuple[CreditedLine, ...] = ()
    freight: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceIssued:
    """An invoice has its number."""

    order_id: str
    sub_order_id: str
    invoice_id: str
    number: str
    currency: str
    total: int
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRefused:
    """An invoice was not issued."""

    order_id: str
    sub_order_id: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteIssued:
    """A credit note has its number."""

    credit_id: str
    order_id: str
    sub_order_id: str
    credit_note_id: str
    number: str
    invoice_number: str
    currency: str
    total: int
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteRefused:
    """A credit note was not issued."""

    credit_id: str
    order_id: str
    sub_order_id: str
    reason: str
    left: int
