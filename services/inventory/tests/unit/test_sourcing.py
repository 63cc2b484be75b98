from collections.abc import Iterator
from itertools import product as combinations_of

from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.domain.carving import Piece, Wanted
from inventory.domain.planning import Candidate
from inventory.domain.sourcing import plan_cost, source

AMBIENT = frozenset({"ambient"})


def wanted(line_id: str, sku: str, quantity: int, weight: int = 400, merchant_id: str = "m1") -> Wanted:
    return Wanted(line_id, sku, quantity, weight, merchant_id, "ambient")


def candidate(warehouse_id: str, per_parcel: int = 500, per_kilogram: int = 100) -> Candidate:
    return Candidate(warehouse_id, per_parcel, per_kilogram, AMBIENT)


def test_the_cheapest_warehouse_gives_all() -> None:
    """When every warehouse has everything, the cheapest one gives it, and the others are named with what they cost."""
    lines = [wanted("l1", "tea", 2), wanted("l2", "rice", 1)]
    free = {(sku, place): 9 for sku in ("tea", "rice") for place in ("a", "b")}
    plan = source(wanted=lines, candidates=[candidate("a", 700), candidate("b", 500)], free=free)
    assert {"b"} == {piece.warehouse_id for piece in plan.pieces}
    assert (700, True) == (plan.cost, plan.exact)
    assert [("a", 900, "costs 200 more")] == [
        (each.warehouse_ids[0], each.cost, each.note) for each in plan.alternatives
    ]


def test_a_dear_warehouse_that_has_all_beats_two_parcels() -> None:
    """One parcel from the dearer warehouse is taken when two parcels cost more."""
    lines = [wanted("l1", "tea", 1), wanted("l2", "rice", 1)]
    free = {("tea", "a"): 1, ("tea", "b"): 1, ("rice", "b"): 1}
    plan = source(wanted=lines, candidates=[candidate("a", 500), candidate("b", 800)], free=free)
    assert (["b", "b"], 900) == ([piece.warehouse_id for piece in plan.pieces], plan.cost)
    assert ["lacks rice"] == [each.note for each in plan.alternatives]


def test_a_line_stays_whole_when_one_warehouse_can_give_it() -> None:
    """A line is not split even when splitting it would be cheaper."""
    free = {("tea", "a"): 3, ("tea", "b"): 4}
    plan = source(wanted=[wanted("l1", "tea", 4)], candidates=[candidate("a", 1), candidate("b", 9_000)], free=free)
    assert (Piece("l1", "tea", "b", 4),) == plan.pieces


def test_a_line_is_split_when_no_warehouse_can_give_it() -> None:
    """A line that no warehouse covers alone is cut into the fewest pieces."""
    free = {("tea", "a"): 3, ("tea", "b"): 3, ("tea", "c"): 1}
    plan = source(wanted=[wanted("l1", "tea", 5)], candidates=[candidate(each) for each in "abc"], free=free)
    assert ({"a", "b"}, 5) == ({each.warehouse_id for each in plan.pieces}, sum(each.quantity for each in plan.pieces))


def test_the_search_finds_what_no_preference_finds() -> None:
    """Two warehouses that share all lines are found although each line alone has a cheaper one, or none better."""
    prices = {"b": 110, "c": 90, "d": 100, "e": 100, "f": 90, "g": 110}
    places = {"tea": "cd", "rice": "bd", "salt": "ef", "soap": "eg"}
    plan = source(
        wanted=[wanted(f"l{number}", sku, 1) for number, sku in enumerate(places)],
        candidates=[candidate(place, price, 0) for place, price in prices.items()],
        free={(sku, place): 1 for sku, found in places.items() for place in found},
    )
    assert (["d", "d", "e", "e"], 200, True) == ([each.warehouse_id for each in plan.pieces], plan.cost, plan.exact)


def test_what_is_short_is_named_per_line() -> None:
    """Two lines of one sku share its stock: the second one is told what the first one leaves."""
    plan = source(
        wanted=[wanted("l1", "tea", 3), wanted("l2", "tea", 3)], candidates=[candidate("a")], free={("tea", "a"): 4}
    )
    assert [("l2", 3, 1, "out_of_stock")] == [
        (each.line_id, each.requested, each.available, each.reason) for each in plan.short
    ]


def test_a_class_that_no_warehouse_stores_is_not_covered() -> None:
    """Stock in a warehouse that may not store the class does not count."""
    cold = Wanted("l1", "fish", 1, 400, "m1", "cold")
    plan = source(wanted=[cold], candidates=[candidate("a")], free={("fish", "a"): 4})
    assert [("not_covered", 0)] == [(each.reason, each.available) for each in plan.short]


