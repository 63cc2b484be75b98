"""Which table each aggregate and row lies in. Their order here is the order of locks and writes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from billing.domain import numbers
from billing.domain.credits import Bill, CreditNote
from billing.domain.invoices import Invoice
from billing.domain.kinds import BILL, DOCUMENT, SEQUENCE, Document
from chassis.tables import DatabaseRow, RowTable, SharedTable, Table, Tables

CONTENT: TypeAdapter[Invoice | CreditNote] = TypeAdapter(Invoice | CreditNote)
"""Writes the content of a document as JSON."""


def _bill_row(bill: Bill) -> tuple[Any, ...]:
    invoice = bill.invoice
    return invoice.order_id, invoice.currency, invoice.total, bill.amount_left


def _red_within_blue(bill: Bill) -> bool:
    return 0 <= bill.amount_left <= bill.invoice.total


def _sequences(rows: Sequence[DatabaseRow]) -> Mapping[str, numbers.Sequence]:
    return {
        row["sequence_key"]: numbers.Sequence(
            issuer=row["issuer"], series=numbers.Series(row["series"]), year=row["year"], last=row["last"]
        )
        for row in rows
    }


def _drawn(before: numbers.Sequence | None, after: numbers.Sequence) -> Sequence[tuple[Any, ...]]:
    """Return how many numbers of the year were drawn."""
    if before == after:
        return ()
    had = before.last if before is not None and before.year == after.year else 0
    return ((after.key, after.issuer, after.series.value, after.year, after.last - had),)


def _begun(sequence: numbers.Sequence) -> bool:
    return sequence.last > 0


def _not_negative(documents: Sequence[Document]) -> bool:
    return all(document.total >= 0 for document in documents)


def _once(document: Document) -> tuple[Hashable, ...]:
    """Return its id, its number, and of an invoice what it is for."""
    invoice = (("invoice", document.sub_order_id),) if document.kind == "invoice" else ()
    return ("id", document.document_id), document.number, *invoice


def _document_row(document: Document) -> tuple[Any, ...]:
    number, content = document.number, document.content
    return (
        document.document_id,
        document.kind,
        number.issuer,
        number.series.value,
        number.year,
        number.serial,
        str(number),
        document.order_id,
        document.sub_order_id,
        content.currency,
        document.total,
        content.issued_at,
        CONTENT.dump_json(content).decode(),
    )


TABLES = Tables(
    SharedTable(SEQUENCE, load="lock_sequences", save="change_sequences", make=_sequences, change=_drawn, holds=_begun),
    Table(BILL, load="load_bills", save="save_bills", row=_bill_row, holds=_red_within_blue),
    RowTable(DOCUMENT, insert="insert_documents", row=_document_row, holds=_not_negative, uniques=_once),
)
