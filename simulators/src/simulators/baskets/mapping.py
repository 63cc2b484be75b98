"""The rules that make an order of a basket: what counts as merchandise, what it cost, who sells it and how it is kept.

gross = sales_value + retail_disc + coupon_match_disc     promotion = retail_disc + coupon_match_disc
net = sales_value     coupon = coupon_disc, at most the net of its line     the customer pays net - coupon
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from typing import NamedTuple

from simulators.baskets.model import Basket, BasketLine, HandlingClass, LeftOut, Product, ProductRow
from simulators.baskets.weights import grams_of

MOST_UNITS = 100
FUEL = "FUEL"
COLD = frozenset({"PRODUCE", "MEAT", "MEAT-PCKGD", "SEAFOOD", "SEAFOOD-PCKGD", "DELI", "SALAD BAR", "FROZEN GROCERY"})
UNLISTED = "unlisted"


class Row(NamedTuple):
    """A line of the data with its figures in cents; the department is empty where the product is not listed."""

    basket: int
    household: int
    store: int
    week: int
    at: datetime
    sku: int
    department: str
    quantity: int
    sales: int
    retail: int
    match: int
    coupon: int


def baskets_of(*, rows: Iterable[Row]) -> Iterator[Basket]:
    """Yield the baskets that have merchandise; each tells what was left out before it, the last one also after it."""
    waiting: Basket | None = None
    left_out = LeftOut()
    for _, group in groupby(rows, key=lambda row: row.basket):
        bought = list(group)
        lines = [_line(row) for row in bought if _reason(row) is None]
        left_out += _left_out(bought)
        if not lines:
            left_out += LeftOut(baskets=1)
            continue
        if waiting is not None:
            yield waiting
        waiting = _basket(first=bought[0], lines=lines, left_out=left_out)
        left_out = LeftOut()
    if waiting is not None:
        yield replace(waiting, left_out=waiting.left_out + left_out)


def _basket(*, first: Row, lines: list[BasketLine], left_out: LeftOut) -> Basket:
    return Basket(
        basket_id=str(first.basket),
        customer_id=f"h{first.household}",
        region=f"r{first.store}",
        week=first.week,
        at=first.at.replace(tzinfo=UTC),
        lines=tuple(lines),
        left_out=left_out,
    )


def _line(row: Row) -> BasketLine:
    return BasketLine(
        sku=str(row.sku),
        quantity=row.quantity,
        gross=row.sales + row.retail + row.match,
        promotion=row.retail + row.match,
        coupon=min(row.coupon, row.sales),
    )


def _reason(row: Row) -> str | None:
    """Return why a line is no merchandise, or None."""
    if row.department == FUEL:
        return "fuel_lines"
    if row.quantity < 1:
        return "lines_without_quantity"
    return "lines_above_quantity" if row.quantity > MOST_UNITS else None


def _left_out(rows: list[Row]) -> LeftOut:
    reasons = [_reason(row) for row in rows]
    return LeftOut(
        fuel_lines=reasons.count("fuel_lines"),
        lines_without_quantity=reasons.count("lines_without_quantity"),
        lines_above_quantity=reasons.count("lines_above_quantity"),
        coupon_excess=sum(
            max(0, row.coupon - row.sales) for row, reason in zip(rows, reasons, strict=True) if reason is None
        ),
    )


def product_of(*, row: ProductRow) -> Product:
    """Return the product of a row; a manufacturer is a merchant, a department has a handling class."""
    handling_class: HandlingClass = "cold" if row.department in COLD else "ambient"
    return Product(
        sku=row.sku,
        name=row.name or row.department or f"{UNLISTED} product {row.sku}",
        spec=row.package_size,
        merchant_id=UNLISTED if row.manufacturer is None else f"m{row.manufacturer}",
        handling_class=handling_class,
        weight=grams_of(package_size=row.package_size),
    )
