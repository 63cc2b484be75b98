"""Every hole of the reliability page is closed, and every scenario can tell."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from simulation import holes, mutants
from simulation.loop import run

Scenario = Callable[[], Awaitable[list[str]]]

HOLES = {
    "1 fence": (holes.fence, mutants.fence_not_checked),
    "2 consuming early": (holes.consuming_early, mutants.no_way_back),
    "2 long drain": (holes.long_drain, mutants.endless_drain),
    "3 commits past a failure": (holes.commits_past_a_failure, mutants.positions_committed),
    "4 database outage": (holes.database_outage, mutants.outage_taken_for_poison),
    "5 late raise": (holes.late_raise, mutants.fenced_shard_dropped),
    "6 unknown commit": (holes.unknown_commit, mutants.unknown_taken_for_done),
    "8 rolling deploy": (holes.rolling_deploy, mutants.part_of_a_shard_opened),
    "10 shared rows": (holes.shared_rows, mutants.decided_on_a_plain_read),
    "11 commit order": (holes.commit_order, mutants.sequence_cached),
}


async def _history(scenario: Scenario) -> list[str]:
    return await scenario()


@pytest.mark.parametrize("hole", HOLES)
def test_hole_is_closed(hole: str) -> None:
    """Nothing is lost, doubled or out of order, and everything ends."""
    scenario, _ = HOLES[hole]
    assert [] == run(_history(scenario))


@pytest.mark.parametrize("hole", HOLES)
def test_scenario_can_fail(hole: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same history over a chassis with the hole ends with something wrong."""
    scenario, mutant = HOLES[hole]
    mutant(monkeypatch)
    assert [] != run(_history(scenario))
