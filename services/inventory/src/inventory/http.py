"""The HTTP side of inventory: queries of stock, reservations and movements; goods of suppliers come in."""

import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from chassis.audit import audit_routes
from chassis.http import HttpPorts
from contracts.inventory import ReceiveStockV1
from contracts.values import Id
from inventory.audit import CHECKS, ORDERS

Limit = Annotated[int, Query(ge=1, le=5_000)]


class PlaceView(BaseModel):
    """The stock of a sku in one warehouse."""

    sku: str
    warehouse_id: str
    on_hand: int
    reserved: int
    safety: int
    written_off: int
    available: int


class CountersView(BaseModel):
    """The counters of a sku in one warehouse."""

    sku: str
    warehouse_id: str
    on_hand: int
    reserved: int
    safety: int
    written_off: int


class LowView(BaseModel):
    """A place where less can be taken than the threshold."""

    sku: str
    warehouse_id: str
    available: int
    threshold: int


class ReservationView(BaseModel):
    """The reservation of an order: its state, its end while it is held, its plan and the alternatives."""

    order_id: str
    state: str
    customer_id: str
    ends: datetime | None
    lines: list[dict[str, Any]]
    allocations: list[dict[str, Any]]
    cost: int
    alternatives: list[dict[str, Any]]
    reason: str
    short: list[dict[str, Any]]


class MovementView(BaseModel):
    """Units that moved for a cause."""

    cause: str
    kind: str
    sku: str
    warehouse_id: str
    quantity: int
    moved_at: datetime


class CheckView(BaseModel):
    """What the last check of the counters found."""

    checked_at: datetime
    drifts: list[dict[str, Any]]


class ReceiptBody(BaseModel):
    """Goods of a supplier."""

    receipt_id: Id
    warehouse_id: Id
    quantity: Annotated[int, Field(ge=1, le=10_000_000)]
    safety: Annotated[int | None, Field(ge=0)] = None


def routes(ports: HttpPorts) -> APIRouter:
    """Return the routes of the service."""
    router = APIRouter()
    _stock(router, ports)
    _orders(router, ports)
    router.include_router(audit_routes(ports=ports, checks=CHECKS, orders=ORDERS))
    return router


def _stock(router: APIRouter, ports: HttpPorts) -> None:
    @router.get("/stock")
    async def list_stock(after_sku: str = "", after_warehouse: str = "", limit: Limit = 1_000) -> list[CountersView]:
        """List the counters page by page, in the order of sku and warehouse."""
        rows = await ports.queries.fetch("list_stock", after_sku, after_warehouse, limit)
        return [CountersView.model_validate(row) for row in rows]

    @router.get("/stock/{sku}")
    async def show_stock(sku: str) -> list[PlaceView]:
        """Show the stock of a sku in each warehouse; a sku that nobody stocks has none."""
        rows = await ports.queries.fetch("show_stock", sku, ports.clock.now())
        return [PlaceView.model_validate(row) for row in rows]

    @router.post("/stock/{sku}/receipts")
    async def receive(sku: Id, body: ReceiptBody, request: Request) -> Response:
        """Put goods of a supplier on the shelf."""
        command = ReceiveStockV1(sku=sku, **body.model_dump())
        return await ports.commands.submit(request=request, customer=body.warehouse_id, command=command)

    @router.get("/low-stock")
    async def show_low_stock() -> list[LowView]:
        """Show where less can be taken than the product's threshold."""
        rows = await ports.queries.fetch("show_low_stock", ports.clock.now())
        return [LowView.model_validate(row) for row in rows]

    @router.get("/counters")
    async def show_counters() -> CheckView:
        """Show what the last check of the counters found."""
        row = await ports.queries.fetch_one("show_last_check")
        if row is None:
            raise HTTPException(404, "The counters were not checked yet.")
        return CheckView(checked_at=row["checked_at"], drifts=json.loads(row["drifts"]))


def _orders(router: APIRouter, ports: HttpPorts) -> None:
    @router.get("/orders/{order_id}/reservation")
    async def show_reservation(order_id: str) -> ReservationView:
        """Show what is held for an order."""
        row = await ports.queries.fetch_one("show_reservation", order_id)
        if row is None:
            raise HTTPException(404, f"Order {order_id} has no reservation.")
        return ReservationView.model_validate({**json.loads(row["document"]), **row})

    @router.get("/orders/{order_id}/movements")
    async def show_movements(order_id: str) -> list[MovementView]:
        """Show what moved for an order, in the order of time."""
        rows = await ports.queries.fetch("show_movements", order_id)
        return [MovementView.model_validate(row) for row in rows]
