"""A basket as it is replayed: who bought what, where, when and for how much, in whole cents."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

CURRENCY = "USD"

HandlingClass = Literal["ambient", "cold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What the data has and no order shows: since the basket before, and within the basket itself."""

    baskets: int = 0
    fuel_lines: int = 0
    lines_without_quantity: int = 0
    lines_above_quantity: int = 0
    coupon_excess: int = 0

    def __add__(self, other: "LeftOut") -> "LeftOut":
        return LeftOut(
            baskets=self.baskets + other.baskets,
            fuel_lines=self.fuel_lines + other.fuel_lines,
            lines_without_quantity=self.lines_without_quantity + other.lines_without_quantity,
            lines_above_quantity=self.lines_above_quantity + other.lines_above_quantity,
            coupon_excess=self.coupon_excess + other.coupon_excess,
        )

    @property
    def lines(self) -> int:
        """The lines that are no merchandise."""
        return self.fuel_lines + self.lines_without_quantity + self.lines_above_quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketLine:
    """So many units of a sku: what they cost, what was taken off, and what a coupon paid of the rest."""

    sku: str
    quantity: int
    gross: int
    promotion: int
    coupon: int

    @property
    def net(self) -> int:
        """The price after the promotion."""
        return self.gross - self.promotion

    @property
    def due(self) -> int:
        """What the customer paid."""
        return self.net - self.coupon

    @property
    def offer_id(self) -> str:
        """The offer that prices the line: the same sku, quantity and price are the same offer."""
        return f"{self.sku}-{self.quantity}-{self.gross}-{self.promotion}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """The merchandise of one visit of a household to a store; the times of the data are taken as UTC."""

    basket_id: str
    customer_id: str
    region: str
    week: int
    at: datetime
    lines: tuple[BasketLine, ...]
    left_out: LeftOut = LeftOut()

    @property
    def gross(self) -> int:
        """The price of all lines."""
        return sum(line.gross for line in self.lines)

    @property
    def promotion(self) -> int:
        """What was taken off."""
        return sum(line.promotion for line in self.lines)

    @property
    def net(self) -> int:
        """The price after promotions."""
        return self.gross - self.promotion

    @property
    def coupon(self) -> int:
        """What coupons paid, each at most the net of its line."""
        return sum(line.coupon for line in self.lines)

    @property
    def due(self) -> int:
        """What the customer paid."""
        return self.net - self.coupon


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A sku, its merchant and how it is stored; weight in grams."""

    sku: str
    name: str
    spec: str
    merchant_id: str
    handling_class: HandlingClass
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRow:
    """A product as the data has it; empty text and no manufacturer where it has nothing."""

    sku: str
    manufacturer: int | None = None
    department: str = ""
    name: str = ""
    package_size: str = ""
