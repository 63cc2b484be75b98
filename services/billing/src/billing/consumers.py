"""In: which message goes to which use case, and what is loaded and locked before it."""

from __future__ import annotations

from collections.abc import Iterable

from billing.domain.kinds import BILL, SEQUENCE
from billing.domain.messages import CreditNoteRefused, InvoiceRefused, IssueCreditNote, IssueInvoice
from billing.domain.numbers import INVOICE_SERIES, sequence_key
from billing.handlers import credit_series, issue_credit_note, issue_invoice
from chassis.decision import View
from chassis.routes import Ref, Route, Routes


def _bill(command: IssueInvoice | IssueCreditNote) -> Iterable[Ref]:
    return ((BILL, command.sub_order_id),)


def _blue_sequence(command: IssueInvoice, view: View) -> Iterable[Ref]:
    if view.get(BILL, command.sub_order_id) is None:
        yield SEQUENCE, sequence_key(issuer=command.issuer, series=INVOICE_SERIES[command.invoice_type])


def _red_sequence(command: IssueCreditNote, view: View) -> Iterable[Ref]:
    bill = view.get(BILL, command.sub_order_id)
    if bill is not None:
        yield SEQUENCE, sequence_key(issuer=bill.command.issuer, series=credit_series(bill))


def _dead(command: IssueInvoice, reason: str) -> InvoiceRefused:
    return InvoiceRefused(
        order_id=command.order_id, sub_order_id=command.sub_order_id, reason="dead_letter", detail=reason[:500]
    )


def _dead_credit(command: IssueCreditNote, _error: str) -> CreditNoteRefused:
    return CreditNoteRefused(
        credit_id=command.credit_id,
        order_id=command.order_id,
        sub_order_id=command.sub_order_id,
        reason="dead_letter",
        left=0,
    )


ROUTES = Routes(
    Route("billing.issue-invoice.v1", IssueInvoice, issue_invoice, _bill, _blue_sequence, _dead),
    Route("billing.issue-credit-note.v1", IssueCreditNote, issue_credit_note, _bill, _red_sequence, _dead_credit),
)
