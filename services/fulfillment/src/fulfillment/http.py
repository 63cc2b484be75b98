"""The HTTP side of fulfillment: queries of shipments and waves, packing lists and waybills."""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from chassis.audit import audit_routes
from chassis.http import HttpPorts
from fulfillment.audit import CHECKS, ORDERS
from fulfillment.domain.recipient import KeysUnavailable, RecipientErased, RecipientUnreadable

Open = Callable[[str, str], Awaitable[Mapping[str, Any]]]
"""Opens what was sealed for a customer."""


class ShipmentView(BaseModel):
    """A shipment: where it is, what is in it, and every word of its carrier."""

    shipment_id: str
    sub_order_id: str
    order_id: str
    merchant_id: str
    warehouse_id: str
    handling_class: str
    state: str
    created_at: datetime
    wave_id: str | None
    lines: list[dict[str, Any]]
    parcels: list[dict[str, Any]]
    carrier: str
    waybill: str
    collect: int
    dispatched_at: datetime | None
    tracking: list[dict[str, Any]]
    returns: list[list[dict[str, Any]]]


class WaveView(BaseModel):
    """A wave, in the order of picking."""

    wave_id: str
    warehouse_id: str
    shipment_ids: list[str]
    closed_at: datetime


class PackingList(BaseModel):
    """What goes into the parcels of a shipment."""

    shipment_id: str
    warehouse_id: str
    merchant_id: str
    handling_class: str
    wave_id: str | None
    lines: list[dict[str, Any]]


def routes(ports: HttpPorts, *, open_: Open | None) -> APIRouter:
    """Return the routes of the service; without `open_` no waybill can be printed."""
    router = APIRouter()
    _queries(router, ports)
    _documents(router, ports, open_)
    router.include_router(audit_routes(ports=ports, checks=CHECKS, orders=ORDERS))
    return router


def _queries(router: APIRouter, ports: HttpPorts) -> None:
    @router.get("/orders/{order_id}/shipments")
    async def show_shipments(order_id: str) -> list[ShipmentView]:
        """Show the shipments of an order."""
        rows = await ports.queries.fetch("show_shipments", order_id)
        return [ShipmentView.model_validate_json(row["document"]) for row in rows]

    @router.get("/shipments/{shipment_id}")
    async def show_shipment(shipment_id: str) -> ShipmentView:
        """Show a shipment with its tracking."""
        shipment, _ = await _found(ports, shipment_id)
        return ShipmentView.model_validate(shipment)

    @router.get("/warehouses/{warehouse_id}/shipments")
    async def show_open_shipments(warehouse_id: str) -> list[ShipmentView]:
        """Show what a warehouse has to do, the oldest first."""
        rows = await ports.queries.fetch("show_open_shipments", warehouse_id)
        return [ShipmentView.model_validate_json(row["document"]) for row in rows]

    @router.get("/warehouses/{warehouse_id}/waves")
    async def show_waves(warehouse_id: str) -> list[WaveView]:
        """Show the latest waves of a warehouse."""
        rows = await ports.queries.fetch("show_waves", warehouse_id)
        return [WaveView.model_validate({**row, "shipment_ids": json.loads(row["shipment_ids"])}) for row in rows]


def _documents(router: APIRouter, ports: HttpPorts, open_: Open | None) -> None:
    @router.get("/shipments/{shipment_id}/packing-list")
    async def print_packing_list(shipment_id: str) -> PackingList:
        """Print what has to be packed."""
        shipment, _ = await _found(ports, shipment_id)
        return PackingList.model_validate(shipment)

    @router.get("/shipments/{shipment_id}/waybill")
    async def print_waybill(shipment_id: str) -> Response:
        """Print what the carrier needs: the parcels, the cash to collect, and the recipient in clear."""
        shipment, assignment = await _found(ports, shipment_id)
        if not shipment["waybill"]:
            raise HTTPException(409, f"Shipment {shipment_id} was not handed to a carrier: it has no waybill.")
        waybill = {
            **{name: shipment[name] for name in ("shipment_id", "waybill", "carrier", "collect", "warehouse_id")},
            **{name: assignment[name] for name in ("region", "method", "slot", "currency")},
            "parcels": [{"parcel_id": each["parcel_id"], "weight": each["weight"]} for each in shipment["parcels"]],
            "recipient": await _recipient(assignment, open_),
        }
        return JSONResponse(waybill, headers={"Cache-Control": "no-store"})


async def _found(ports: HttpPorts, shipment_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    row = await ports.queries.fetch_one("show_shipment", shipment_id)
    if row is None:
        raise HTTPException(404, f"There is no shipment {shipment_id}.")
    return json.loads(row["shipment"]), json.loads(row["assignment"])


async def _recipient(assignment: Mapping[str, Any], open_: Open | None) -> Mapping[str, Any] | None:
    sealed = assignment["recipient"]
    if sealed is None:
        return None
    if open_ is None:
        raise HTTPException(503, "This process does not know where the keys of customers are: FULFILLMENT_ORDER_URL.")
    try:
        return await open_(assignment["customer_id"], sealed)
    except RecipientErased:
        raise HTTPException(410, "The customer was erased.") from None
    except KeysUnavailable as error:
        raise HTTPException(503, f"The keys of customers cannot be read now: {error}.") from error
    except RecipientUnreadable as error:
        raise HTTPException(500, f"The recipient cannot be read: {error}.") from error
