"""Runs of equal units: how every share of an order is stored.

A line of a hundred units is a hundred shares, but only a few different ones: a run says once what a stretch of equal
units got. Each stage of the waterfall adds at most one cut to a line.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from money.allocate import allocate
from money.amounts import check_amount
from money.errors import UnitsError


class Kind(StrEnum):
    """What a share is: the price, what lowers it, what pays it, and its tax."""

    GROSS = "gross"
    LINE_PROMOTION = "line_promotion"
    ORDER_PROMOTION = "order_promotion"
    COUPON = "coupon"
    RED_PACKET = "red_packet"
    POINTS = "points"
    TAX_INCLUDED = "tax_included"
    TAX_ADDED = "tax_added"
    CHANNEL = "channel"


PROMOTIONS = frozenset({Kind.LINE_PROMOTION, Kind.ORDER_PROMOTION})
TENDERS = frozenset({Kind.COUPON, Kind.RED_PACKET, Kind.POINTS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Each of count units of a line, from the first one on, has this amount of this kind from this source."""

    kind: Kind
    source: str
    line: str
    first: int
    count: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Some units of a line: count of them, from the first one on; the first unit of a line is 0."""

    line: str
    first: int
    count: int

    def __post_init__(self) -> None:
        check_amount(amount=self.first, field=f"first of line {self.line}")
        check_amount(amount=self.count, field=f"count of line {self.line}", least=1)

    @property
    def end(self) -> int:
        """The unit after the last one."""
        return self.first + self.count


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Neighbouring units with the same net."""

    first: int
    count: int
    net: int


def divide_over_units(*, amount: int, stretches: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """Divide an amount over units by their net; the net of a returned stretch is the share of each of its units.

    It gives what `allocate` gives over single units, without making a list of them. No share exceeds its unit's net
    when the amount does not exceed the total, since a unit without remainder is never rounded up.
    """
    if len(stretches) == 1:
        return _divide_evenly(amount=amount, stretch=stretches[0])
    even = not any(stretch.net for stretch in stretches)
    weights = [1 if even else stretch.net for stretch in stretches]
    total = sum(weight * stretch.count for weight, stretch in zip(weights, stretches, strict=True))
    shares = [divmod(amount * weight, total) for weight in weights]
    missing = amount - sum(floor * stretch.count for (floor, _), stretch in zip(shares, stretches, strict=True))
    ups = [0] * len(stretches)
    for index in sorted(range(len(stretches)), key=lambda index: (-shares[index][1], stretches[index].first)):
        ups[index] = min(missing, stretches[index].count)
        missing -= ups[index]
    divided: list[Stretch] = []
    for stretch, (floor, _), up in zip(stretches, shares, ups, strict=True):
        _append(divided, first=stretch.first, count=up, net=floor + 1)
        _append(divided, first=stretch.first + up, count=stretch.count - up, net=floor)
    return tuple(divided)


def _divide_evenly(*, amount: int, stretch: Stretch) -> tuple[Stretch, ...]:
    """Divide over units that are all alike, as most lines are: no weights, the first ones carry the odd cents."""
    floor, up = divmod(amount, stretch.count)
    divided: list[Stretch] = []
    _append(divided, first=stretch.first, count=up, net=floor + 1)
    _append(divided, first=stretch.first + up, count=stretch.count - up, net=floor)
    return tuple(divided)


def even_units(*, amount: int, count: int) -> tuple[Stretch, ...]:
    """Split an amount evenly over the units of a line; the first ones carry the odd cents."""
    return divide_over_units(amount=amount, stretches=(Stretch(first=0, count=count, net=0),))


def subtract(*, stretches: Sequence[Stretch], shares: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """Lower the net of each unit by its share; both cover the same units."""
    nets, rests, at = list(stretches), list(shares), 0
    lowered: list[Stretch] = []
    while nets:
        net, share = nets[0], rests[0]
        end = min(net.first + net.count, share.first + share.count)
        _append(lowered, first=at, count=end - at, net=net.net - share.net)
        at = end
        if end == net.first + net.count:
            nets.pop(0)
        if end == share.first + share.count:
            rests.pop(0)
    return tuple(lowered)


def _append(stretches: list[Stretch], *, first: int, count: int, net: int) -> None:
    if not count:
        return
    last = stretches[-1] if stretches else None
    if last is not None and last.net == net:
        stretches[-1] = Stretch(first=last.first, count=last.count + count, net=net)
    else:
        stretches.append(Stretch(first=first, count=count, net=net))


def divide_over_lines(*, amount: int, nets: Mapping[str, Sequence[Stretch]]) -> dict[str, tuple[Stretch, ...]]:
    """Divide an amount over lines by their net, ties by line id, and each part over the units of its line."""
    lines = sorted(nets)
    totals = [sum(stretch.net * stretch.count for stretch in nets[line]) for line in lines]
    parts = allocate(amount=amount, weights=totals)
    return {line: divide_over_units(amount=part, stretches=nets[line]) for line, part in zip(lines, parts, strict=True)}


def sum_over(*, runs: Iterable[Run], units: Sequence[Units]) -> dict[tuple[Kind, str], int]:
    """Sum what the units have, by kind and source, in the order of the runs."""
    chosen: dict[str, list[Units]] = {}
    for some in units:
        chosen.setdefault(some.line, []).append(some)
    sums: dict[tuple[Kind, str], int] = {}
    for run in runs:
        shared, end = 0, run.first + run.count
        for some in chosen.get(run.line, ()):
            shared += max(0, min(end, some.end) - max(run.first, some.first))
        if shared:
            key = (run.kind, run.source)
            sums[key] = sums.get(key, 0) + shared * run.amount
    return sums


def check_units(*, units: Sequence[Units], quantities: dict[str, int]) -> None:
    """Refuse units of unknown lines, beyond the quantity of their line, or named twice."""
    last: Units | None = None
    for some in sorted(units, key=_place) if len(units) > 1 else units:
        quantity = quantities.get(some.line)
        if quantity is None:
            raise UnitsError(f"line {some.line} is not in the order: {_listed(sorted(quantities))}")
        if some.end > quantity:
            raise UnitsError(f"line {some.line} has units 0 to {quantity - 1}, not {some.first} to {some.end - 1}")
        if last is not None and last.line == some.line and some.first < last.end:
            raise UnitsError(f"line {some.line} unit {some.first} is named twice")
        last = some


def _place(units: Units) -> tuple[str, int]:
    return units.line, units.first


def _listed(lines: Sequence[str]) -> str:
    shown = ", ".join(lines[:10])
    return f"its lines are {shown}{' ...' if lines[10:] else ''}"
