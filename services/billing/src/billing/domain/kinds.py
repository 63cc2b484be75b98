"""What billing keeps: bills, number sequences, and the documents themselves."""

from __future__ import annotations

from dataclasses import dataclass

from billing.domain.credits import Bill, CreditNote
from billing.domain.invoices import Invoice
from billing.domain.numbers import Number, Sequence
from chassis.decision import Kind, RowKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A numbered document, blue or red; its total is not negative, its kind says the sign."""

    document_id: str
    kind: str  # invoice or credit_note
    number: Number
    order_id: str
    sub_order_id: str
    total: int
    content: Invoice | CreditNote


BILL = Kind(name="bill", of=Bill)
SEQUENCE = Kind(name="sequence", of=Sequence, shared=True)
DOCUMENT = RowKind(name="document", of=Document)
