"""Every hole of a carelessly built "one writer per key" is closed, and every scenario can tell."""

from __future__ import annotations

import pytest

from simulation.mutants.catalogue import HOLES, MUTANTS
from simulation.mutants.hunt import Mutant, Scripted

SCRIPTED = [each for each in HOLES if isinstance(each.killer, Scripted)]
SCENARIOS = list(dict.fromkeys(each.killer for each in MUTANTS if isinstance(each.killer, Scripted)))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_scenario_ends_well(scenario: Scripted) -> None:
    """Nothing is lost, doubled or out of order, and everything ends."""
    assert [] == scenario.wrong()


@pytest.mark.parametrize("mutant", SCRIPTED, ids=lambda each: each.name)
def test_scenario_can_fail(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same history over code with the hole ends with something wrong."""
    mutant.break_(monkeypatch)
    assert [] != mutant.killer.wrong()


def test_every_hole_has_a_scenario() -> None:
    """Holes 1 to 21 have a scripted history each."""
    assert set(range(1, 22)) == {each.hole for each in SCRIPTED}
