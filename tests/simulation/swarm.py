"""A random subset of the faults per seed: a history with few kinds of fault goes deeper than one with all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from chassis.message import Record
from simulation.loop import running
from simulation.process import Process
from simulation.world import World

CONSTANT: dict[str, tuple[float, float]] = {
    "lost_ack": (0.01, 0.2),
    "refused": (0.01, 0.2),
    "unavailable": (0.01, 0.3),
    "unknown": (0.01, 0.2),
    "crash": (0.0005, 0.01),
    "freeze": (0.0005, 0.01),
}
SLOW = {"network": 0.4, "database": 0.3}


@dataclass(slots=True)
class Swarm:
    """The faults of one seed, over a world."""

    world: World
    chosen: list[str] = field(default_factory=list)

    def choose(self) -> None:
        """Draw which faults this history has, and how strong they are."""
        draw, weather = self.world.draw, self.world.weather
        episodes = (
            "kill",
            "zombie",
            "rolling restart",
            "broker outage",
            "database outage",
            "repeat",
            "garbage",
            "forgery",
            "skew",
        )
        names = (*CONSTANT, *SLOW, *episodes)
        self.chosen = sorted(draw.sample(names, draw.randint(0, 6)))
        for name in self.chosen:
            if name in CONSTANT:
                setattr(weather, name, draw.uniform(*CONSTANT[name]))
            elif name in SLOW:
                setattr(weather, name, (0.001, draw.uniform(0.02, SLOW[name])))
        if "skew" in self.chosen:
            self.world.skew = draw.uniform(0.0, 2.0)
        self.world.trace.note(f"faults: {self.chosen}")

    async def rage(self, *, seconds: float) -> None:
        """Let things happen for so long, then let the weather clear up."""
        draw, end = self.world.draw, running().now + seconds
        episodes = [self.episodes[name] for name in self.chosen if name in self.episodes]
        while running().now < end:
            await asyncio.sleep(draw.uniform(0.2, 4.0))
            if episodes:
                await draw.choice(episodes)()
        self.world.weather.clear_up()
        self.world.skew = 0.0
        self.world.trace.note("the weather clears up")

    @property
    def episodes(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """What happens at a moment, by name."""
        return {
            "kill": self.kill,
            "zombie": self.zombie,
            "rolling restart": self.rolling_restart,
            "broker outage": self.broker_down,
            "database outage": self.database_down,
            "repeat": self.repeat,
            "garbage": self.garbage,
            "forgery": self.forgery,
        }

    async def kill(self) -> None:
        """Kill a process."""
        self._count("kill -9")
        self._anyone().kill()

    async def zombie(self) -> None:
        """Stop a process for longer or shorter than its session, and let it go on."""
        self._count("zombie")
        process = self._anyone()
        process.freeze()
        running().outside(running().now + self.world.draw.uniform(0.2, 12.0), process.thaw)

    async def rolling_restart(self) -> None:
        """Stop the processes of a service one after the other, each cleanly; the supervisor starts them again."""
        self._count("rolling restart")
        service = self.world.draw.choice(sorted(self.world.plans))
        for process in [each for each in self.world.running if each.plan.name == service and each.life.running]:
            await process.stop()
            await asyncio.sleep(self.world.draw.uniform(0.1, 2.0))

    async def broker_down(self) -> None:
        """Let the broker answer nobody for a while."""
        self._count("broker outage")
        self.world.weather.broker_down = True
        await asyncio.sleep(self.world.draw.uniform(0.2, 8.0))
        self.world.weather.broker_down = False

    async def database_down(self) -> None:
        """Let one service's database answer nobody for a while."""
        self._count("database outage")
        self.world.weather.database_down = frozenset({self.world.draw.choice(sorted(self.world.plans))})
        await asyncio.sleep(self.world.draw.uniform(0.2, 8.0))
        self.world.weather.database_down = frozenset()

    async def repeat(self) -> None:
        """Deliver old records once more."""
        for record in self._records(most=5):
            self._count("old record again")
            self.world.repeat(record)

    async def forgery(self) -> None:
        """Deliver old records under their own ids with another body: the first one counts."""
        for record in self._records(most=5):
            self._count("known id, other body")
            self.world.repeat(replace(record, value=(record.value or b"") + b" "))

    async def garbage(self) -> None:
        """Deliver what nobody can read, under the key of somebody who is waiting for something else."""
        for record in self._records(most=3):
            self._count("unreadable record")
            name = f"garbage-{len(self.world.poisoned)}"
            self.world.poisoned.add(name)
            told = {"ce_id": name.encode(), "ce_source": b"/outside"}
            headers = tuple((key, told.get(key, value)) for key, value in record.headers)
            self.world.repeat(replace(record, value=b'{"order_id": ', headers=headers))

    def _records(self, *, most: int) -> list[Record]:
        logs = [log for log in self.world.broker.logs.values() if log]
        wanted = self.world.draw.randint(1, most) if logs else 0
        return [self.world.draw.choice(self.world.draw.choice(logs)) for _ in range(wanted)]

    def _anyone(self) -> Process:
        return self.world.draw.choice(self.world.running or self.world.all)

    def _count(self, name: str) -> None:
        self.world.weather.injected[name] += 1
