"""What of the state tables is taken, that every fault happens, and that a failure is shrunk."""

from __future__ import annotations

import argparse
from functools import cache

import pytest

from simulation import coverage, history
from simulation.history import History
from simulation.mutants import ownership, relay
from simulation.shrink import command_line, shrunk
from simulation.untaken import NEVER

SEEDS = range(2_000_000, 2_000_012)

# Seeds that found a defect, and which.
FOUND = {
    302: "a payment that was to be voided had been collected meanwhile, and was asked to be voided for ever",
    2008: "a call whose shard was lost while the tasks of another were read was believed to be under way",
    3005: "a timer whose shard was lost while the tasks of another were read never came",
}

KINDS = {
    "all clocks jump",
    "broker log lost",
    "clock of a process jumps",
    "feed late, twice or out of order",
    "odd moment: cancel",
    "odd moment: gossip",
    "partition held back",
    "poison for a handler",
    "republish",
}


@cache
def _history(seed: int) -> History:
    return history.of_orders(seed=seed, orders=20)


@pytest.mark.parametrize("seed", [*SEEDS, *FOUND])
def test_history_keeps_every_promise(seed: int) -> None:
    """Whatever goes wrong, no invariant is broken."""
    assert [] == _history(seed).wrong


def test_each_new_fault_happens() -> None:
    """The faults really happen, each within a hundred histories."""
    unseen, seeds = set(KINDS), iter(range(SEEDS.start, SEEDS.start + 100))
    while unseen and (seed := next(seeds, None)) is not None:
        unseen -= _history(seed).injected.keys()
    assert set() == unseen


def test_rows_that_are_never_taken_exist() -> None:
    """Each explained row stands in a table, and no history of these takes one of them."""
    rows = {tuple(pair) for pair in coverage.wanted()}
    taken = {tuple(pair) for seed in SEEDS for pair in _history(seed).taken}
    assert (set(), set()) == (set(NEVER) - rows, taken & set(NEVER))


def test_failure_is_shrunk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A history over a chassis with a defect is shrunk to fewer orders that break the same, and can be replayed."""
    ownership.fence_not_checked(monkeypatch)
    relay.unknown_taken_for_done(monkeypatch)
    failed = next(found for seed in range(40) if (found := history.of_orders(seed=seed, orders=8)).wrong)
    cut, small = shrunk(
        history=failed,
        orders=8,
        run=lambda cut: history.of_orders(seed=failed.seed, orders=8, cut=cut),
        tries=20,
    )
    assert small.wrong
    assert len(cut.orders or ()) < 8
    again = history.of_orders(seed=failed.seed, orders=8, cut=cut)
    assert small.digest == again.digest
    parser = argparse.ArgumentParser()
    parser.add_argument("--only")
    given, _ = parser.parse_known_args(command_line(seed=failed.seed, cut=cut).split())
    assert ",".join(map(str, cut.orders or ())) == given.only
