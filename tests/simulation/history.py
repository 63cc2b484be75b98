"""One history: a seed in, what happened out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from simulation.loop import run
from simulation.shop.scene import Shop
from simulation.swarm import Swarm
from simulation.trace import Line, digest_of
from simulation.world import World

STORM_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class History:
    """What happened under one seed."""

    seed: int
    wrong: list[str]
    faults: list[str]
    injected: Counter[str]
    lines: list[Line]
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def digest(self) -> str:
        """Return the hash of the trace; only a history that still has its lines can tell."""
        return digest_of(lines=self.lines)

    def without_lines(self) -> History:
        """Return the history without its trace."""
        return replace(self, lines=[])


def of_orders(*, seed: int, orders: int) -> History:
    """Run the five services and the people around them under the faults of a seed."""
    return run(_orders(seed, orders))


async def _orders(seed: int, orders: int) -> History:
    shop = Shop(seed=seed, orders=orders)
    world = shop.world
    begin(world=world, most=2)
    await shop.prepare()
    swarm = Swarm(world=world)
    swarm.choose()
    shop.channel.misbehave()
    shop.open()
    await swarm.rage(seconds=STORM_SECONDS)
    shop.channel.behave()
    wrong = await shop.settle()
    shop.channel.close()
    return told(seed=seed, world=world, swarm=swarm, wrong=wrong, outcomes=shop.outcomes())


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
