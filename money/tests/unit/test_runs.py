import pytest
from hypothesis import given
from hypothesis import strategies as st

from money.allocate import allocate
from money.errors import AmountError, UnitsError
from money.runs import Stretch, Units, check_units, divide_over_units, subtract

lengths = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 40)), min_size=1, max_size=6)


def stretched(pairs: list[tuple[int, int]]) -> list[Stretch]:
    first = 0
    stretches = []
    for count, net in pairs:
        stretches.append(Stretch(first=first, count=count, net=net))
        first += count
    return stretches


def per_unit(stretches: tuple[Stretch, ...] | list[Stretch]) -> list[int]:
    return [stretch.net for stretch in stretches for _ in range(stretch.count)]


@given(st.integers(0, 5_000), lengths)
def test_runs_divide_as_single_units_do(amount: int, pairs: list[tuple[int, int]]) -> None:
    """Dividing over runs gives each unit what dividing over a list of units gives it."""
    stretches = stretched(pairs)
    shares = divide_over_units(amount=amount, stretches=stretches)
    assert list(allocate(amount=amount, weights=per_unit(stretches))) == per_unit(shares)


@given(st.data(), lengths)
def test_no_unit_falls_below_zero(data: st.DataObject, pairs: list[tuple[int, int]]) -> None:
    """A share within the total never exceeds the net of its unit."""
    stretches = stretched(pairs)
    amount = data.draw(st.integers(0, sum(per_unit(stretches))))
    lowered = subtract(stretches=stretches, shares=divide_over_units(amount=amount, stretches=stretches))
    assert all(net >= 0 for net in per_unit(lowered))
    assert sum(per_unit(stretches)) - amount == sum(per_unit(lowered))


@pytest.mark.parametrize(
    "units, message",
    [
        ([Units(line="3", first=0, count=1)], "line 3 is not in the order: its lines are 1, 2"),
        ([Units(line="1", first=1, count=2)], "line 1 has units 0 to 1, not 1 to 2"),
        ([Units(line="2", first=0, count=3), Units(line="2", first=2, count=1)], "line 2 unit 2 is named twice"),
    ],
)
def test_wrong_units_are_refused(units: list[Units], message: str) -> None:
    """Units that do not exist or are named twice are refused by name."""
    with pytest.raises(UnitsError, match=message):
        check_units(units=units, quantities={"1": 2, "2": 5})


def test_no_units_are_no_units() -> None:
    """A stretch of units has at least one."""
    with pytest.raises(AmountError, match="count of line 1 is 0"):
        Units(line="1", first=0, count=0)
