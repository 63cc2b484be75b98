"""One history: a seed in, what happened out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from simulation.deposits import Deposits
from simulation.loop import run, running
from simulation.swarm import Swarm
from simulation.trace import Line

STORM_SECONDS = 30.0
ROUNDS = 20


@dataclass(frozen=True, slots=True)
class History:
    """What happened under one seed."""

    seed: int
    wrong: list[str]
    faults: list[str]
    injected: Counter[str]
    digest: str
    lines: list[Line]


def of_deposits(*, seed: int) -> History:
    """Run the chassis with two toy services under the faults of a seed."""
    return run(_deposits(seed))


async def _deposits(seed: int) -> History:
    scene = Deposits(seed=seed)
    world = scene.world
    swarm = Swarm(world=world)
    swarm.choose()
    scene.insurer.breaks = world.draw.choice((0.0, 0.0, 0.2))
    for service in world.plans:
        for _ in range(world.draw.randint(1, 3)):
            world.supervise(service=service)
    storm = running().create_task(swarm.rage(seconds=STORM_SECONDS))
    await scene.bring(rounds=ROUNDS, pause=1.0)
    await storm
    scene.insurer.breaks = 0.0
    wrong = await scene.settle()
    return History(
        seed=seed,
        wrong=wrong,
        faults=swarm.chosen,
        injected=world.weather.injected,
        digest=world.trace.digest(),
        lines=world.trace.lines,
    )
