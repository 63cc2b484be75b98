"""The kinds of aggregates and rows that inventory keeps."""

from dataclasses import dataclass

from chassis.decision import Kind, RowKind
from inventory.domain.catalog import Coverage, Product, Warehouse
from inventory.domain.counters import CounterCheck
from inventory.domain.reservation import Reservation
from inventory.domain.stock import Movement, SkuStock


@dataclass(frozen=True, slots=True)
class Receipt:
    """A delivery of a supplier that was received, and what was on hand after it."""

    receipt_id: str
    sku: str
    warehouse_id: str
    quantity: int
    on_hand: int


@dataclass(frozen=True, slots=True)
class Taken:
    """How many units of a capped sku a customer holds or has bought."""

    customer_id: str
    sku: str
    quantity: int


PRODUCT = Kind(name="product", of=Product)
WAREHOUSE = Kind(name="warehouse", of=Warehouse)
COVERAGE = Kind(name="coverage", of=Coverage)
RESERVATION = Kind(name="reservation", of=Reservation, keyed=True)
RECEIPT = Kind(name="receipt", of=Receipt)
STOCK = Kind(name="stock", of=SkuStock, shared=True)
TAKEN = Kind(name="taken", of=Taken, shared=True)
MOVEMENT = RowKind(name="movement", of=Movement)
COUNTER_CHECK = RowKind(name="counter_check", of=CounterCheck)


def taken_key(*, customer_id: str, sku: str) -> str:
    """Return the key of a customer's counter; the length keeps two pairs from meeting."""
    return f"{len(customer_id)}:{customer_id}:{sku}"
