"""A process that does not work any more is ended by its watchdog, and what it had is done by the next one."""

from __future__ import annotations

import asyncio

import pytest

from chassis.watchdog import Watchdog
from simulation.deposits import Deposits
from simulation.history import begin
from simulation.loop import run
from simulation.watch import WEDGES


async def _wedged(work: str) -> tuple[list[str], int]:
    """Wedge the only process of a service while there is work; return what is wrong and how many it took."""
    scene = Deposits(seed=1)
    begin(world=scene.world, most=1)
    await scene.bring(rounds=5, pause=0.5)
    scene.world.running[1].wedge(work)
    # Longer than a session: of a member that stands still nothing is seen before it ends.
    await scene.bring(rounds=10, pause=0.5)
    wrong = await scene.settle()
    return wrong, scene.world.weather.injected["ended by its watchdog"]


@pytest.mark.parametrize("work", WEDGES)
def test_wedged_process_is_ended_and_replaced(work: str) -> None:
    """Whatever of it stands still, its watchdog ends it, and every deposit arrives once and in order."""
    assert ([], 1) == run(_wedged(work))


async def _wedged_before_its_first_assignment() -> tuple[list[str], int]:
    scene = Deposits(seed=1)
    await asyncio.sleep(0.01)  # at nought nothing counts as noted
    begin(world=scene.world, most=1)
    await asyncio.sleep(0.01)
    scene.world.running[1].wedge("GroupMember.run")
    await scene.bring(rounds=5, pause=0.5)
    return await scene.settle(), scene.world.weather.injected["ended by its watchdog"]


def test_process_without_a_first_assignment_is_ended_and_replaced() -> None:
    """A process that stands still before its first assignment has nothing to commit, and is found all the same."""
    assert ([], 1) == run(_wedged_before_its_first_assignment())


@pytest.mark.parametrize("work", WEDGES)
def test_wedge_without_watchdog_is_noticed(work: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a watchdog the same process is never replaced, and what it had is not done."""
    monkeypatch.setattr(Watchdog, "stalled", lambda _watchdog: [])
    monkeypatch.setattr(Watchdog, "look", lambda _watchdog: None)
    wrong, ended = run(_wedged(work))
    assert 0 == ended
    assert [] != wrong
