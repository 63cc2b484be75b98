from __future__ import annotations

from collections import deque

import pytest

from order.domain.lifecycle import LOCKS, OUTCOMES, SETTLED, State, Trigger
from order.domain.profiles import PROFILES, ClockName, Profile, ProfileName, with_clocks
from order.domain.rollup import ENDED, PRECEDENCE, SUB_TRANSITIONS, SubState, SubTrigger, roll_up

ALL = pytest.mark.parametrize("profile", list(PROFILES.values()), ids=lambda profile: profile.name.value)


def reachable(profile: Profile, start: State) -> set[State]:
    seen, todo = {start}, deque([start])
    while todo:
        state = todo.popleft()
        for (source, _), target in profile.table.items():
            if source is state and target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


@ALL
def test_every_state_is_reached(profile: Profile) -> None:
    """An order that is placed can come to each state that its table names."""
    assert set(profile.states()) == reachable(profile, State.PLACING)


@ALL
def test_no_state_is_dead(profile: Profile) -> None:
    """From each state an end is reached, and only ends have no way out."""
    for state in profile.states():
        assert reachable(profile, state) & SETTLED
        ways_out = {target for (source, _), target in profile.table.items() if source is state} - {state}
        assert ways_out or state in SETTLED


@ALL
def test_every_clock_has_an_exit(profile: Profile) -> None:
    """In each state in which a clock runs, its trigger leads elsewhere."""
    for clock in profile.clocks:
        for state in clock.states:
            assert state is not profile.table[state, clock.trigger]


@ALL
def test_every_state_has_a_label_or_is_an_outcome(profile: Profile) -> None:
    """A customer is always shown a label, an outcome, or the label of the state before a lock."""
    for state in profile.states():
        assert state in profile.labels or state in OUTCOMES or state in LOCKS
        assert profile.label(state=state, before=State.PLACING)


@ALL
def test_money_that_nobody_wanted_moves_nothing(profile: Profile) -> None:
    """Excess, and a capture after the first, leave the state where it is."""
    for (source, trigger), target in profile.table.items():
        if trigger is Trigger.EXCESS or (trigger is Trigger.CAPTURED and source is not State.AWAITING_PAYMENT):
            assert source is target


@ALL
def test_a_refused_cancellation_can_be_undone(profile: Profile) -> None:
    """Each state that a cancellation locks can be reached again from the lock, but for a failed placing."""
    locked = {source for (source, _), target in profile.table.items() if target is State.CANCELLING}
    back = {target for (source, _), target in profile.table.items() if source is State.CANCELLING}
    assert locked - {State.PLACING, State.CANCELLING} <= back


@pytest.mark.parametrize(
    "name, seconds",
    [("express", 180), ("standard", 86_400), ("promotion", 1_800), ("corporate", 15 * 86_400), ("virtual", 86_400)],
)
def test_pay_deadlines(name: str, seconds: int) -> None:
    """The pay deadlines are 3 minutes, 24 hours, 30 minutes and 15 days (T01 to T04)."""
    clock = PROFILES[ProfileName(name)].clock(name=ClockName.PAY_DEADLINE)
    assert clock is not None
    assert seconds == clock.after.total_seconds()


def test_window_and_archive() -> None:
    """The service window lasts 7 days, 10 on the marketplace, and orders are archived after two years (T06 to T08)."""
    profile = PROFILES[ProfileName.STANDARD]
    window, archive = profile.clock(name=ClockName.SERVICE_WINDOW), profile.clock(name=ClockName.ARCHIVE)
    assert window is not None
    assert window.marketplace is not None
    assert archive is not None
    assert (7, 10, 730) == (window.after.days, window.marketplace.days, archive.after.days)


def test_clocks_can_be_compressed() -> None:
    """Settings set clocks for one profile or for all; the nearer setting wins, the others stay."""
    changed = with_clocks(
        profiles=PROFILES, seconds={"*": {"service_window": 2, "pay_deadline": 9}, "standard": {"pay_deadline": 5}}
    )
    standard, express = changed[ProfileName.STANDARD], changed[ProfileName.EXPRESS]
    pay = [profile.clock(name=ClockName.PAY_DEADLINE) for profile in (standard, express)]
    assert [5, 9] == [clock.after.seconds for clock in pay if clock]
    window = standard.clock(name=ClockName.SERVICE_WINDOW)
    assert window is not None
    assert (2, window.after) == (window.after.seconds, window.marketplace)


@pytest.mark.parametrize(
    "name, labels",
    [
        ("standard", {"awaiting_payment", "awaiting_shipment", "awaiting_receipt", "completed"}),
        ("cod", {"awaiting_shipment", "awaiting_receipt", "completed"}),
        ("virtual", {"awaiting_payment", "completed"}),
        ("virtual_prepaid", {"completed"}),
    ],
)
def test_public_labels(name: str, labels: set[str]) -> None:
    """A customer sees four labels, of a virtual order two, of a prepaid one only the last (L13, L14)."""
    assert labels == {label.value for label in PROFILES[ProfileName(name)].labels.values()}


@pytest.mark.parametrize(
    "parts, state",
    [
        (("awaiting_pick", "completed"), "awaiting_pick"),
        (("awaiting_receipt", "awaiting_dispatch"), "awaiting_dispatch"),
        (("service_window", "awaiting_receipt"), "awaiting_receipt"),
        (("service_window", "closing"), "service_window"),
        (("closing", "completed"), "closing"),
        (("cancelled", "awaiting_receipt"), "awaiting_receipt"),
        (("cancelled", "cancelled"), "cancelled"),
        (("completed", "closed", "cancelled"), "completed"),
        (("closed", "cancelled"), "closed"),
    ],
)
def test_roll_up(parts: tuple[str, ...], state: str) -> None:
    """The order follows its least advanced live part; of mixed ends the best for the customer counts."""
    assert state == roll_up(parts=[SubState(part) for part in parts]).state.value


def test_roll_up_flags() -> None:
    """The flags say that some parts, but not all, are shipped or delivered; cancelled ones do not count."""
    some = roll_up(parts=[SubState.AWAITING_PICK, SubState.SERVICE_WINDOW, SubState.CANCELLED])
    assert (True, True) == (some.partially_shipped, some.partially_delivered)
    every = roll_up(parts=[SubState.SERVICE_WINDOW, SubState.CANCELLED])
    assert (False, False) == (every.partially_shipped, every.partially_delivered)


def test_each_part_ends() -> None:
    """Each state of a sub-order is ranked, each trigger is used, and each state that is not an end can be left."""
    assert set(SubState) == set(PRECEDENCE)
    assert set(SubTrigger) == {trigger for _, trigger in SUB_TRANSITIONS}
    assert set(SubState) - ENDED == {source for source, _ in SUB_TRANSITIONS}
