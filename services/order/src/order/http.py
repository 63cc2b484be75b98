"""The HTTP side of the order service: orders are placed, cancelled, confirmed and looked at; keys of customers."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from chassis.audit import audit_routes
from chassis.http import HttpPorts
from chassis.problems import problem
from contracts.order import CancelOrderV1, ConfirmReceiptV1
from contracts.values import OrderId
from order.audit.books import CHECKS, ORDERS
from order.audit.exceptions import exception_routes
from order.bodies import CancelBody, ConfirmBody, PlaceBody
from order.domain.order import Entry
from order.domain.timeline import broken_at
from order.sealing import CustomerErased, Vault, sealed
from order.views import ORDER_DOCUMENT, TERMS_DOCUMENT, EntryView, OrderView, Page, Timeline, order_view, summary

NEWEST = (datetime.max.replace(tzinfo=UTC), "")
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=80, pattern=r"^[\x20-\x7e]+$")]


class KeyView(BaseModel):
    """The key of a customer, in base64."""

    customer_id: str
    key: str


def routes(ports: HttpPorts) -> APIRouter:
    """Return the routes of the service."""
    router = APIRouter()
    vault = Vault(queries=ports.queries, clock=ports.clock)
    _writes(router, ports, vault)
    _queries(router, ports)
    _keys(router, vault)
    router.include_router(audit_routes(ports=ports, checks=CHECKS, orders=ORDERS))
    router.include_router(exception_routes(ports=ports))
    return router


def _writes(router: APIRouter, ports: HttpPorts, vault: Vault) -> None:
    @router.post("/orders")
    async def place(body: PlaceBody, request: Request, idempotency_key: Key) -> Response:
        """Place an order; the recipient is sealed before anything leaves this process."""
        recipient = None
        if body.delivery.recipient is not None:
            try:
                key = await vault.make(customer_id=body.customer_id)
            except CustomerErased:
                return problem(410, "customer_erased", f"customer_id {body.customer_id} was erased.")
            recipient = sealed(clear=body.delivery.recipient.clear, key=key, context=idempotency_key)
        command = body.command(key=idempotency_key, recipient=recipient)
        return await ports.commands.submit(request=request, customer=body.customer_id, command=command, status=201)

    @router.post("/orders/{order_id}/cancel")
    async def cancel(order_id: OrderId, body: CancelBody, request: Request) -> Response:
        """Cancel an order or a part of it; the answer says that it has begun, or why it cannot."""
        command = CancelOrderV1(order_id=order_id, **body.model_dump())
        return await ports.commands.submit(request=request, customer=body.by, command=command)

    @router.post("/orders/{order_id}/confirm-receipt")
    async def confirm_receipt(order_id: OrderId, body: ConfirmBody, request: Request) -> Response:
        """Confirm that the goods are there."""
        command = ConfirmReceiptV1(order_id=order_id, sub_order_id=body.sub_order_id)
        return await ports.commands.submit(request=request, customer="customer", command=command)


def _queries(router: APIRouter, ports: HttpPorts) -> None:
    @router.get("/orders/{order_id}")
    async def show(order_id: str) -> OrderView:
        """Show an order with what may be done with it now."""
        row = await ports.queries.fetch_one("show_order", order_id)
        if row is None:
            raise HTTPException(404, f"Order {order_id} does not exist.")
        terms = TERMS_DOCUMENT.validate_json(row["terms"]) if row["terms"] else None
        return order_view(order=ORDER_DOCUMENT.validate_json(row["document"]), terms=terms)

    @router.get("/orders/{order_id}/timeline")
    async def show_timeline(order_id: str) -> Timeline:
        """Show what happened to an order, and whether its history is whole."""
        rows = await ports.queries.fetch("show_timeline", order_id)
        if not rows:
            raise HTTPException(404, f"Order {order_id} does not exist.")
        entries = [Entry(**row) for row in rows]
        views = [EntryView.model_validate(row) for row in rows]
        return Timeline(entries=views, broken_at=broken_at(entries=entries))

    @router.get("/customers/{customer_id}/orders")
    async def list_orders(
        customer_id: str, cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=100)] = 20
    ) -> Page:
        """List a customer's orders, newest first."""
        placed_at, order_id = _place(cursor)
        rows = await ports.queries.fetch("list_orders", customer_id, placed_at, order_id, limit + 1)
        shown = rows[:limit]
        more = _cursor(shown[-1]["placed_at"], shown[-1]["order_id"]) if len(rows) > limit else None
        orders = [summary(order=ORDER_DOCUMENT.validate_json(row["document"])) for row in shown]
        return Page(orders=orders, next=more)


def _keys(router: APIRouter, vault: Vault) -> None:
    @router.put("/customers/{customer_id}/key")
    async def make_key(customer_id: str) -> KeyView:
        """Give a customer a key, for publishers that seal by themselves; the same one when there is one."""
        try:
            return _shown(customer_id, await vault.make(customer_id=customer_id))
        except CustomerErased:
            raise HTTPException(410, f"Customer {customer_id} was erased.") from None

    @router.get("/customers/{customer_id}/key")
    async def show_key(customer_id: str) -> KeyView:
        """Serve the key of a customer to who may read it."""
        try:
            key = await vault.read(customer_id=customer_id)
        except CustomerErased:
            raise HTTPException(410, f"Customer {customer_id} was erased.") from None
        if key is None:
            raise HTTPException(404, f"Customer {customer_id} has no key.")
        return _shown(customer_id, key)

    @router.delete("/customers/{customer_id}/key", status_code=204)
    async def erase_key(customer_id: str) -> None:
        """Erase a customer: what was sealed can never be opened again."""
        await vault.erase(customer_id=customer_id)


def _shown(customer_id: str, key: bytes) -> KeyView:
    return KeyView(customer_id=customer_id, key=base64.b64encode(key).decode())


def _cursor(placed_at: datetime, order_id: str) -> str:
    return base64.urlsafe_b64encode(f"{placed_at.isoformat()} {order_id}".encode()).decode()


def _place(cursor: str | None) -> tuple[datetime, str]:
    if cursor is None:
        return NEWEST
    try:
        moment, _, order_id = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        placed_at = datetime.fromisoformat(moment)
    except ValueError:
        raise HTTPException(422, "cursor: take it from `next` of the page before") from None
    if placed_at.tzinfo is None:
        raise HTTPException(422, "cursor: take it from `next` of the page before")
    return placed_at, order_id
