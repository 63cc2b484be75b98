"""The HTTP side of billing: documents, what an order was billed, and the auditor's questions."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel

from billing.audit import CHECKS, ORDERS
from chassis.audit import audit_routes
from chassis.http import HttpPorts


class DocumentView(BaseModel):
    """An invoice or a credit note as it was issued; the total of a credit note is what it takes back."""

    document_id: str
    kind: str
    issuer: str
    number: str
    sub_order_id: str
    currency: str
    total: int
    issued_at: datetime


class BilledView(BaseModel):
    """What an order was invoiced and credited; net is what was paid less what was refunded."""

    currency: str
    invoiced: int
    credited: int
    net: int


class GapView(BaseModel):
    """A series whose numbers do not run from one to the last one drawn."""

    issuer: str
    series: str
    year: int
    documents: int
    highest: int


def routes(ports: HttpPorts) -> APIRouter:
    """Return the routes of the service."""
    router = APIRouter()

    @router.get("/orders/{order_id}/invoices")
    async def list_documents(order_id: str) -> list[DocumentView]:
        """List the invoices and credit notes of an order; one that was not billed has none."""
        rows = await ports.queries.fetch("list_documents", order_id)
        return [DocumentView.model_validate(row) for row in rows]

    @router.get("/orders/{order_id}/billed")
    async def show_billed(order_id: str) -> list[BilledView]:
        """Show what an order was billed, by currency."""
        rows = await ports.queries.fetch("billed_of_order", order_id)
        return [BilledView.model_validate({**row, "net": row["invoiced"] - row["credited"]}) for row in rows]

    @router.get("/invoices/{document_id}")
    async def show_document(document_id: str) -> dict[str, Any]:
        """Show one invoice or credit note in full."""
        row = await ports.queries.fetch_one("show_document", document_id)
        if row is None:
            raise HTTPException(404, f"There is no invoice or credit note {document_id}.")
        return {**json.loads(row["document"]), **{name: row[name] for name in ("document_id", "kind", "number")}}

    @router.get("/gaps")
    async def find_gaps() -> list[GapView]:
        """List series with a gap: there are none, or a document was lost."""
        return [GapView.model_validate(row) for row in await ports.queries.fetch("find_gaps")]

    router.include_router(audit_routes(ports=ports, checks=CHECKS, orders=ORDERS))
    return router
