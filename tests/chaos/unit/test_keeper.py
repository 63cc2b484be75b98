import asyncio
import signal
from typing import cast

import pytest

from chaos import house
from chaos.house import ChaosHouse, Keeper
from chaos.points import BY_NAME, Point

LOADED, DRAINING = BY_NAME["loaded"], BY_NAME["draining"]


class PretendedProcess:
    """A process that is asked whether it runs."""

    def __init__(self) -> None:
        self.alive = True

    def stop(self, *, within: float) -> bool:
        self.alive = False
        return True


class PretendedHouse:
    """A house whose one process dies as the test says: at its point, elsewhere, or not at all."""

    def __init__(self, *, end: str) -> None:
        self.did: list[str] = []
        self._end = end
        self._process = PretendedProcess()
        self._deaths = 3

    def process(self, _name: str) -> PretendedProcess:
        return self._process

    def deaths_at(self, _name: str, *, point: Point) -> int:
        return self._deaths

    def spawn_told(self, _name: str, *, point: Point, passes: int) -> None:
        self.did.append(f"{point.name} {passes}")
        self._process.alive = True
        if not point.stopping:
            self._die()

    def is_ready(self, *, name: str) -> bool:
        return self._process.alive

    def signal(self, _name: str, number: signal.Signals) -> None:
        self.did.append(number.name)
        self._die()

    def kill(self, _name: str) -> None:
        self.did.append("killed")

    def _die(self) -> None:
        self._process.alive = self._end == "never"
        self._deaths += self._end == "there"


async def struck(end: str, point: Point = LOADED) -> tuple[list[str], list[str]]:
    """Strike, and return what came instead and what was done."""
    pretended = PretendedHouse(end=end)
    keeper = Keeper(house=cast("ChaosHouse", pretended))
    return await keeper.strike("order", point=point, passes=(2, 1)), pretended.did


async def test_death_at_its_point_is_no_complaint() -> None:
    """A process that dies where it was told, and again when it is back, is what was wanted."""
    assert ([], ["loaded 2", "loaded 1"]) == await struck("there")


async def test_draining_process_is_asked_to_end() -> None:
    """A point on the way out is reached by SIGTERM."""
    assert ([], ["draining 2", "SIGTERM", "draining 1", "SIGTERM"]) == await struck("there", DRAINING)


async def test_other_death_is_named() -> None:
    """A process that ended without its note in the log did not die at the point."""
    assert ['order ended, but not at "loaded"'] * 2 == (await struck("elsewhere"))[0]


async def test_point_that_is_not_reached_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that does not come by is named, and ended, so that it does not die there later."""
    monkeypatch.setattr(house, "STRUCK_SECONDS", 0.0)
    instead, done = await struck("never")
    assert ['order did not come by "loaded" in 0 s'] * 2 == instead
    assert ["loaded 2", "killed", "loaded 1", "killed"] == done


async def test_what_is_held_is_left_alone() -> None:
    """Who holds a process keeps everybody else away from it until it is let go."""
    keeper = Keeper(house=cast("ChaosHouse", PretendedHouse(end="there")))
    async with keeper.held("order"):
        other = asyncio.create_task(keeper.strike("order", point=LOADED, passes=(1,)))
        done, _ = await asyncio.wait([other], timeout=0)
        assert not done
    assert [] == await other
