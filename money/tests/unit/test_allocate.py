import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from money.allocate import allocate
from money.errors import MoneyError

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "allocation.json").read_text())

amounts = st.integers(min_value=0, max_value=10**12)
weights = st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=30)


@st.composite
def capped(draw: st.DrawFn) -> tuple[int, list[int], list[int]]:
    shares = draw(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=12))
    even = not any(weight for weight, _ in shares)
    room = sum(cap for weight, cap in shares if weight or even)
    return draw(st.integers(0, room)), [weight for weight, _ in shares], [cap for _, cap in shares]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_vector(case: dict[str, Any]) -> None:
    """Every vector gives its parts."""
    assert tuple(case["parts"]) == allocate(amount=case["amount"], weights=case["weights"], caps=case.get("caps"))


@pytest.mark.parametrize("case", VECTORS["errors"], ids=lambda case: case["name"])
def test_vector_error(case: dict[str, Any]) -> None:
    """Every error vector is refused."""
    with pytest.raises(MoneyError):
        allocate(amount=case["amount"], weights=case["weights"], caps=case.get("caps"))


@given(amounts, weights)
def test_parts_sum_to_the_amount(amount: int, weights: list[int]) -> None:
    """The parts sum to the amount, and each is within one of its exact share."""
    parts = allocate(amount=amount, weights=weights)
    assert amount == sum(parts)
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        if total:
            assert abs(part * total - amount * weight) < total


@given(capped())
def test_parts_stay_within_their_caps(case: tuple[int, list[int], list[int]]) -> None:
    """The parts sum to the amount, and none is negative or above its cap."""
    amount, weights, caps = case
    parts = allocate(amount=amount, weights=weights, caps=caps)
    assert amount == sum(parts)
    assert all(0 <= part <= cap for part, cap in zip(parts, caps, strict=True))


@given(capped())
def test_a_part_below_its_cap_is_proportional(case: tuple[int, list[int], list[int]]) -> None:
    """Two parts with room differ from the ratio of their weights by less than a unit each."""
    amount, weights, caps = case
    if not any(weights):
        weights = [1] * len(weights)
    parts = allocate(amount=amount, weights=weights, caps=caps)
    roomy = [(part, weight) for part, weight, cap in zip(parts, weights, caps, strict=True) if weight and part < cap]
    for part, weight in roomy:
        for other, other_weight in roomy:
            assert abs(part * other_weight - other * weight) < weight + other_weight


@given(st.data(), capped())
def test_the_order_of_lines_changes_nothing(data: st.DataObject, case: tuple[int, list[int], list[int]]) -> None:
    """Lines that are put in the order of their stable id get the same parts however they were given."""
    amount, weights, caps = case
    given_order = data.draw(st.permutations(range(len(weights))))
    by_id = sorted(given_order)
    shuffled = allocate(amount=amount, weights=[weights[i] for i in by_id], caps=[caps[i] for i in by_id])
    assert allocate(amount=amount, weights=weights, caps=caps) == shuffled


@given(amounts, weights)
def test_only_ties_depend_on_the_position(amount: int, weights: list[int]) -> None:
    """Reversing the lines moves the odd cents between equal remainders only."""
    total = sum(weights) or len(weights)
    used = weights if any(weights) else [1] * len(weights)
    forward = allocate(amount=amount, weights=weights)
    backward = allocate(amount=amount, weights=weights[::-1])[::-1]
    moved = {amount * weight % total for weight, a, b in zip(used, forward, backward, strict=True) if a != b}
    assert len(moved) <= 1


@given(capped())
def test_a_negative_amount_mirrors_the_positive(case: tuple[int, list[int], list[int]]) -> None:
    """A negative amount gives the mirror image of the positive one."""
    amount, weights, caps = case
    mirrored = tuple(-part for part in allocate(amount=amount, weights=weights, caps=caps))
    assert mirrored == allocate(amount=-amount, weights=weights, caps=caps)


@given(amounts, weights)
def test_zero_weight_gets_zero(amount: int, weights: list[int]) -> None:
    """A line without weight gets nothing while another has some."""
    parts = allocate(amount=amount, weights=[*weights, 1])
    assert all(not part for part, weight in zip(parts, weights, strict=False) if not weight)


def test_overflow_passes_a_zero_weight_by() -> None:
    """What does not fit under the caps never goes to a line without weight."""
    with pytest.raises(MoneyError, match="at most 10 fits"):
        allocate(amount=11, weights=[1, 0], caps=[10, 10])


def test_overflow_may_fill_several_rounds() -> None:
    """A part that the overflow of another fills passes its own overflow on."""
    assert (10, 30, 60) == allocate(amount=100, weights=[50, 40, 10], caps=[10, 30, 100])


def test_nothing_over_no_lines_is_nothing() -> None:
    """No amount over no lines gives no parts."""
    assert () == allocate(amount=0, weights=[])


@pytest.mark.parametrize(
    "call, field",
    [
        ({"amount": 1.0, "weights": [1]}, "amount"),
        ({"amount": True, "weights": [1]}, "amount"),
        ({"amount": 10**18 + 1, "weights": [1]}, "amount"),
        ({"amount": 1, "weights": [1, 0.5]}, r"weights\[1\]"),
        ({"amount": 1, "weights": [1], "caps": [-1]}, r"caps\[0\]"),
        ({"amount": 1, "weights": [1], "caps": []}, "caps has 0 entries"),
    ],
)
def test_a_refusal_names_the_field(call: dict[str, Any], field: str) -> None:
    """What is no whole number in range is refused by name."""
    with pytest.raises(MoneyError, match=field):
        allocate(**call)


def test_many_lines_are_divided_exactly() -> None:
    """Ten thousand lines with caps sum to the amount."""
    drawn = random.Random(7)
    weights = [drawn.randrange(1, 10_000) for _ in range(10_000)]
    caps = [drawn.randrange(0, 20_000) for _ in weights]
    parts = allocate(amount=sum(caps) * 9 // 10, weights=weights, caps=caps)
    assert sum(caps) * 9 // 10 == sum(parts)
    assert all(part <= cap for part, cap in zip(parts, caps, strict=True))
