"""How the lines of one sku can be cut out of the stock of several warehouses with the fewest pieces.

All ways are listed while there are few; then only those that empty every warehouse of a line but the last; at worst
one way, found line by line.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

VISITS = 1_000
"""How many cuts are tried before a coarser way of listing them is taken."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line that wants stock: so many units of a sku, their weight in grams each, and with what they travel."""

    line_id: str
    sku: str
    quantity: int
    weight: int
    merchant_id: str
    handling_class: str

    @property
    def parcel(self) -> tuple[str, str]:
        """What tells parcels of one warehouse apart."""
        return self.merchant_id, self.handling_class


@dataclass(frozen=True, slots=True)
class Piece:
    """Units of a line that one warehouse gives."""

    line_id: str
    sku: str
    warehouse_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Carvings:
    """The ways to cut a sku's lines with the fewest pieces; ``exact`` says that they are all."""

    options: tuple[tuple[Piece, ...], ...]
    exact: bool


class _TooManyError(Exception):
    """The listing was given up."""


def carvings(*, lines: Sequence[Wanted], stock: Mapping[str, int]) -> Carvings:
    """Return the ways to give these lines, all of one sku, what they want; the stock must suffice."""
    for every in (True, False):
        try:
            return Carvings(options=_fewest(lines=lines, stock=stock, every=every), exact=every)
        except _TooManyError:
            continue
    return Carvings(options=(_line_by_line(lines=lines, stock=stock),), exact=False)


def _fewest(*, lines: Sequence[Wanted], stock: Mapping[str, int], every: bool) -> tuple[tuple[Piece, ...], ...]:
    cuts = _Cuts(every=every)
    for extra in range(len(lines) * len(stock)):
        found = tuple(cuts.of(lines=lines, stock=dict(stock), extra=extra))
        if found:
            return found
    raise _TooManyError


class _Cuts:
    """Lists cuts, and counts them."""

    def __init__(self, *, every: bool) -> None:
        self.every = every
        self.visits = 0

    def of(self, *, lines: Sequence[Wanted], stock: dict[str, int], extra: int) -> Iterator[tuple[Piece, ...]]:
        """List the cuts of all lines with exactly so many pieces more than lines."""
        if not lines:
            if extra == 0:
                yield ()
            return
        for more in range(extra + 1):
            for cut in self._of_line(line=lines[0], stock=stock, pieces=more + 1):
                rest = {each: units - cut.get(each, 0) for each, units in stock.items()}
                first = tuple(Piece(lines[0].line_id, lines[0].sku, each, units) for each, units in cut.items())
                for others in self.of(lines=lines[1:], stock=rest, extra=extra - more):
                    yield first + others

    def _of_line(self, *, line: Wanted, stock: Mapping[str, int], pieces: int) -> Iterator[dict[str, int]]:
        having = [each for each, units in stock.items() if units > 0]
        for chosen in combinations(having, pieces):
            if sum(stock[each] for each in chosen) >= line.quantity:
                yield from self._over(chosen=chosen, quantity=line.quantity, stock=stock)

    def _over(self, *, chosen: tuple[str, ...], quantity: int, stock: Mapping[str, int]) -> Iterator[dict[str, int]]:
        ways = _distributions(chosen, quantity, stock) if self.every else _emptying(chosen, quantity, stock)
        for way in ways:
            self.visits += 1
            if self.visits > VISITS:
                raise _TooManyError
            yield way


def _distributions(chosen: tuple[str, ...], quantity: int, stock: Mapping[str, int]) -> Iterator[dict[str, int]]:
    first, rest = chosen[0], chosen[1:]
    if not rest:
        if 0 < quantity <= stock[first]:
            yield {first: quantity}
        return
    least = max(1, quantity - sum(stock[each] for each in rest))
    for units in range(least, min(stock[first], quantity - len(rest)) + 1):
        for others in _distributions(rest, quantity - units, stock):
            yield {first: units, **others}


def _emptying(chosen: tuple[str, ...], quantity: int, stock: Mapping[str, int]) -> Iterator[dict[str, int]]:
    total = sum(stock[each] for each in chosen)
    for last in chosen:
        rest = quantity - (total - stock[last])
        if 0 < rest <= stock[last]:
            yield {each: rest if each == last else stock[each] for each in chosen}


def _line_by_line(*, lines: Sequence[Wanted], stock: Mapping[str, int]) -> tuple[Piece, ...]:
    """Cut the largest line first: whole from the fullest warehouse, or emptying the fullest ones."""
    left, pieces = dict(stock), []
    for line in sorted(lines, key=lambda each: (-each.quantity, each.line_id)):
        open_units = line.quantity
        for warehouse_id in sorted(left, key=lambda each: (-left[each], each)):
            units = min(open_units, left[warehouse_id])
            if units:
                pieces.append(Piece(line.line_id, line.sku, warehouse_id, units))
                left[warehouse_id] -= units
                open_units -= units
    return tuple(pieces)
