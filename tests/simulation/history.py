"""One history: a seed in, what happened out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from simulation import coverage
from simulation.coverage import Pair
from simulation.loop import run
from simulation.shop.scene import Shop
from simulation.swarm import Swarm
from simulation.trace import Line, digest_of
from simulation.world import World

STORM_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Cut:
    """What is left of a seed's history: these orders, without those faults, so many strikes, so long a storm."""

    orders: tuple[int, ...] | None = None
    without: frozenset[str] = frozenset()
    strikes: int | None = None
    storm: float = STORM_SECONDS


WHOLE = Cut()


@dataclass(frozen=True, slots=True)
class History:
    """What happened under one seed."""

    seed: int
    wrong: list[str]
    faults: list[str]
    injected: Counter[str]
    lines: list[Line]
    outcomes: Counter[str] = field(default_factory=Counter)
    taken: frozenset[Pair] = frozenset()
    concerned: tuple[int, ...] = ()
    """The numbers of the orders that the violations name."""

    @property
    def digest(self) -> str:
        """Return the hash of the trace; only a history that still has its lines can tell."""
        return digest_of(lines=self.lines)

    def without_lines(self) -> History:
        """Return the history without its trace."""
        return replace(self, lines=[])


def of_orders(*, seed: int, orders: int, cut: Cut = WHOLE) -> History:
    """Run the five services and the people around them under the faults of a seed, or under a part of them."""
    with coverage.recording() as taken:
        history = run(_orders(seed, orders, cut))
    return replace(history, taken=frozenset(taken))


async def _orders(seed: int, orders: int, cut: Cut) -> History:
    shop = Shop(seed=seed, orders=orders, only=cut.orders, whims="whims" not in cut.without)
    world = shop.world
    begin(world=world, most=2)
    await shop.prepare()
    swarm = Swarm(world=world, seed=seed, without=cut.without)
    swarm.choose()
    world.weather.strikes_left = cut.strikes
    if "channel" not in cut.without:
        shop.channel.misbehave()
    shop.open()
    await swarm.rage(seconds=cut.storm)
    shop.channel.behave()
    wrong = await shop.settle()
    shop.channel.close()
    history = told(seed=seed, world=world, swarm=swarm, wrong=wrong, outcomes=shop.outcomes())
    return replace(history, concerned=shop.concerned(wrong))


def begin(*, world: World, most: int) -> None:
    """Start one to so many processes of each service."""
    for service in world.plans:
        for _ in range(world.draw.randint(1, most)):
            world.supervise(service=service)


def told(*, seed: int, world: World, swarm: Swarm, wrong: list[str], outcomes: Counter[str] | None = None) -> History:
    """Return the history of a world that has ended."""
    return History(
        seed=seed,
        wrong=wrong,
        faults=swarm.chosen,
        injected=world.weather.injected,
        lines=world.trace.lines,
        outcomes=outcomes or Counter(),
    )
