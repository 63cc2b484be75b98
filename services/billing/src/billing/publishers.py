"""Out: domain event to contract. The only place that names a version going out."""

from __future__ import annotations

from billing.domain import messages
from chassis.publisher import Publisher
from contracts import billing as contract

PUBLISH = Publisher(
    {
        messages.InvoiceIssued: contract.InvoiceIssuedV1,
        messages.InvoiceRefused: contract.InvoiceRefusedV1,
        messages.CreditNoteIssued: contract.CreditNoteIssuedV1,
        messages.CreditNoteRefused: contract.CreditNoteRefusedV1,
    }
)
