"""Warehouses, products, stock and messages that the tests of inventory start from."""

from datetime import datetime, timedelta

from chassis.testing import MONDAY, Bench
from contracts.fulfillment import ShipmentDispatchedV1, ShipmentPickedShortV1
from contracts.inventory import CommitStockV1, GradedUnits, ReceiveStockV1, ReserveStockV1, RestockV1, StockLine
from contracts.values import Allocation, Grade, PickedLine
from inventory.consumers import ROUTES
from inventory.domain.catalog import Coverage, Product, StockMode, Warehouse, Zone
from inventory.domain.kinds import COVERAGE, MOVEMENT, PRODUCT, RESERVATION, STOCK
from inventory.domain.reservation import ReservationState
from inventory.domain.stock import EFFECTS, SkuStock, Stock
from inventory.publishers import PUBLISH

ORDER = "11111111-1111-5111-8111-111111111111"
OTHER = "22222222-2222-5222-8222-222222222222"
UNTIL = MONDAY + timedelta(minutes=30)

NORTH = Warehouse("north", zones=(Zone("r1", base=500, per_kilogram=100),), classes=("ambient", "cold"), handling=50)
SOUTH = Warehouse("south", zones=(Zone("r1", base=900, per_kilogram=100),), classes=("ambient",), handling=50)
TEA = Product("tea", merchant_id="m1", handling_class="ambient", weight=250)
FISH = Product("fish", merchant_id="m2", handling_class="cold", weight=1_000)


def product(
    sku: str,
    *,
    mode: StockMode = StockMode.AT_ORDER,
    cap_per_order: int | None = None,
    cap_per_customer: int | None = None,
    low_stock: int = 0,
) -> Product:
    """Return a product of the ambient class that weighs 250 grams."""
    return Product(sku, "m1", "ambient", 250, mode, cap_per_order, cap_per_customer, low_stock)


def bench(*products: Product, stock: dict[str, dict[str, int]] | None = None) -> Bench:
    """Return a bench with two warehouses, these products (tea and fish when none) and so much stock per warehouse."""
    it = Bench(service="inventory", routes=ROUTES, publisher=PUBLISH)
    it.given(COVERAGE, "r1", Coverage("r1", warehouses=(NORTH, SOUTH)))
    for each in products or (TEA, FISH):
        it.given(PRODUCT, each.sku, each)
    for sku, places in (stock or {"tea": {"north": 10, "south": 10}, "fish": {"north": 5}}).items():
        rows = tuple(Stock(warehouse_id=place, on_hand=units) for place, units in sorted(places.items()))
        it.given(STOCK, sku, SkuStock(sku=sku, rows=rows))
    return it


def reserve(
    lines: dict[str, tuple[str, int]],
    *,
    order_id: str = ORDER,
    customer_id: str = "c1",
    region: str = "r1",
    until: datetime = UNTIL,
) -> ReserveStockV1:
    """Return the command that holds these lines: id to sku and quantity."""
    wanted = tuple(StockLine(line_id=each, sku=sku, quantity=units) for each, (sku, units) in lines.items())
    return ReserveStockV1(
        order_id=order_id, customer_id=customer_id, region=region, method="standard", hold_until=until, lines=wanted
    )


def tea(
    quantity: int = 2, *, order_id: str = ORDER, customer_id: str = "c1", until: datetime = UNTIL
) -> ReserveStockV1:
    """Return the command that holds tea on one line."""
    return reserve({"l1": ("tea", quantity)}, order_id=order_id, customer_id=customer_id, until=until)


def commit(*, order_id: str = ORDER) -> CommitStockV1:
    """Return the command that makes a hold permanent."""
    return CommitStockV1(order_id=order_id)


def receive(quantity: int, *, receipt_id: str = "receipt-1", safety: int | None = None) -> ReceiveStockV1:
    """Return the command that puts tea into the northern warehouse."""
    return ReceiveStockV1(receipt_id=receipt_id, sku="tea", warehouse_id="north", quantity=quantity, safety=safety)


_GRADES: dict[str, Grade] = {"A": "A", "B": "B", "C": "C", "X": "X"}


def dispatched(quantity: int = 2, *, shipment_id: str = f"{ORDER}-s1-d1") -> ShipmentDispatchedV1:
    """Return the news that so much tea left the northern warehouse."""
    return ShipmentDispatchedV1(
        order_id=ORDER,
        sub_order_id=f"{ORDER}-s1",
        shipment_id=shipment_id,
        warehouse_id="north",
        carrier="hare",
        waybill="w1",
        collect=0,
        lines=(PickedLine(line_id="l1", sku="tea", quantity=quantity),),
        dispatched_at=UNTIL,
    )


def short(quantity: int) -> ShipmentPickedShortV1:
    """Return the news that so much tea was not on the shelf."""
    return ShipmentPickedShortV1(
        order_id=ORDER,
        sub_order_id=f"{ORDER}-s1",
        shipment_id=f"{ORDER}-s1-d1",
        warehouse_id="north",
        missing=(PickedLine(line_id="l1", sku="tea", quantity=quantity),),
    )


def graded(cause: str = "return-1", **grades: int) -> RestockV1:
    """Return the command that takes so much tea of each grade back."""
    units = tuple(
        GradedUnits(line_id="l1", sku="tea", warehouse_id="north", quantity=quantity, grade=_GRADES[grade])
        for grade, quantity in grades.items()
    )
    return RestockV1(order_id=ORDER, cause=cause, units=units)


def given(line_id: str, sku: str, warehouse_id: str, quantity: int) -> Allocation:
    """Return an allocation as it is told to others."""
    return Allocation(line_id=line_id, sku=sku, warehouse_id=warehouse_id, quantity=quantity)


def counters(it: Bench, sku: str = "tea", warehouse_id: str = "north") -> tuple[int, int, int]:
    """Return what is on hand, reserved and available in a warehouse."""
    row = (it.aggregate(STOCK, sku) or SkuStock(sku=sku)).row(warehouse_id=warehouse_id)
    return row.on_hand, row.reserved, row.available(now=it.clock.now())


def moves(it: Bench) -> list[tuple[str, str, str, int]]:
    """Return all movements as kind, sku, warehouse and quantity."""
    return [(each.kind.value, each.sku, each.warehouse_id, each.quantity) for each in it.rows(MOVEMENT)]


def state(it: Bench, *, order_id: str = ORDER) -> ReservationState | None:
    """Return the state of an order's reservation."""
    reservation = it.aggregate(RESERVATION, order_id)
    return None if reservation is None else reservation.state


def sums(it: Bench, sku: str, warehouse_id: str) -> tuple[int, int, int]:
    """Return what the movements of a place add up to: on hand, reserved, written off."""
    here = [each for each in it.rows(MOVEMENT) if (each.sku, each.warehouse_id) == (sku, warehouse_id)]
    return (
        sum(EFFECTS[each.kind].on_hand * each.quantity for each in here),
        sum(EFFECTS[each.kind].reserved * each.quantity for each in here),
        sum(EFFECTS[each.kind].written_off * each.quantity for each in here),
    )
