"""The crash sweep: a sample of what ``python -m simulation.sweep`` runs in full, and that it can fail."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from simulation.sweep import mutants
from simulation.sweep.branching import play_after
from simulation.sweep.playing import Case, Played, calm, play, unlike
from simulation.sweep.sagas import MAIN, SAGAS

POINTS = 3
PAIRS = 5
Mutant = Callable[[pytest.MonkeyPatch], None]
MUTANTS: dict[Mutant, str] = {
    mutants.acknowledged_before_commit: "never handled",
    mutants.outbox_not_read: "journalled and never published",
    mutants.tasks_not_loaded: "not idle",
}


@cache
def before(saga: str) -> Played:
    return calm(saga=saga)[0]


@pytest.mark.parametrize("saga", SAGAS)
def test_saga_ends_as_its_script_says(saga: str) -> None:
    """Without a crash every script comes to its end, and all invariants hold."""
    assert [] == list(unlike(played=before(saga), before=before(saga)))


@pytest.mark.parametrize("saga", SAGAS)
def test_order_survives_a_crash(saga: str) -> None:
    """Whichever process is killed at whichever step, the order comes to the same end."""
    numbers = random.Random(saga).sample(range(1, before(saga).steps + 1), POINTS)
    wrong = {case: list(_wrong(case)) for case in (Case(saga, (number,)) for number in numbers)}
    assert {} == {str(case): found for case, found in wrong.items() if found}


@pytest.mark.parametrize("saga", MAIN)
def test_order_survives_two_crashes(saga: str) -> None:
    """Two crashes in one history, the second one perhaps while the first is being overcome, change nothing."""
    draw = random.Random(saga)
    for _ in range(PAIRS):
        first = draw.randint(1, before(saga).steps - 1)
        second = draw.randint(first + 1, play(Case(saga, (first,))).steps)
        assert [] == list(_wrong(Case(saga, (first, second))))


@pytest.mark.parametrize("mutant", MUTANTS)
def test_sweep_can_fail(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chassis with a defect that a crash brings to light is found out by the sweep of one saga."""
    steps = before("checkout").steps
    mutant(monkeypatch)
    cases = (Case("checkout", (number,)) for number in range(1, steps, 5))
    assert any(MUTANTS[mutant] in wrong for case in cases for wrong in _wrong(case))


def test_number_names_one_moment() -> None:
    """The steps up to a crash are those of the history without it, so that a case can be replayed."""
    alone, both = play(Case("cancellation", (40,))), play(Case("cancellation", (40, 90)))
    assert alone.places == both.places[:1]
    assert both == play(Case("cancellation", (40, 90)))


def test_branches_are_what_is_played_alone() -> None:
    """All second crashes after a first one, branched off one history, are those that are played one by one."""
    first = Case("nothing-to-pay", (20,))
    branches = play_after(first)
    assert [(20, second) for second in range(21, play(first).steps + 1)] == [each.case.at for each in branches]
    assert [play(each.case) for each in branches[::9]] == branches[::9]


def test_crash_that_does_not_happen_is_wrong() -> None:
    """A case whose step is never reached does not count as survived."""
    (wrong,) = _wrong(Case("nothing-to-pay", (4_711,)))
    assert wrong.endswith("not every crash has happened")


def test_command_line_counts_what_it_has_played() -> None:
    """The last line says how many sagas and crash points there were and how many of these were survived."""
    arguments = ["--saga", "late-payment", "--points", "2", "--pairs", "2", "--jobs", "1"]
    lines = _sweep(*arguments)
    assert "sweep: 1 sagas, 2 crash points, 2 survived" in lines
    assert "sweep: 0 pairs of crash points, 0 survived" not in lines


def test_command_line_replays_a_case() -> None:
    """A case is replayed with its trace, and its last line says who was killed where and what came of it."""
    assert _sweep("--saga", "nothing-to-pay", "--at", "3")[-1].endswith("survived")


def _wrong(case: Case) -> Iterator[str]:
    return unlike(played=play(case), before=before(case.saga))


def _sweep(*arguments: str) -> list[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "simulation.sweep", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()
