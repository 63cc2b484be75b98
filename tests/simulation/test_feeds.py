"""Who reads feeds may be killed at any step: what is kept in the end is what was published last."""

from __future__ import annotations

import random
from typing import Any

import pytest

from chassis.feeds import Feeds
from simulation.loop import run
from simulation.shop.feeding import Feeding
from simulation.sweep.crashes import Crashes
from simulation.sweep.sagas import SAGAS
from simulation.sweep.stage import Stage

SECONDS = 60.0
ROUNDS = 3
POINTS = 12


async def _fed(crashes: Crashes) -> list[str]:
    """Publish states of things in a shop without orders, and return what is wrong when all have been read."""
    stage = Stage(saga=SAGAS["lost-parcel"], crashes=crashes)
    feeding = Feeding(world=stage.world)
    for service in ("order", "inventory"):
        stage.world.supervise(service=service)
    await stage.prepare()
    crashes.armed = True
    for _ in range(ROUNDS):
        feeding.publish()
    await stage.world.until(lambda: not stage.world.unquiet(), seconds=SECONDS)
    crashes.armed = False
    stage.channel.close()
    return [*feeding.violations(), *(f"{name}: {left}" for name, left in stage.world.unquiet().items())]


def _crashed(*at: int) -> tuple[list[str], Crashes]:
    crashes = Crashes(at=at)
    return run(_fed(crashes)), crashes


def test_feeds_are_read() -> None:
    """Without a crash the newest states are kept, and old ones would not be."""
    wrong, crashes = _crashed()
    assert [] == wrong
    assert len(crashes.steps) > POINTS


def test_killed_readers_come_back_with_the_same_state() -> None:
    """Whichever process is killed at whichever step, its successor reads on, and the same is kept."""
    steps = len(_crashed()[1].steps)
    for number in sorted(random.Random(1).sample(range(1, steps), POINTS)):
        wrong, crashes = _crashed(number)
        assert [] == wrong, crashes.place(number=number)


def test_reader_that_commits_before_it_applies_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader whose offsets are ahead of what it has applied loses a state when it is killed between the two."""
    take = Feeds.take

    async def careless(feeds: Feeds, *, records: Any) -> None:
        feeds.offsets.written(records=records)
        await feeds.offsets.commit()
        await take(feeds, records=records)

    steps = len(_crashed()[1].steps)
    monkeypatch.setattr(Feeds, "take", careless)
    assert any(_crashed(number)[0] for number in range(1, steps, 2))
