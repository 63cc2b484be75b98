"""What is sold, where it lies and who buys: put into the stores as the feeds would have done it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter

import inventory.consumers
import inventory.domain.catalog
import inventory.domain.kinds
import order.consumers
import order.domain.reference
from chassis.feeds import Feed
from chassis.routes import Ref
from chassis.store.memory import MemoryStore
from chassis.store.values import Stored
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
from contracts.registry import REGISTRY
from contracts.values import Contract

CURRENCY = "USD"
CUSTOMERS = tuple(f"household-{number}" for number in range(8))
REGION, FAR, ISLAND = "r1", "r2", "island"
FIRST_UNITS, FIRST_PRICE, STEP_UNITS, STEP_PRICE = 2, 600, 2, 100


@dataclass(frozen=True, slots=True)
class Ware:
    """A sku with its offer, and how many units lie where."""

    sku: str
    merchant: str
    gross: int
    promotion: int
    stock: Mapping[str, int]
    extra: Mapping[str, Any]


WARES = {
    ware.sku: ware
    for ware in (
        Ware("tea", "m1", 1000, 100, {"w1": 40, "w2": 20}, {}),
        Ware("milk", "m1", 301, 0, {"w1": 40}, {"handling_class": "cold"}),
        Ware("lamp", "m2", 5000, 1, {"w1": 5, "w2": 30}, {"weight": 2_500}),
        Ware("code", "m1", 2000, 0, {}, {"virtual": True, "weight": 0}),
        Ware("rare", "m2", 700, 0, {"w1": 3, "w2": 2}, {"low_stock": 2}),
        Ware("flash", "m1", 999, 99, {"w2": 4}, {"stock_mode": "at_payment"}),
        Ware("capped", "m1", 450, 0, {"w1": 12}, {"cap_per_customer": 3}),
        Ware("gift", "m1", 0, 0, {"w1": 50}, {}),
    )
}


def fill(*, stores: Mapping[str, MemoryStore]) -> None:
    """Put the reference data into the stores of those who read it."""
    for service, found in _filled().items():
        stores[service].aggregates.update(found)


@cache
def _filled() -> Mapping[str, Mapping[Ref, Stored]]:
    """Return the reference data as the services read it: it is the same for every history, and frozen."""
    stores = {"order": MemoryStore(), "inventory": MemoryStore()}
    for service, feeds in (("order", order.consumers.FEEDS), ("inventory", inventory.consumers.FEEDS)):
        for contract in everything_published():
            apply(store=stores[service], feeds=feeds, contract=contract)
    for region in (REGION, FAR, ISLAND):
        delivered = order.domain.reference.coverage(
            region=region, warehouses=_all(stores["order"], order.domain.reference.WAREHOUSE)
        )
        stocked = inventory.domain.catalog.coverage(
            region=region, warehouses=tuple(_all(stores["inventory"], inventory.domain.kinds.WAREHOUSE))
        )
        if delivered is not None and stocked is not None:
            stores["order"].aggregates[order.domain.reference.COVERAGE, region] = Stored(1, delivered)
            stores["inventory"].aggregates[inventory.domain.kinds.COVERAGE, region] = Stored(1, stocked)
    return {service: store.aggregates for service, store in stores.items()}


def freight(*, units: int, region: str) -> int:
    """Return what the delivery of so many units costs; into one region it is free."""
    if region == FAR:
        return 0
    steps = max(0, -(-(units - FIRST_UNITS) // STEP_UNITS))
    return FIRST_PRICE + steps * STEP_PRICE if units else 0


def apply(*, store: MemoryStore, feeds: Iterable[Feed], contract: Contract) -> None:
    """Keep a state of a thing as the feeds of a service keep it."""
    type_ = REGISTRY.of(type(contract))
    for feed in feeds:
        if feed.type == type_.name:
            key = feed.key(contract) if feed.key else str(getattr(contract, type_.key))
            value = feed.value(contract) if feed.value else contract.model_dump()
            aggregate = value if feed.value else TypeAdapter(feed.kind.of).validate_python(value)
            store.aggregates[feed.kind, key] = Stored(
                version=int(getattr(contract, "sequence", 0)), aggregate=aggregate
            )


def _all(store: MemoryStore, kind: Any) -> list[Any]:
    return [stored.aggregate for (found, _), stored in store.aggregates.items() if found is kind]


def everything_published() -> Iterable[Contract]:
    """Return what upstream systems have published before any order comes."""
    yield MerchantPublishedV1(merchant_id="m1", name="One", commission=50_000, sequence=1)
    yield MerchantPublishedV1(merchant_id="m2", name="Two", commission=30_000, marketplace=True, sequence=1)
    for ware in WARES.values():
        base = {"sku": ware.sku, "name": ware.sku, "merchant_id": ware.merchant, "handling_class": "ambient"}
        yield ProductPublishedV1.model_validate({**base, "weight": 500, "sequence": 1, **ware.extra})
        yield OfferPublishedV1(
            offer_id=f"o-{ware.sku}",
            sku=ware.sku,
            currency=CURRENCY,
            gross=ware.gross,
            promotion=ware.promotion,
            sequence=1,
        )
    yield from _logistics()
    for customer in CUSTOMERS:
        yield AccountChangedV1(customer_id=customer, active=True, region=REGION, sequence=1)
    yield AccountChangedV1(customer_id="asleep", active=False, region=REGION, sequence=1)


def _logistics() -> Iterable[Contract]:
    for warehouse, base, classes in (("w1", 300, ("ambient", "cold")), ("w2", 350, ("ambient",))):
        zones = tuple(
            WarehouseZone(region=region, base=base + extra, per_kilogram=40, days=1)
            for region, extra in ((REGION, 0), (FAR, 100))
        )
        yield WarehousePublishedV1.model_validate(
            {"warehouse_id": warehouse, "name": warehouse, "zones": zones, "classes": classes, "sequence": 1}
        )
    near, far = (
        FreightZone(regions=(region,), first=FIRST_UNITS, first_price=price, step=STEP_UNITS, step_price=step)
        for region, price, step in ((REGION, FIRST_PRICE, STEP_PRICE), (FAR, 0, 0))
    )
    yield FreightPublishedV1(
        template_id="t1",
        method="standard",
        currency=CURRENCY,
        unit="quantity",
        policy="spread",
        zones=(near, far),
        remote=(ISLAND,),
        sequence=1,
    )
