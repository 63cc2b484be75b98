from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.testing import MONDAY
from inventory.domain.catalog import Warehouse, Zone, coverage
from inventory.domain.reservation import TRANSITIONS, ReservationState, Trigger
from inventory.domain.stock import EFFECTS, MINUTE, MovementKind, Stock, ends_at, held, moved, swept


def test_every_state_is_in_the_table() -> None:
    """Each state and each trigger occurs in the table of transitions."""
    states = {state for state, _ in TRANSITIONS} | set(TRANSITIONS.values())
    assert (set(ReservationState), set(Trigger)) == (states, {trigger for _, trigger in TRANSITIONS})


def test_what_ended_stays_ended() -> None:
    """A refused, short or released reservation only ever answers a release, and stays what it is."""
    for ended in (ReservationState.REFUSED, ReservationState.SHORT, ReservationState.RELEASED):
        assert [(Trigger.RELEASE, ended)] == [(t, after) for (state, t), after in TRANSITIONS.items() if state is ended]


def test_every_movement_has_an_effect() -> None:
    """Each kind of movement says what it does to the counters."""
    assert set(MovementKind) == set(EFFECTS)


@given(seconds=st.integers(0, 7_200), micros=st.integers(0, 999_999))
def test_a_hold_never_ends_early(seconds: int, micros: int) -> None:
    """The minute of a hold is full, not before its end, and less than a minute after it."""
    until = MONDAY + timedelta(seconds=seconds, microseconds=micros)
    ends = ends_at(hold_until=until)
    assert (0, 0, True) == (ends.second, ends.microsecond, until <= ends < until + MINUTE)


@given(units=st.lists(st.tuples(st.integers(0, 5), st.integers(1, 9)), max_size=8), now=st.integers(0, 5))
def test_sweeping_changes_nothing_that_is_available(units: list[tuple[int, int]], now: int) -> None:
    """What is available is the same before and after the lapsed holds are swept."""
    row = Stock("north", on_hand=100)
    for minute, quantity in units:
        row = held(
            row=moved(row=row, kind=MovementKind.RESERVE, quantity=quantity),
            ends=MONDAY + minute * MINUTE,
            quantity=quantity,
        )
    moment = MONDAY + now * MINUTE
    clean = swept(row=row, now=moment)
    assert row.available(now=moment) == clean.available(now=moment) == clean.on_hand - clean.reserved
    assert () == clean.lapsed(now=moment)


def test_more_than_is_held_cannot_be_given_back() -> None:
    """Giving back units that nobody holds until then is an error."""
    with pytest.raises(ValueError, match="fewer units are held"):
        held(row=Stock("north", on_hand=1), ends=MONDAY, quantity=-1)


def test_coverage_names_the_warehouses_that_reach_a_region() -> None:
    """Only warehouses with a zone for the region cover it, in the order of their ids."""
    near = Warehouse("b", zones=(Zone("r1", 1, 1),), classes=())
    far = Warehouse("a", zones=(Zone("r2", 1, 1), Zone("r1", 2, 2)), classes=())
    found = coverage(region="r1", warehouses=(near, far, Warehouse("c", zones=(Zone("r2", 1, 1),), classes=())))
    assert found is not None
    assert ["a", "b"] == [each.warehouse_id for each in found.warehouses]
    assert coverage(region="r3", warehouses=(near, far)) is None
