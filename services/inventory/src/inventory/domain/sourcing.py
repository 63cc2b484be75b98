"""Which warehouse gives which units: the cheapest plan, and why.

What is sent together is a parcel: the goods of one merchant and one handling class from one warehouse. A parcel costs
the warehouse's zone base, packaging and handling, and so much per started kilogram. No cost is shared between parcels
of different merchants or classes, so each such group is planned by itself, exactly while it is small. The number of
pieces into which lines are cut comes before the cost: a line's quantity is split only when no plan does without.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from inventory.domain.carving import Piece, Wanted, carvings

NODES = 2_000
"""How many partial plans of a group are looked at before the best one so far is taken."""
MAX_ALTERNATIVES = 8


@dataclass(frozen=True, slots=True)
class Candidate:
    """A warehouse that covers the region: its price per parcel and per started kilogram, in minor units."""

    warehouse_id: str
    per_parcel: int
    per_kilogram: int
    classes: frozenset[str]

    def cost(self, *, grams: int) -> int:
        """Return what one parcel of this weight costs."""
        return self.per_parcel + self.per_kilogram * kilograms(grams=grams)


@dataclass(frozen=True, slots=True)
class Shortage:
    """A line that cannot be sourced, what there is of it, and why."""

    line_id: str
    sku: str
    requested: int
    available: int
    reason: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """A plan that was not chosen: one warehouse for everything."""

    warehouse_ids: tuple[str, ...]
    cost: int
    note: str


@dataclass(frozen=True, slots=True)
class Sourced:
    """The plan with its cost, or what is short; ``exact`` says that no cheaper plan exists."""

    pieces: tuple[Piece, ...] = ()
    cost: int = 0
    exact: bool = True
    alternatives: tuple[Alternative, ...] = ()
    short: tuple[Shortage, ...] = ()


Free = Mapping[tuple[str, str], int]
Option = tuple[Piece, ...]


def kilograms(*, grams: int) -> int:
    """Return the started kilograms, at least one."""
    return max(1, -(-grams // 1_000))


def source(*, wanted: Sequence[Wanted], candidates: Sequence[Candidate], free: Free) -> Sourced:
    """Return the cheapest plan over the candidates, or what is short; ``free`` maps (sku, warehouse) to units."""
    eligible = {each.line_id: [c for c in candidates if each.handling_class in c.classes] for each in wanted}
    short = _shortages(wanted=wanted, eligible=eligible, free=free)
    if short:
        return Sourced(short=short)
    groups = groupby(sorted(wanted, key=lambda each: (each.parcel, each.line_id)), key=lambda each: each.parcel)
    plans = [_group_plan(lines=list(lines), eligible=eligible, free=free) for _, lines in groups]
    cost = sum(plan.cost for plan in plans)
    return Sourced(
        pieces=_in_line_order(wanted=wanted, pieces=[piece for plan in plans for piece in plan.pieces]),
        cost=cost,
        exact=all(plan.exact for plan in plans),
        alternatives=_alternatives(wanted=wanted, candidates=candidates, free=free, cost=cost),
    )


def plan_cost(*, pieces: Sequence[Piece], wanted: Sequence[Wanted], candidates: Sequence[Candidate]) -> int:
    """Return what the parcels of these pieces cost."""
    by_line = {each.line_id: each for each in wanted}
    by_id = {each.warehouse_id: each for each in candidates}
    grams: dict[tuple[str, tuple[str, str]], int] = {}
    for piece in pieces:
        line = by_line[piece.line_id]
        parcel = (piece.warehouse_id, line.parcel)
        grams[parcel] = grams.get(parcel, 0) + piece.quantity * line.weight
    return sum(by_id[warehouse_id].cost(grams=weight) for (warehouse_id, _), weight in grams.items())


def _shortages(
    *, wanted: Sequence[Wanted], eligible: Mapping[str, Sequence[Candidate]], free: Free
) -> tuple[Shortage, ...]:
    left: dict[str, int] = {}
    short = []
    for line in wanted:
        warehouses = eligible[line.line_id]
        have = left.get(line.sku)
        if have is None:
            have = sum(free.get((line.sku, each.warehouse_id), 0) for each in warehouses)
        left[line.sku] = max(0, have - line.quantity)
        if have < line.quantity:
            reason = "out_of_stock" if warehouses else "not_covered"
            short.append(Shortage(line.line_id, line.sku, line.quantity, have, reason))
    return tuple(short)


def _group_plan(*, lines: Sequence[Wanted], eligible: Mapping[str, Sequence[Candidate]], free: Free) -> Sourced:
    candidates = {each.warehouse_id: each for each in eligible[lines[0].line_id]}
    by_sku: dict[str, list[Wanted]] = {}
    for line in lines:
        by_sku.setdefault(line.sku, []).append(line)
    choices, exact = [], True
    for sku, same in by_sku.items():
        stock = {each: free.get((sku, each), 0) for each in candidates}
        carved = carvings(lines=same, stock=stock)
        choices.append(carved.options)
        exact = exact and carved.exact
    search = _Search(choices=choices, weights={line.line_id: line.weight for line in lines}, candidates=candidates)
    search.run()
    pieces = tuple(piece for option in search.best for piece in option)
    return Sourced(pieces=pieces, cost=search.best_cost, exact=exact and search.nodes < NODES)


class _Search:
    """Branch and bound over one option per sku; what is opened and weighed only grows, so a partial cost is a bound."""

    def __init__(
        self, *, choices: Sequence[Sequence[Option]], weights: Mapping[str, int], candidates: Mapping[str, Candidate]
    ) -> None:
        self.weights = weights
        self.candidates = candidates
        self.choices = choices
        self.floor = self._floor()
        self.nodes = 0
        self.best, self.best_cost = min((self._greedy(prefer=each) for each in candidates), key=lambda plan: plan[1])

    def run(self) -> None:
        """Look for a cheaper plan than the greedy ones, unless these already reach the floor."""
        if self.best_cost > self.floor:
            self._branch(chosen=(), parcels={})

    def _floor(self) -> int:
        """Return what no plan can undercut: one parcel at the least price, all weight at the least rate."""
        grams = sum(piece.quantity * self.weights[piece.line_id] for options in self.choices for piece in options[0])
        per_kilogram = min(each.per_kilogram for each in self.candidates.values())
        return min(each.per_parcel for each in self.candidates.values()) + per_kilogram * kilograms(grams=grams)

    def _greedy(self, *, prefer: str) -> tuple[tuple[Option, ...], int]:
        chosen: tuple[Option, ...] = ()
        parcels: dict[str, int] = {}
        for options in self.choices:
            ranked = [
                (self._elsewhere(option=each, prefer=prefer), self._cost(self._add(parcels, each)), each)
                for each in options
            ]
            option = min(ranked, key=lambda rank: rank[:2])[2]
            chosen, parcels = (*chosen, option), self._add(parcels, option)
        return chosen, self._cost(parcels)

    def _branch(self, *, chosen: tuple[Option, ...], parcels: dict[str, int]) -> None:
        if len(chosen) == len(self.choices):
            self.best, self.best_cost = chosen, self._cost(parcels)
            return
        reached = [
            (self._cost(after), after, option)
            for option in self.choices[len(chosen)]
            for after in [self._add(parcels, option)]
        ]
        for cost, after, option in sorted(reached, key=lambda each: each[0]):
            if cost >= self.best_cost or self.nodes >= NODES or self.best_cost == self.floor:
                return
            self.nodes += 1
            self._branch(chosen=(*chosen, option), parcels=after)

    def _add(self, parcels: Mapping[str, int], option: Option) -> dict[str, int]:
        after = dict(parcels)
        for piece in option:
            after[piece.warehouse_id] = after.get(piece.warehouse_id, 0) + piece.quantity * self.weights[piece.line_id]
        return after

    def _cost(self, parcels: Mapping[str, int]) -> int:
        return sum(self.candidates[warehouse_id].cost(grams=grams) for warehouse_id, grams in parcels.items())

    @staticmethod
    def _elsewhere(*, option: Option, prefer: str) -> int:
        return sum(piece.quantity for piece in option if piece.warehouse_id != prefer)


def _alternatives(
    *, wanted: Sequence[Wanted], candidates: Sequence[Candidate], free: Free, cost: int
) -> tuple[Alternative, ...]:
    found = [_all_from(wanted=wanted, candidate=each, free=free, cost=cost) for each in candidates[:MAX_ALTERNATIVES]]
    return tuple(each for each in found if each is not None)


def _all_from(*, wanted: Sequence[Wanted], candidate: Candidate, free: Free, cost: int) -> Alternative | None:
    needs: dict[str, int] = {}
    for line in wanted:
        if line.handling_class not in candidate.classes:
            return Alternative((candidate.warehouse_id,), 0, f"does not store {line.handling_class}")
        needs[line.sku] = needs.get(line.sku, 0) + line.quantity
    for sku, quantity in needs.items():
        if free.get((sku, candidate.warehouse_id), 0) < quantity:
            return Alternative((candidate.warehouse_id,), 0, f"lacks {sku}")
    pieces = [Piece(each.line_id, each.sku, candidate.warehouse_id, each.quantity) for each in wanted]
    alone = plan_cost(pieces=pieces, wanted=wanted, candidates=[candidate])
    return None if alone <= cost else Alternative((candidate.warehouse_id,), alone, f"costs {alone - cost} more")


def _in_line_order(*, wanted: Sequence[Wanted], pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    place = {line.line_id: number for number, line in enumerate(wanted)}
    return tuple(sorted(pieces, key=lambda piece: (place[piece.line_id], piece.warehouse_id)))
