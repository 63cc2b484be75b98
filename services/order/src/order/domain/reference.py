"""Reference data of upstream systems, as far as checkout needs it: who sells what to whom at which price."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chassis.decision import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A sku, whose it is and how it is stored."""

    sku: str
    name: str
    spec: str = ""
    merchant_id: str
    handling_class: str
    weight: int
    virtual: bool = False
    on_sale: bool = True
    cap_per_order: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """A merchant, its commission in parts per million, and whether it sells on the marketplace."""

    merchant_id: str
    name: str
    marketplace: bool = False
    commission: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The price truth: gross and promotion of ``base_quantity`` units; a line takes a whole multiple of them."""

    offer_id: str
    sku: str
    currency: str
    base_quantity: int = 1
    min_quantity: int = 1
    max_quantity: int = 10_000
    gross: int
    promotion: int = 0
    tax_rate: int = 0
    tax_included: bool = True
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A region that a warehouse delivers to."""

    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Warehouse:
    """A warehouse: the regions it delivers to and the handling classes it stores."""

    warehouse_id: str
    zones: tuple[Zone, ...]
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The handling classes that some warehouse can bring to a region."""

    region: str
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FreightZone:
    """A tariff: the first so many units at one price, each started step beyond at another."""

    regions: tuple[str, ...]
    first: int
    first_price: int
    step: int
    step_price: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FreightTariff:
    """What customers pay for one delivery method in one currency; remote regions are refused by name."""

    template_id: str
    method: str
    currency: str
    unit: str
    policy: str
    zones: tuple[FreightZone, ...]
    remote: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A customer, and whether it may order."""

    customer_id: str
    active: bool
    region: str


PRODUCT = Kind(name="product", of=Product)
MERCHANT = Kind(name="merchant", of=Merchant)
OFFER = Kind(name="offer", of=Offer)
WAREHOUSE = Kind(name="warehouse", of=Warehouse)
COVERAGE = Kind(name="coverage", of=Coverage)
FREIGHT = Kind(name="freight", of=FreightTariff)
ACCOUNT = Kind(name="account", of=Account)


def coverage(*, region: str, warehouses: Iterable[Warehouse]) -> Coverage | None:
    """Return what the warehouses that reach a region can bring there; None when none does."""
    reaching = [each for each in warehouses if any(zone.region == region for zone in each.zones)]
    classes = tuple(sorted({name for each in reaching for name in each.classes}))
    return Coverage(region=region, classes=classes) if reaching else None


def tariff_key(*, method: str, currency: str) -> str:
    """Return the key of a freight tariff: a method and a currency have one."""
    return f"{method}:{currency}"
