"""A process that does not work any more is ended by its watchdog, and what it had is done by the next one."""

from __future__ import annotations

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
    await scene.bring(rounds=5, pause=0.5)
    wrong = await scene.settle()
    return wrong, scene.world.weather.injected["ended by its watchdog"]


@pytest.mark.parametrize("work", WEDGES)
def test_wedged_process_is_ended_and_replaced(work: str) -> None:
    """Whatever of it stands still, its watchdog ends it, and every deposit arrives once and in order."""
    assert ([], 1) == run(_wedged(work))


@pytest.mark.parametrize("work", WEDGES)
def test_wedge_without_watchdog_is_noticed(work: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a watchdog the same process is never replaced, and what it had is not done."""
    monkeypatch.setattr(Watchdog, "stalled", lambda _watchdog: [])
    monkeypatch.setattr(Watchdog, "look", lambda _watchdog: None)
    wrong, ended = run(_wedged(work))
    assert 0 == ended
    assert [] != wrong
