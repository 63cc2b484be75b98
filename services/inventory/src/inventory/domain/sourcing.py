"""Which warehouse gives which units: the cheapest plan, and why.

What is sent together is a parcel: the goods of one merchant and one handling class from one warehouse. A parcel costs
the warehouse's zone base, packaging and handling, and so much per started kilogram. No cost is shared between parcels
of different merchants or classes, so each such group is planned by itself, exactly while it is small. The number of
pieces into which lines are cut comes before the cost: a line's quantity is split only when no plan does without.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inventory.domain.carving import Piece, Wanted
from inventory.domain.planning import Candidate, Free, all_from, cheapest

MAX_ALTERNATIVES = 8


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


def source(*, wanted: Sequence[Wanted], candidates: Sequence[Candidate], free: Free) -> Sourced:
    """Return the cheapest plan over the candidates, or what is short; ``free`` maps (sku, warehouse) to units."""
    classes = {each.handling_class for each in wanted}
    eligible = {each: [candidate for candidate in candidates if each in candidate.classes] for each in classes}
    short = _shortages(wanted=wanted, eligible=eligible, free=free)
    if short:
        return Sourced(short=short)
    groups: dict[tuple[str, str], list[Wanted]] = {}
    for line in wanted:
        groups.setdefault(line.parcel, []).append(line)
    plans = [
        cheapest(lines=lines, candidates=eligible[lines[0].handling_class], free=free) for lines in groups.values()
    ]
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
        warehouses = eligible[line.handling_class]
        have = left.get(line.sku)
        if have is None:
            have = sum(free.get((line.sku, each.warehouse_id), 0) for each in warehouses)
        left[line.sku] = max(0, have - line.quantity)
        if have < line.quantity:
            reason = "out_of_stock" if warehouses else "not_covered"
            short.append(Shortage(line.line_id, line.sku, line.quantity, have, reason))
    return tuple(short)


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
    alone = plan_cost(pieces=all_from(lines=wanted, candidate=candidate), wanted=wanted, candidates=[candidate])
    return None if alone <= cost else Alternative((candidate.warehouse_id,), alone, f"costs {alone - cost} more")


def _in_line_order(*, wanted: Sequence[Wanted], pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    place = {line.line_id: number for number, line in enumerate(wanted)}
    return tuple(sorted(pieces, key=lambda piece: (place[piece.line_id], piece.warehouse_id)))
