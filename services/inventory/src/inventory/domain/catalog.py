"""What upstream systems say about goods and warehouses."""

from dataclasses import dataclass, replace
from enum import StrEnum


class StockMode(StrEnum):
    """When the stock of a sku is taken."""

    AT_ORDER = "at_order"
    AT_PAYMENT = "at_payment"


@dataclass(frozen=True, slots=True)
class Product:
    """A sku: whose it is, how it is stored, what a customer may take of it; weight in grams."""

    sku: str
    merchant_id: str
    handling_class: str
    weight: int
    stock_mode: StockMode = StockMode.AT_ORDER
    cap_per_order: int | None = None
    cap_per_customer: int | None = None
    low_stock: int = 0


@dataclass(frozen=True, slots=True)
class Zone:
    """What it costs to bring a parcel into a region, in minor units."""

    region: str
    base: int
    per_kilogram: int


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A warehouse: the regions it covers, the classes it stores, what a parcel costs there in minor units."""

    warehouse_id: str
    zones: tuple[Zone, ...]
    classes: tuple[str, ...]
    packaging: int = 0
    handling: int = 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """The warehouses that cover a region, each with its zone for it alone."""

    region: str
    warehouses: tuple[Warehouse, ...]


def coverage(*, region: str, warehouses: tuple[Warehouse, ...]) -> Coverage | None:
    """Return the coverage of a region by those of the warehouses that reach it, None when none does."""
    reaching = [(each, zone) for each in warehouses for zone in each.zones if zone.region == region]
    covering = [replace(warehouse, zones=(zone,)) for warehouse, zone in reaching]
    ordered = tuple(sorted(covering, key=lambda each: each.warehouse_id))
    return Coverage(region=region, warehouses=ordered) if ordered else None
