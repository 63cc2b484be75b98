"""The scenarios by name, in the order in which they share a house: the one that costs most to recover from is last."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from chaos import disk, kills, processes, servers
from chaos.points import Point
from chaos.stage import Stage
from simulators.house.addresses import SERVICES

Run = Callable[[Stage], Awaitable[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """How long a scenario lasts, in seconds: in all, and without a server."""

    seconds: float = 0.0
    outage: float = 0.0


SHORT: Mapping[str, Length] = {
    "postgres": Length(seconds=8, outage=5),
    "broker": Length(outage=3),
    "memory": Length(outage=1),
    "rolling": Length(),
    "monkey": Length(seconds=15),
    "kills": Length(),
    "cache": Length(outage=2),
    "disk": Length(seconds=5),
    "clock": Length(seconds=8),
}
LONG: Mapping[str, Length] = {
    "postgres": Length(seconds=180, outage=30),
    "broker": Length(outage=30),
    "memory": Length(outage=10),
    "rolling": Length(),
    "monkey": Length(seconds=600),
    "kills": Length(),
    "cache": Length(outage=10),
    "disk": Length(seconds=30),
    "clock": Length(seconds=20),
}
NAMES = tuple(SHORT)
USUAL_SECONDS = 60.0
TOGETHER = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One thing that goes wrong; ``says`` is told how many faults there were, ``lasts`` is about how long."""

    name: str
    title: str
    run: Run
    says: Callable[[int], str]
    lasts: float = USUAL_SECONDS


def scenarios(*, lengths: Mapping[str, Length], repeats: int, points: Sequence[Point]) -> Iterator[Scenario]:
    """Yield what is to run; more than one repeat gives every few points a scenario of their own."""
    cache, monkey = lengths["cache"], lengths["monkey"]
    yield _of("rolling", "rolling restart", processes.rolling_restart, "processes")
    yield _of("cache", "Valkey", partial(servers.break_cache, outage=cache.outage), "times emptied or killed")
    yield from _kills(repeats, points)
    blows = partial(processes.monkey, seconds=monkey.seconds)
    yield replace(_of("monkey", "monkey", blows, "blows"), lasts=USUAL_SECONDS + monkey.seconds)
    postgres = partial(servers.restart_postgres, seconds=lengths["postgres"].seconds, outage=lengths["postgres"].outage)
    stops = _of("postgres", "PostgreSQL", postgres, "immediate stops")
    yield replace(stops, lasts=USUAL_SECONDS + lengths["postgres"].seconds)
    clock = partial(
        processes.wrong_clock, services=1 if repeats == 1 else len(SERVICES), seconds=lengths["clock"].seconds
    )
    yield _of("clock", "clock", clock, "services off")
    yield _of("disk", "disk", partial(disk.fill_disk, seconds=lengths["disk"].seconds), "time full")
    yield _of("broker", "broker", partial(servers.break_broker, outage=lengths["broker"].outage), "outage")
    memory = partial(servers.lose_broker_memory, outage=lengths["memory"].outage)
    yield _of("memory", "broker's memory", memory, "loss")


def _kills(repeats: int, points: Sequence[Point]) -> Iterator[Scenario]:
    if repeats == 1:
        yield _of("kills", f"kill at {len(points)} points", partial(kills.kill_once, points=points), "kills")
        return
    for first in range(0, len(points), TOGETHER):
        some = points[first : first + TOGETHER]
        names = ", ".join(f'"{point.name}"' for point in some)
        yield replace(
            _of("kills", f"kill at {names}", partial(kills.kill_at, points=some, repeats=repeats), "kills"),
            lasts=USUAL_SECONDS * len(some),
        )


def _of(name: str, title: str, run: Run, unit: str) -> Scenario:
    return Scenario(name=name, title=title, run=run, says=lambda faults: f"{faults} {unit}")
