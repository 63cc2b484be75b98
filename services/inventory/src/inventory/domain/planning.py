"""The cheapest plan for what travels together: exact while it is small, the best one found within a bound otherwise."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from inventory.domain.carving import Piece, Wanted, carvings

NODES = 1_000
"""How many partial plans of a group are looked at before the best one so far is taken."""

Free = Mapping[tuple[str, str], int]
Option = tuple[Piece, ...]


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
class GroupPlan:
    """Who gives what of a group, at what cost; ``exact`` says that no plan is cheaper."""

    pieces: tuple[Piece, ...]
    cost: int
    exact: bool = True


def kilograms(*, grams: int) -> int:
    """Return the started kilograms, at least one."""
    return -(-grams // 1_000) or 1


def all_from(*, lines: Iterable[Wanted], candidate: Candidate) -> tuple[Piece, ...]:
    """Return the pieces when one warehouse gives everything."""
    return tuple(Piece(each.line_id, each.sku, candidate.warehouse_id, each.quantity) for each in lines)


def cheapest(*, lines: Sequence[Wanted], candidates: Sequence[Candidate], free: Free) -> GroupPlan:
    """Return the cheapest plan for these lines of one parcel group; the stock of the candidates must suffice."""
    floor = _Floor.of(lines=lines, candidates=candidates)
    whole = _whole(lines=lines, candidates=candidates, free=free, floor=floor)
    return whole or _searched(
        lines=lines, candidates={each.warehouse_id: each for each in candidates}, free=free, floor=floor
    )


def _searched(
    *, lines: Sequence[Wanted], candidates: Mapping[str, Candidate], free: Free, floor: "_Floor"
) -> GroupPlan:
    by_sku: dict[str, list[Wanted]] = {}
    for line in lines:
        by_sku.setdefault(line.sku, []).append(line)
    choices, exact = [], True
    for sku, same in by_sku.items():
        stock = {each: free.get((sku, each), 0) for each in candidates}
        carved = carvings(lines=same, stock=stock)
        choices.append(carved.options)
        exact = exact and carved.exact
    weights = {line.line_id: line.weight for line in lines}
    search = _Search(choices=choices, weights=weights, candidates=candidates, floor=floor)
    search.run()
    pieces = tuple(piece for option in search.best for piece in option)
    return GroupPlan(pieces=pieces, cost=search.best_cost, exact=exact and search.nodes < NODES)


@dataclass(frozen=True, slots=True)
class _Floor:
    """What no plan of a group can undercut: one parcel at the least price, all weight at the least rate."""

    parcel: int
    weight: int

    @classmethod
    def of(cls, *, lines: Iterable[Wanted], candidates: Collection[Candidate]) -> "_Floor":
        grams = sum(line.quantity * line.weight for line in lines)
        least = min(each.per_kilogram for each in candidates)
        return cls(min(each.per_parcel for each in candidates), least * kilograms(grams=grams))

    @property
    def cost(self) -> int:
        return self.parcel + self.weight


def _whole(*, lines: Sequence[Wanted], candidates: Iterable[Candidate], free: Free, floor: _Floor) -> GroupPlan | None:
    """Return the plan of one warehouse that has everything, when no other can be cheaper: most orders end here."""
    grams = sum(line.quantity * line.weight for line in lines)
    needs: dict[str, int] = {}
    for line in lines:
        needs[line.sku] = needs.get(line.sku, 0) + line.quantity
    for each in candidates:
        if each.cost(grams=grams) == floor.cost and _has(each, needs, free):
            return GroupPlan(all_from(lines=lines, candidate=each), floor.cost)
    return None


def _has(candidate: Candidate, needs: Mapping[str, int], free: Free) -> bool:
    return all(free.get((sku, candidate.warehouse_id), 0) >= units for sku, units in needs.items())


class _Search:
    """Branch and bound over one option per sku; what is opened and weighed only grows, so a partial cost is a bound."""

    def __init__(
        self,
        *,
        choices: Sequence[Sequence[Option]],
        weights: Mapping[str, int],
        candidates: Mapping[str, Candidate],
        floor: _Floor,
    ) -> None:
        self.weights = weights
        self.candidates = candidates
        self.choices = choices
        self.floor = floor
        self.nodes = 0
        self.best, self.best_cost = min((self._greedy(prefer=each) for each in candidates), key=lambda plan: plan[1])

    def run(self) -> None:
        """Look for a cheaper plan than the greedy ones, unless these already reach the floor."""
        if self.best_cost > self.floor.cost:
            self._branch(chosen=(), parcels={})

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
            (self._bound(after), after, option)
            for option in self.choices[len(chosen)]
            for after in [self._add(parcels, option)]
        ]
        for bound, after, option in sorted(reached, key=lambda each: each[0]):
            if bound >= self.best_cost or self.nodes >= NODES or self.best_cost == self.floor.cost:
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

    def _bound(self, parcels: Mapping[str, int]) -> int:
        opened = sum(self.candidates[warehouse_id].per_parcel for warehouse_id in parcels)
        return opened + max(self._cost(parcels) - opened, self.floor.weight)

    @staticmethod
    def _elsewhere(*, option: Option, prefer: str) -> int:
        return sum(piece.quantity for piece in option if piece.warehouse_id != prefer)
