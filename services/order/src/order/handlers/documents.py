"""What billing and payment tell about documents and settlements."""

from __future__ import annotations

from chassis.decision import Context, Decision, View, changed
from order.domain.facts import CreditNoteIssued, CreditNoteRefused, InvoiceIssued, InvoiceRefused
from order.domain.replies import OrderSettled
from order.handlers.checkout import told
from order.handlers.draft import Draft, open_order, unchanged


def invoice_issued(reply: InvoiceIssued, view: View, context: Context) -> Decision:
    """A sub-order has its invoice."""
    draft = open_order(order_id=reply.order_id, view=view, context=context, who="billing")
    part = draft.order.sub_order(sub_order_id=reply.sub_order_id)
    if part is None or part.invoice_number:
        return unchanged(draft=draft)
    parts = draft.order.parts_with(part=changed(part, invoice_number=reply.number))
    draft.note(f"part {part.number} invoiced", why=reply.number, sub_orders=parts)
    return told(draft, f"invoicing-{part.number}", "invoice_issued")


def invoice_refused(reply: InvoiceRefused, view: View, context: Context) -> Decision:
    """Billing refuses an invoice: it is asked again, and alarms when that does not help."""
    return _of_part(reply, "invoicing", "invoice_refused", view, context)


def credit_note_issued(reply: CreditNoteIssued, view: View, context: Context) -> Decision:
    """A sub-order that was closed has its credit note."""
    return _of_part(reply, "closing", "credit_note_issued", view, context)


def credit_note_refused(reply: CreditNoteRefused, view: View, context: Context) -> Decision:
    """Billing refuses a credit note: it is asked again, and alarms when that does not help."""
    return _of_part(reply, "closing", "credit_note_refused", view, context)


def order_settled(reply: OrderSettled, view: View, context: Context) -> Decision:
    """A merchant has its money."""
    draft = open_order(order_id=reply.order_id, view=view, context=context)
    return told(draft, f"settling-{_number(reply.settlement_id)}", "order_settled")


def _of_part(
    reply: InvoiceRefused | CreditNoteIssued | CreditNoteRefused, saga: str, word: str, view: View, context: Context
) -> Decision:
    draft: Draft = open_order(order_id=reply.order_id, view=view, context=context, who="billing")
    part = draft.order.sub_order(sub_order_id=reply.sub_order_id)
    if part is None or draft.step(f"{saga}-{part.number}") is None:
        return unchanged(draft=draft)
    why = reply.number if isinstance(reply, CreditNoteIssued) else reply.reason
    draft.note(f"part {part.number} {word}", why=why)
    return told(draft, f"{saga}-{part.number}", word)


def _number(settlement_id: str) -> str:
    return settlement_id.rpartition("-t")[2]
