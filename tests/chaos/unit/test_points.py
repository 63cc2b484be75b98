import asyncio
import random

import pytest

from chaos.kills import share_out
from chaos.points import BY_NAME, POINTS, Point, arm
from simulators.house.addresses import SERVICES

TWELVE = 12


class Counter:
    """Something with a method of each kind."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def plain(self, *, word: str) -> str:
        self.done.append(word)
        return word

    async def waiting(self, *, word: str) -> str:
        await asyncio.sleep(0)
        self.done.append(word)
        return word


@pytest.fixture
def counted() -> type[Counter]:
    """A class of this test alone, since arming changes the class."""
    return type("Counted", (Counter,), {})


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_point_is_a_method(point: Point) -> None:
    """Each point is a method of the production class that it names."""
    assert callable(getattr(point.owner, point.method))


def test_names_are_unique() -> None:
    """Each point has a name of its own."""
    assert len(POINTS) == len(BY_NAME)


def test_twelve_points_are_passed_by_every_service() -> None:
    """At least twelve points lie on the way of every service."""
    assert TWELVE <= sum(set(point.who) == set(SERVICES) for point in POINTS)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_process_dies_at_its_pass(when: str, counted: type[Counter], capsys: pytest.CaptureFixture[str]) -> None:
    """A process dies at the pass that it was told and at no other, before or after the work."""
    deaths: list[int] = []
    counter = counted()
    point = Point("x", when, counted, "waiting")  # type: ignore[arg-type]  # one of the two words
    arm(point=point, passes=2, die=lambda: deaths.append(len(counter.done)))
    for word in ("a", "b", "c"):
        assert word == await counter.waiting(word=word)
    assert [1 if when == "before" else 2] == deaths
    assert f"{point.note}\n" == capsys.readouterr().err


def test_plain_method_is_a_point_too(counted: type[Counter]) -> None:
    """A method that waits for nothing is wrapped as it is."""
    deaths: list[int] = []
    counter = counted()
    arm(point=Point("x", "after", counted, "plain"), passes=1, die=lambda: deaths.append(len(counter.done)))
    assert "a" == counter.plain(word="a")
    assert [1] == deaths


@pytest.mark.parametrize("seed", range(20))
def test_each_point_finds_a_service(seed: int) -> None:
    """In the short form each point is shared out once, to a service that comes by it, and no round kills one twice."""
    rounds = share_out(points=POINTS, chance=random.Random(seed))
    assert sorted(point.name for each in rounds for point in each.values()) == sorted(BY_NAME)
    assert all(service in point.who for each in rounds for service, point in each.items())
    assert len(rounds) <= -(-len(POINTS) // len(SERVICES)) + 1