def test_two_hundred_lines_are_planned_within_the_bound() -> None:
    """A large order of one merchant gets a plan without looking at every combination."""
    lines = [wanted(f"l{n}", f"sku-{n}", 1 + n % 3, weight=100 + n) for n in range(200)]
    free = {(line.sku, place): 9 for n, line in enumerate(lines) for place in "abcd" if (n + ord(place)) % 3}
    candidates = [candidate(place, 300 + 70 * ord(place) % 90, 50 + ord(place) % 7) for place in "abcd"]
    plan = source(wanted=lines, candidates=candidates, free=free)
    assert {line.line_id: line.quantity for line in lines} == _given(plan.pieces)
    assert plan_cost(pieces=plan.pieces, wanted=lines, candidates=candidates) == plan.cost


def test_a_split_of_many_units_is_planned_within_the_bound() -> None:
    """Thousands of units over several warehouses are given by emptying them, not by trying every division."""
    free = {("tea", place): 3_000 for place in "abcd"}
    plan = source(wanted=[wanted("l1", "tea", 10_000)], candidates=[candidate(each) for each in "abcd"], free=free)
    assert ({"l1": 10_000}, 4, False) == (_given(plan.pieces), len(plan.pieces), plan.exact)


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[Wanted], list[Candidate], dict[tuple[str, str], int]]:
    """Draw up to three lines of up to two merchants over up to three warehouses."""
    places = "abc"[: draw(st.integers(1, 3))]
    skus = draw(st.lists(st.sampled_from(["tea", "rice", "salt"]), min_size=1, max_size=3))
    weights = {sku: draw(st.sampled_from([150, 700, 1_000])) for sku in skus}
    merchants = {sku: draw(st.sampled_from(["m1", "m2"])) for sku in skus}
    lines = [wanted(f"l{n}", sku, draw(st.integers(1, 4)), weights[sku], merchants[sku]) for n, sku in enumerate(skus)]
    candidates = [candidate(each, draw(st.integers(0, 900)), draw(st.integers(0, 300))) for each in places]
    free = {(sku, place): draw(st.integers(0, 5)) for sku in sorted(set(skus)) for place in places}
    return lines, candidates, free


@settings(max_examples=150)
@given(problem=problems())
def test_no_plan_is_better(problem: tuple[list[Wanted], list[Candidate], dict[tuple[str, str], int]]) -> None:
    """Against every division of every line, the plan has the fewest pieces and among those the least cost."""
    lines, candidates, free = problem
    every = list(_every_plan(lines, candidates, free))
    plan = source(wanted=lines, candidates=candidates, free=free)
    if plan.short:
        assert [] == every
        return
    best = min((len(each), plan_cost(pieces=each, wanted=lines, candidates=candidates)) for each in every)
    assert (best, True) == ((len(plan.pieces), plan.cost), plan.exact)
    assert {line.line_id: line.quantity for line in lines} == _given(plan.pieces)


@settings(max_examples=100)
@given(problem=problems(), data=st.data())
def test_the_order_of_candidates_changes_no_cost(
    problem: tuple[list[Wanted], list[Candidate], dict[tuple[str, str], int]], data: st.DataObject
) -> None:
    """The same order sourced from the same warehouses in another order costs the same."""
    lines, candidates, free = problem
    shuffled = data.draw(st.permutations(candidates))
    first = source(wanted=lines, candidates=candidates, free=free)
    second = source(wanted=lines, candidates=shuffled, free=free)
    assert (first.cost, first.short) == (second.cost, second.short)


def _given(pieces: tuple[Piece, ...]) -> dict[str, int]:
    units: dict[str, int] = {}
    for piece in pieces:
        units[piece.line_id] = units.get(piece.line_id, 0) + piece.quantity
    return units


def _every_plan(
    lines: list[Wanted], candidates: list[Candidate], free: dict[tuple[str, str], int]
) -> Iterator[list[Piece]]:
    places = [each.warehouse_id for each in candidates]
    divisions = [
        [each for each in combinations_of(range(line.quantity + 1), repeat=len(places)) if sum(each) == line.quantity]
        for line in lines
    ]
    for chosen in combinations_of(*divisions):
        used: dict[tuple[str, str], int] = {}
        pieces = []
        for line, division in zip(lines, chosen, strict=True):
            for place, units in zip(places, division, strict=True):
                if units:
                    used[line.sku, place] = used.get((line.sku, place), 0) + units
                    pieces.append(Piece(line.line_id, line.sku, place, units))
        if all(units <= free[place] for place, units in used.items()):
            yield pieces
