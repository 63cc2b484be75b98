"""The workload that every peer carries: simplified checkouts, the same for all by seed.

An order has two lines of distinct skus. One customer in twenty has no money: the order is declined when it is paid for,
and its stock must be given back. Everybody else has plenty, and so has the stock, so that nothing else is refused.
"""

import random
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

CURRENCY = "USD"
LINES = 2
POOR_ONE_IN = 20
MOST_UNITS = 3

_NAMESPACE = uuid.UUID("6f1d1c0e-5a53-5f0b-9a3e-0d6f1b0c7a11")
"""Of contracts.ids, which a peer's own environment lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """So many units of a sku, and the price of one in minor units."""

    sku: str
    quantity: int
    price: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One checkout."""

    order_id: str  # follows from customer and key, as our contracts have it
    key: str
    customer: str
    lines: tuple[Line, ...]
    twice: bool  # a peer submits it a second time, with the same id; it must have one effect
    declined: bool  # the customer has no money, so that this is how it must end

    @property
    def total(self) -> int:
        """What the order costs in minor units."""
        return sum(line.quantity * line.price for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What is sold to whom, and how often an order comes twice. `hot`: the first line of every order is one sku."""

    seed: int = 1
    skus: int = 1_000
    customers: int = 10_000
    units: int = 10_000_000  # of each sku at the start
    money: int = 1_000_000_000_000  # of each customer who has some, at the start, in minor units
    hot: bool = False
    duplicates: float = 0.0

    def stock(self) -> dict[str, int]:
        """Return the units of each sku before the first order."""
        return dict.fromkeys((sku_name(number=number) for number in range(self.skus)), self.units)

    def prices(self) -> dict[str, int]:
        """Return the price of each sku."""
        return {sku_name(number=number): price_of(number=number) for number in range(self.skus)}

    def balances(self) -> dict[str, int]:
        """Return the money of each customer before the first order."""
        return {
            customer_name(number=number): 0 if is_poor(number=number) else self.money
            for number in range(self.customers)
        }

    def orders(self, *, first: int, count: int) -> list[Order]:
        """Return these orders of the endless row of orders that the seed gives."""
        return [self._order(number) for number in range(first, first + count)]

    def _order(self, number: int) -> Order:
        draw = random.Random(f"{self.seed}:{number}")  # noqa: S311 - drawn by the seed, to be the same for every peer
        holder = draw.randrange(self.customers)
        customer, key = customer_name(number=holder), f"{self.seed}-{number}"
        skus = draw.sample(range(self.skus), LINES)
        if self.hot:
            skus = [0, *(sku for sku in skus if sku)][:LINES]
        return Order(
            order_id=str(uuid.uuid5(_NAMESPACE, f"{len(customer)}:{customer}:{key}")),
            key=key,
            customer=customer,
            lines=tuple(
                Line(sku=sku_name(number=sku), quantity=draw.randint(1, MOST_UNITS), price=price_of(number=sku))
                for sku in skus
            ),
            twice=draw.random() < self.duplicates,
            declined=is_poor(number=holder),
        )


def sku_name(*, number: int) -> str:
    """Return the name of a sku."""
    return f"sku-{number:05}"


def customer_name(*, number: int) -> str:
    """Return the name of a customer."""
    return f"customer-{number:06}"


def price_of(*, number: int) -> int:
    """Return the price of a sku in minor units."""
    return 199 + number * 37 % 5_000


def is_poor(*, number: int) -> bool:
    """Say whether a customer has no money."""
    return number % POOR_ONE_IN == POOR_ONE_IN - 1


def units_sold(*, orders: Iterable[Order]) -> Counter[str]:
    """Return the units by sku that have left for good when these orders have ended."""
    sold: Counter[str] = Counter()
    for line in (line for order in orders if not order.declined for line in order.lines):
        sold[line.sku] += line.quantity
    return sold


def money_spent(*, orders: Iterable[Order]) -> Counter[str]:
    """Return what each customer has paid when these orders have ended."""
    spent: Counter[str] = Counter()
    for order in orders:
        if not order.declined:
            spent[order.customer] += order.total
    return spent


def submissions(*, orders: Sequence[Order]) -> Iterator[Order]:
    """Yield the orders as they are submitted: those that come twice, twice in a row."""
    for order in orders:
        yield order
        if order.twice:
            yield order
