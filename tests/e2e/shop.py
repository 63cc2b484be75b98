"""What is for sale in the tests' shop, and orders at its prices."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

from contracts.catalog import (
    FreightPublishedV1,
    FreightZone,
    MerchantPublishedV1,
    OfferPublishedV1,
    ProductPublishedV1,
    WarehousePublishedV1,
    WarehouseZone,
)
from contracts.customer import AccountChangedV1
from contracts.ids import order_id
from contracts.inventory import ReceiveStockV1
from contracts.order import Delivery, InvoiceChoice, PlaceOrderV1, RequestedLine, RequestedTender
from contracts.values import Contract, DeliveryMethod

PLENTY = 100_000
PRODUCTS: dict[str, dict[str, Any]] = {
    "tea": {"merchant_id": "own"},
    "milk": {"merchant_id": "own", "handling_class": "cold"},
    "lamp": {"merchant_id": "stand"},
    "oil": {"merchant_id": "own"},
    "vase": {"merchant_id": "own"},
    "rare": {"merchant_id": "own"},
    "code": {"merchant_id": "own", "virtual": True},
    "gone": {"merchant_id": "own", "on_sale": False},
}
# Of one unit: gross and promotion. Oil has ten percent of tax on top.
PRICES = {
    "tea": (1_000, 100),
    "milk": (301, 0),
    "lamp": (5_000, 1),
    "oil": (1_000, 0),
    "vase": (4_000, 0),
    "rare": (700, 0),
    "code": (2_000, 0),
    "gone": (100, 0),
}
STOCK = {
    ("tea", "north"): PLENTY,
    ("tea", "south"): PLENTY,
    ("milk", "north"): PLENTY,
    ("oil", "north"): PLENTY,
    ("lamp", "south"): PLENTY,
    ("vase", "north"): PLENTY,
    ("rare", "north"): 2,
}
FREIGHT, FREIGHT_UNITS = 500, 10
# The baskets of other tests are shipped by "standard", whose tariff is free.
METHOD: DeliveryMethod = "express"


def reference() -> Iterator[Contract]:
    """Yield the feeds."""
    yield MerchantPublishedV1(merchant_id="own", name="Own brand", sequence=1)
    yield MerchantPublishedV1(merchant_id="stand", name="Stand", marketplace=True, commission=50_000, sequence=1)
    yield from _wares()
    yield from _ways()
    for customer_id, active in (("ann", True), ("bob", True), ("asleep", False)):
        yield AccountChangedV1(customer_id=customer_id, active=active, region="r1", sequence=1)


def _wares() -> Iterator[Contract]:
    for sku, facts in PRODUCTS.items():
        base = {"sku": sku, "name": sku.title(), "handling_class": "ambient", "weight": 500, "sequence": 1}
        yield ProductPublishedV1.model_validate({**base, **facts})
        gross, promotion = PRICES[sku]
        yield OfferPublishedV1(
            offer_id=f"o-{sku}",
            sku=sku,
            currency="USD",
            gross=gross,
            promotion=promotion,
            tax_rate=100_000 if sku == "oil" else 0,
            tax_included=sku != "oil",
            sequence=1,
        )


def _ways() -> Iterator[Contract]:
    for warehouse_id, days, classes in (("north", 1, ("ambient", "cold")), ("south", 2, ("ambient",))):
        yield WarehousePublishedV1.model_validate(
            {
                "warehouse_id": warehouse_id,
                "name": warehouse_id.title(),
                "zones": tuple(
                    WarehouseZone(region=region, base=100 * days, per_kilogram=10, days=days)
                    for region in ("r1", "island")
                ),
                "classes": classes,
                "sequence": 1,
            }
        )
    zone = FreightZone(
        regions=("r1",), first=FREIGHT_UNITS, first_price=FREIGHT, step=FREIGHT_UNITS, step_price=FREIGHT
    )
    yield FreightPublishedV1(
        template_id="f1",
        method=METHOD,
        currency="USD",
        unit="quantity",
        zones=(zone,),
        remote=("island",),
        sequence=1,
    )


def stock() -> Iterator[Contract]:
    """Yield the receipts of all stock."""
    for (sku, warehouse_id), quantity in STOCK.items():
        yield ReceiveStockV1(
            receipt_id=f"first-{sku}-{warehouse_id}", sku=sku, warehouse_id=warehouse_id, quantity=quantity
        )


def order(*wanted: tuple[str, int], coupon: RequestedTender | None = None, **changes: Any) -> PlaceOrderV1:
    """Return an order of these skus and quantities with the right figures, but for what is changed."""
    wanted = wanted or (("tea", 2),)
    customer_id = changes.pop("customer_id", "ann")
    key = changes.pop("idempotency_key", f"key-{secrets.token_hex(8)}")
    nets = {sku: (PRICES[sku][0] - PRICES[sku][1]) * quantity for sku, quantity in wanted}
    pieces = sum(quantity for sku, quantity in wanted if sku != "code")
    freight = FREIGHT * -(-pieces // FREIGHT_UNITS)
    tax = nets.get("oil", 0) // 10
    tendered = coupon.amount if coupon else 0
    fields = {
        "order_id": order_id(customer_id=customer_id, idempotency_key=key),
        "customer_id": customer_id,
        "idempotency_key": key,
        "profile": "standard",
        "currency": "USD",
        "lines": tuple(
            RequestedLine(line_id=sku, sku=sku, offer_id=f"o-{sku}", quantity=quantity, net=nets[sku])
            for sku, quantity in wanted
        ),
        "delivery": Delivery(region="r1", method=METHOD, recipient="c2VhbGVk"),
        "channel": "card",
        "tenders": (coupon,) if coupon else (),
        "freight": freight,
        "tax": tax,
        "due": sum(nets.values()) + freight + tax - tendered,
        "invoice": InvoiceChoice(type="electronic"),
    }
    return PlaceOrderV1.model_validate({**fields, **changes})


def virtual_order(**changes: Any) -> PlaceOrderV1:
    """Return an order of a code that is sent by message."""
    delivery = Delivery(region="r1", method="none")
    return order(("code", 1), **{"profile": "virtual", "delivery": delivery, **changes})


def body_of(command: PlaceOrderV1) -> dict[str, Any]:
    """Return the body with which the same order is placed over HTTP."""
    body = command.model_dump(mode="json", exclude={"order_id", "idempotency_key"}, exclude_none=True)
    sealed = body["delivery"].pop("recipient", None)
    return {**body, "delivery": {**body["delivery"], **({"sealed_recipient": sealed} if sealed else {})}}
