"""The use cases of billing: an invoice is issued once per sub-order, and taken back by credit notes."""

from __future__ import annotations

from billing.domain.credits import Bill, CreditNote, asked_of, bill_of, credited, refusal
from billing.domain.invoices import Invoice, disproof, invoice_of
from billing.domain.kinds import BILL, DOCUMENT, SEQUENCE, Document
from billing.domain.messages import (
    CreditNoteIssued,
    CreditNoteRefused,
    InvoiceIssued,
    InvoiceRefused,
    IssueCreditNote,
    IssueInvoice,
)
from billing.domain.numbers import CREDIT_SERIES, INVOICE_SERIES, Number, Sequence, Series, sequence_key
from chassis.decision import Append, Context, Decision, Save, View


def issue_invoice(command: IssueInvoice, view: View, context: Context) -> Decision:
    """Issue the invoice of a sub-order; the same figures again are the same invoice, others are refused."""
    bill = view.get(BILL, command.sub_order_id)
    if bill is not None:
        if bill.command == command:
            return Decision(emits=(_issued(bill.invoice),), outcome="duplicate")
        return _refuse(command, "invoiced_with_other_figures", f"it is invoice {bill.invoice.number}")
    reason, detail = disproof(command=command)
    if reason:
        return _refuse(command, reason, detail)
    drawn, number = _draw(view, context, issuer=command.issuer, series=INVOICE_SERIES[command.invoice_type])
    invoice = invoice_of(command=command, number=number, at=context.now)
    bill = bill_of(command=command, invoice=invoice)
    return Decision(
        saves=(drawn, Save(BILL, command.sub_order_id, bill)),
        rows=(_document(invoice.invoice_id, "invoice", invoice),),
        emits=(_issued(invoice),),
        answer={"number": str(number)},
    )


def issue_credit_note(command: IssueCreditNote, view: View, context: Context) -> Decision:
    """Take back an invoice, or some of it; the same credit id again is the same note."""
    bill = view.get(BILL, command.sub_order_id)
    if bill is None:
        return _refuse_credit(command, "not_invoiced", 0)
    before = bill.credit(credit_id=command.credit_id)
    if before is not None:
        if before.command == command:
            return Decision(emits=(_credited(before.note),), outcome="duplicate")
        return _refuse_credit(command, "credit_id_has_other_figures", bill.amount_left)
    lines, freight = asked_of(bill=bill, command=command)
    reason = refusal(bill=bill, lines=lines, freight=freight)
    if reason:
        return _refuse_credit(command, reason, bill.amount_left)
    drawn, number = _draw(view, context, issuer=bill.command.issuer, series=credit_series(bill))
    left, note = credited(bill=bill, command=command, lines=lines, freight=freight, number=number, at=context.now)
    return Decision(
        saves=(drawn, Save(BILL, command.sub_order_id, left)),
        rows=(_document(note.credit_note_id, "credit_note", note),),
        emits=(_credited(note),),
        answer={"number": str(number)},
    )


def credit_series(bill: Bill) -> Series:
    """Return the series that the credit notes of a bill are numbered in."""
    return CREDIT_SERIES[bill.command.invoice_type]


def _draw(view: View, context: Context, *, issuer: str, series: Series) -> tuple[Save, Number]:
    key = sequence_key(issuer=issuer, series=series)
    sequence = view.get(SEQUENCE, key) or Sequence(issuer=issuer, series=series)
    drawn, number = sequence.draw(year=context.now.year)
    return Save(SEQUENCE, key, drawn), number


def _document(document_id: str, kind: str, content: Invoice | CreditNote) -> Append:
    document = Document(
        document_id=document_id,
        kind=kind,
        number=content.number,
        order_id=content.order_id,
        sub_order_id=content.sub_order_id,
        total=content.total,
        content=content,
    )
    return Append(DOCUMENT, document, f"{content.number.issuer}:{content.number}")


def _issued(invoice: Invoice) -> InvoiceIssued:
    return InvoiceIssued(
        order_id=invoice.order_id,
        sub_order_id=invoice.sub_order_id,
        invoice_id=invoice.invoice_id,
        number=str(invoice.number),
        currency=invoice.currency,
        total=invoice.total,
        issued_at=invoice.issued_at,
    )


def _credited(note: CreditNote) -> CreditNoteIssued:
    return CreditNoteIssued(
        credit_id=note.credit_id,
        order_id=note.order_id,
        sub_order_id=note.sub_order_id,
        credit_note_id=note.credit_note_id,
        number=str(note.number),
        invoice_number=note.invoice_number,
        currency=note.currency,
        total=note.total,
        issued_at=note.issued_at,
    )


def _refuse(command: IssueInvoice, reason: str, detail: str) -> Decision:
    refused = InvoiceRefused(
        order_id=command.order_id, sub_order_id=command.sub_order_id, reason=reason, detail=detail[:500]
    )
    return Decision(emits=(refused,), outcome="rejected", answer={"reason": reason, "detail": detail[:500]})


def _refuse_credit(command: IssueCreditNote, reason: str, left: int) -> Decision:
    refused = CreditNoteRefused(
        credit_id=command.credit_id,
        order_id=command.order_id,
        sub_order_id=command.sub_order_id,
        reason=reason,
        left=left,
    )
    return Decision(emits=(refused,), outcome="rejected", answer={"reason": reason, "left": left})
