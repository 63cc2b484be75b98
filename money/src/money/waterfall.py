"""Price an order once, down to the unit, in the one order of application.

line promotion -> order promotion -> coupons (eligible lines only) -> red packet -> points -> freight -> tax

Each stage divides its amount by the net that the stage before left, so that no unit ever falls below zero. The runs
that come out are frozen with the order: refunds and divisions read them and never divide again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from money.amounts import check_amount
from money.errors import PricingError
from money.freight import Freight
from money.runs import (
    PROMOTIONS,
    TENDERS,
    Kind,
    Run,
    Stretch,
    divide_over_lines,
    divide_over_units,
    even_units,
    subtract,
)
from money.tax import RATE_SCALE, tax_added, tax_included


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLine:
    """A line as its offer prices it: gross and promotion are those of the whole line, the rate is in ppm."""

    line: str
    quantity: int
    gross: int
    promotion: int = 0
    offer: str = ""
    tax_rate: int = 0
    tax_included: bool = True

    def __post_init__(self) -> None:
        check_amount(amount=self.quantity, field=f"quantity of line {self.line}", least=1)
        check_amount(amount=self.gross, field=f"gross of line {self.line}")
        check_amount(amount=self.promotion, field=f"promotion of line {self.line}", most=self.gross)
        check_amount(amount=self.tax_rate, field=f"tax_rate of line {self.line}", most=RATE_SCALE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """A promotion or tender of an order: where it comes from, how much, and for which lines (None means all)."""

    source: str
    amount: int
    lines: frozenset[str] | None = None

    def __post_init__(self) -> None:
        check_amount(amount=self.amount, field=f"amount of {self.source!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderUse:
    """A tender that was offered, and how much of it the order used; tenders are drained in the order of this list."""

    kind: Kind
    source: str
    offered: int
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """What an order costs and how every unit of it is paid; due is what the channel has to collect."""

    lines: tuple[PricedLine, ...]
    runs: tuple[Run, ...]
    tenders: tuple[TenderUse, ...]
    freight: Freight
    due: int

    @property
    def quantities(self) -> dict[str, int]:
        """The quantity of each line."""
        return {line.line: line.quantity for line in self.lines}


def price_order(
    *,
    lines: Sequence[PricedLine],
    order_promotion: Discount | None = None,
    coupons: Sequence[Discount] = (),
    red_packet: Discount | None = None,
    points: Discount | None = None,
    freight: Freight | None = None,
) -> Priced:
    """Return the order priced to the unit.

    A promotion that exceeds the net of its lines is refused. A tender is used up to the net of its eligible lines; what
    is offered beyond that stays with the customer and is told in the tenders.
    """
    ordered = _by_id(lines)
    waterfall = _Waterfall(ordered)
    if order_promotion is not None:
        waterfall.promote(order_promotion)
    tenders = [(Kind.COUPON, coupon) for coupon in coupons]
    tenders += [(Kind.RED_PACKET, red_packet)] if red_packet is not None else []
    tenders += [(Kind.POINTS, points)] if points is not None else []
    uses = tuple(waterfall.drain(kind=kind, tender=tender) for kind, tender in tenders)
    _refuse_repeats([(use.kind, use.source) for use in uses])
    waterfall.tax(ordered)
    charged = Freight() if freight is None else freight
    runs = tuple(waterfall.runs)
    return Priced(lines=ordered, runs=runs, tenders=uses, freight=charged, due=due_of(runs=runs, freight=charged))


def due_of(*, runs: Sequence[Run], freight: Freight) -> int:
    """Return what the channel has to collect for these runs and this freight."""
    return freight.amount + sum(_sign(run.kind) * run.amount * run.count for run in runs)


def _sign(kind: Kind) -> int:
    if kind in PROMOTIONS or kind in TENDERS:
        return -1
    return 0 if kind is Kind.TAX_INCLUDED else 1


class _Waterfall:
    """The net of every line as the stages lower it, and the runs that they leave."""

    def __init__(self, lines: Sequence[PricedLine]) -> None:
        self.runs: list[Run] = []
        self.nets: dict[str, tuple[Stretch, ...]] = {}
        for line in lines:
            self.nets[line.line] = even_units(amount=line.gross, count=line.quantity)
            self._record(kind=Kind.GROSS, source=line.offer, line=line.line, shares=self.nets[line.line])
        for line in lines:
            if line.promotion:
                shares = divide_over_units(amount=line.promotion, stretches=self.nets[line.line])
                self._lower(kind=Kind.LINE_PROMOTION, source=line.offer, shares={line.line: shares})

    def promote(self, promotion: Discount) -> None:
        """Apply an order promotion, which must fit."""
        room = self._net_of(promotion)
        if promotion.amount > room:
            raise PricingError(f"order_promotion {promotion.source!r} is {promotion.amount}: at most {room} is allowed")
        self._apply(kind=Kind.ORDER_PROMOTION, discount=promotion, amount=promotion.amount)

    def drain(self, *, kind: Kind, tender: Discount) -> TenderUse:
        """Apply a tender as far as it goes."""
        used = min(tender.amount, self._net_of(tender))
        self._apply(kind=kind, discount=tender, amount=used)
        return TenderUse(kind=kind, source=tender.source, offered=tender.amount, used=used)

    def tax(self, lines: Sequence[PricedLine]) -> None:
        """Record the tax of each line, rounded once, over its units."""
        for line in lines:
            nets = self.nets[line.line]
            base = sum(stretch.net * stretch.count for stretch in nets)
            tax = (tax_included if line.tax_included else tax_added)(base=base, rate=line.tax_rate)
            if tax:
                kind = Kind.TAX_INCLUDED if line.tax_included else Kind.TAX_ADDED
                self._record(kind=kind, source="", line=line.line, shares=divide_over_units(amount=tax, stretches=nets))

    def _eligible(self, discount: Discount) -> dict[str, tuple[Stretch, ...]]:
        if discount.lines is None:
            return self.nets
        unknown = sorted(discount.lines - self.nets.keys())
        if unknown:
            raise PricingError(f"{discount.source!r} names line {unknown[0]}, which the order does not have")
        return {line: self.nets[line] for line in sorted(discount.lines)}

    def _net_of(self, discount: Discount) -> int:
        eligible = self._eligible(discount)
        return sum(stretch.net * stretch.count for stretches in eligible.values() for stretch in stretches)

    def _apply(self, *, kind: Kind, discount: Discount, amount: int) -> None:
        if amount:
            shares = divide_over_lines(amount=amount, nets=self._eligible(discount))
            self._lower(kind=kind, source=discount.source, shares=shares)

    def _lower(self, *, kind: Kind, source: str, shares: Mapping[str, Sequence[Stretch]]) -> None:
        for line, stretches in shares.items():
            self.nets[line] = subtract(stretches=self.nets[line], shares=stretches)
            self._record(kind=kind, source=source, line=line, shares=stretches)

    def _record(self, *, kind: Kind, source: str, line: str, shares: Sequence[Stretch]) -> None:
        self.runs += (
            Run(kind=kind, source=source, line=line, first=share.first, count=share.count, amount=share.net)
            for share in shares
            if share.net
        )


def _by_id(lines: Sequence[PricedLine]) -> tuple[PricedLine, ...]:
    if not lines:
        raise PricingError("lines is empty: an order has at least one line")
    ordered = tuple(sorted(lines, key=lambda line: line.line))
    _refuse_repeats([line.line for line in ordered])
    return ordered


def _refuse_repeats(names: Sequence[object]) -> None:
    if len(set(names)) < len(names):
        repeated = next(name for name in names if names.count(name) > 1)
        raise PricingError(f"{repeated!r} is named twice: lines and tender sources are unique within an order")
