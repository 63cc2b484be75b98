"""The reference data that a replay needs, derived from its baskets: the same baskets give the same data.

The data knows nothing of warehouses, so five are made up. A store's zone is its number modulo five; a warehouse covers
its own zone and the neighbours on a ring, cheaper and faster where it is at home. Every zone has a warehouse that keeps
cold goods. Each warehouse is stocked with all that its regions will ask for: no choice of warehouse runs a basket
short.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from simulators.baskets.mapping import UNLISTED, product_of
from simulators.baskets.model import Basket, HandlingClass, Product, ProductRow
from simulators.baskets.read import Replay

ZONES = 5
OWN_BRAND = "m69"  # the stores' own brand
SETTLEMENT_DAYS = 7

_NAMES = ("North", "East", "South", "West", "Central")
_COLD_ZONES = frozenset({0, 2, 3})


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """A merchant; the commission is in parts per million."""

    merchant_id: str
    name: str
    marketplace: bool
    commission: int
    settlement_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What so many units of a sku cost, and what is taken off, in cents."""

    offer_id: str
    sku: str
    quantity: int
    gross: int
    promotion: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """An active customer and the region of its first basket."""

    customer_id: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What a parcel to a region costs a warehouse, in cents, and how many days it takes."""

    region: str
    base: int
    per_kilogram: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Warehouse:
    """A warehouse: where it delivers, what it can keep, what a parcel costs in cents."""

    warehouse_id: str
    name: str
    coverage: tuple[Coverage, ...]
    classes: tuple[HandlingClass, ...]
    packaging: int
    handling: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What a warehouse has of a sku before the first basket."""

    warehouse_id: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """All that has to be published before the baskets, each part ordered by id; freight is free everywhere."""

    products: tuple[Product, ...]
    merchants: tuple[Merchant, ...]
    offers: tuple[Offer, ...]
    warehouses: tuple[Warehouse, ...]
    customers: tuple[Customer, ...]
    regions: tuple[str, ...]
    stock: tuple[Stock, ...]


def derive_reference(*, replay: Replay) -> Reference:
    """Return the reference data of the baskets of a replay, in one pass over them."""
    found = _Found()
    for basket in replay.baskets():
        found.add(basket)
    listed = replay.products()
    products = {
        sku: listed.get(sku) or product_of(row=ProductRow(sku=sku))
        for sku in sorted({sku for sku, _ in found.demand}, key=_number_of)
    }
    regions = tuple(sorted(found.regions, key=_store_of))
    warehouses = tuple(_warehouse(home=home, regions=regions) for home in range(ZONES))
    return Reference(
        products=tuple(products.values()),
        merchants=tuple(_merchant(merchant_id) for merchant_id in sorted({p.merchant_id for p in products.values()})),
        offers=tuple(found.offers[offer_id] for offer_id in sorted(found.offers)),
        warehouses=warehouses,
        customers=tuple(found.customers[customer_id] for customer_id in sorted(found.customers)),
        regions=regions,
        stock=_stock(warehouses=warehouses, products=products, demand=found.demand),
    )


class _Found:
    """What the baskets name, gathered in one pass."""

    def __init__(self) -> None:
        self.offers: dict[str, Offer] = {}
        self.customers: dict[str, Customer] = {}
        self.regions: set[str] = set()
        self.demand: Counter[tuple[str, int]] = Counter()

    def add(self, basket: Basket) -> None:
        self.regions.add(basket.region)
        customer = Customer(customer_id=basket.customer_id, region=basket.region)
        self.customers.setdefault(basket.customer_id, customer)
        for line in basket.lines:
            self.demand[line.sku, zone_of(region=basket.region)] += line.quantity
            if line.offer_id not in self.offers:
                self.offers[line.offer_id] = Offer(
                    offer_id=line.offer_id,
                    sku=line.sku,
                    quantity=line.quantity,
                    gross=line.gross,
                    promotion=line.promotion,
                )


def zone_of(*, region: str) -> int:
    """Return the zone of a region: the number of its store modulo five."""
    return _store_of(region) % ZONES


def _number_of(sku: str) -> int:
    return int(sku.partition("-")[0])


def _store_of(region: str) -> int:
    return int(region[1:])


def _distance(home: int, zone: int) -> int:
    """Return the steps between two zones on the ring."""
    apart = abs(home - zone)
    return min(apart, ZONES - apart)


def _warehouse(*, home: int, regions: tuple[str, ...]) -> Warehouse:
    cold: tuple[HandlingClass, ...] = ("ambient", "cold")
    distances = {region: _distance(home, zone_of(region=region)) for region in regions}
    return Warehouse(
        warehouse_id=f"w{home + 1}",
        name=_NAMES[home],
        coverage=tuple(
            Coverage(region=region, base=300 + 150 * steps, per_kilogram=40 + 25 * steps, days=1 + steps)
            for region, steps in distances.items()
            if steps <= 1
        ),
        classes=cold if home in _COLD_ZONES else ("ambient",),
        packaging=50,
        handling=80 + 10 * home,
    )


def _merchant(merchant_id: str) -> Merchant:
    if merchant_id in {OWN_BRAND, UNLISTED}:
        return Merchant(
            merchant_id=merchant_id,
            name="Own brand" if merchant_id == OWN_BRAND else "Unlisted manufacturer",
            marketplace=False,
            commission=0,
            settlement_days=SETTLEMENT_DAYS,
        )
    number = int(merchant_id[1:])
    return Merchant(
        merchant_id=merchant_id,
        name=f"Manufacturer {number}",
        marketplace=True,
        commission=30_000 + 10_000 * (number % 5),
        settlement_days=SETTLEMENT_DAYS,
    )


def _stock(
    *, warehouses: tuple[Warehouse, ...], products: Mapping[str, Product], demand: Mapping[tuple[str, int], int]
) -> tuple[Stock, ...]:
    stocked: list[Stock] = []
    for home, warehouse in enumerate(warehouses):
        wanted: Counter[str] = Counter()
        for (sku, zone), quantity in demand.items():
            if products[sku].handling_class in warehouse.classes and _distance(home, zone) <= 1:
                wanted[sku] += quantity
        stocked += (
            Stock(warehouse_id=warehouse.warehouse_id, sku=sku, quantity=wanted[sku])
            for sku in sorted(wanted, key=_number_of)
        )
    return tuple(stocked)
