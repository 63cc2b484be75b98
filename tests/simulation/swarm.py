"""A random subset of the faults per seed: a history with few kinds of fault goes deeper than one with all."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from chassis.message import Record
from simulation import loss
from simulation.loop import running
from simulation.process import Process
from simulation.watch import WEDGES
from simulation.world import World

CONSTANT: dict[str, tuple[float, float]] = {
    "lost_ack": (0.01, 0.2),
    "refused": (0.01, 0.2),
    "unavailable": (0.01, 0.3),
    "refused_by_database": (0.01, 0.2),
    "unknown": (0.01, 0.2),
    "crash": (0.0005, 0.01),
    "crash_in_commit": (0.002, 0.03),
    "freeze": (0.0005, 0.01),
    "freeze_at_write": (0.002, 0.03),
}
SLOW = {"network": 0.4, "database": 0.3}
BESIDES = {"wedge": 0.15, "operator": 0.2}
"""Drawn seldom, and beside the others: a watchdog takes its time, and an operator gives up what nobody else does."""
JUMPS = (5.0, 61.0, 600.0, 7_200.0)


@dataclass(slots=True)
class Swarm:
    """The faults of one seed, over a world; some may be left out, to find the few that matter."""

    world: World
    seed: int
    without: Collection[str] = ()
    chosen: list[str] = field(default_factory=list)

    def choose(self) -> None:
        """Draw which faults this history has, and how strong they are."""
        # A draw of its own: what is left out changes nothing about the rest.
        draw, weather = random.Random(f"faults of {self.seed}"), self.world.weather
        drawn = sorted(draw.sample(self.names, draw.randint(0, 7)))
        strengths = {name: draw.random() for name in drawn}
        for name, chance in BESIDES.items():
            if draw.random() < chance and name in self.episodes:
                drawn.append(name)
                strengths[name] = 1.0
        self.chosen = [name for name in drawn if name not in self.without]
        for name in self.chosen:
            low, high = CONSTANT.get(name, (0.02, SLOW.get(name, 0.0)))
            strength = low + (high - low) * strengths[name]
            if name in CONSTANT:
                setattr(weather, name, strength)
            elif name in SLOW:
                setattr(weather, name, (0.001, strength))
                self._count(f"slow {name}")
        if "skew" in self.chosen:
            self.world.skew = 2.0 * strengths["skew"]
        self.world.trace.note(f"faults: {self.chosen}")

    @property
    def names(self) -> tuple[str, ...]:
        """Return every fault from which the few of a history are drawn."""
        return (*CONSTANT, *SLOW, *(name for name in self.episodes if name not in BESIDES), "skew")

    async def rage(self, *, seconds: float) -> None:
        """Let things happen for so long, then let the weather clear up."""
        draw, end = self.world.draw, running().now + seconds
        episodes = [self.episodes[name] for name in self.chosen if name in self.episodes]
        while running().now < end:
            await asyncio.sleep(draw.uniform(0.2, 4.0))
            if episodes:
                await draw.choice(episodes)()
        self._clear_up()

    def _clear_up(self) -> None:
        """Let nothing go wrong from now on: clocks are set right, and an operator looks after the broker again."""
        self.world.weather.clear_up()
        self.world.skew = 0.0
        for process in self.world.running:
            process.clock.skew = timedelta()
        self.world.trace.note("the weather clears up")
        if self.world.broker_lost:
            loss.recover(world=self.world)

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
            "partition held back": self.held_back,
            "fail-over": self.fail_over,
            "broker loss": self.broker_loss,
            "clock jump": self.clock_jump,
            "all clocks jump": self.all_clocks_jump,
            **{name: partial(self.trick, name) for name in self.world.tricks},
            "wedge": self.wedge,
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

    async def wedge(self) -> None:
        """Let one worker of a process, or its event loop, do nothing any more until its watchdog ends it."""
        process = self._anyone()
        if process.life.running and process.watch.at_work:
            work = self.world.draw.choice(WEDGES)
            self._count(f"wedge of {work}")
            process.wedge(work)

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

    async def held_back(self) -> None:
        """Let nobody read one partition of any topic for a while: the others overtake it."""
        self._count("partition held back")
        weather = self.world.weather
        weather.held_back = frozenset({self.world.draw.randrange(self.world.broker.partitions)})
        await asyncio.sleep(self.world.draw.uniform(0.5, 8.0))
        weather.held_back = frozenset()
        for process in self.world.running:
            process.member.arrived.ring()

    async def fail_over(self) -> None:
        """Let one service's connections lead to a standby that can be read only, for a while."""
        self._count("read-only fail-over")
        self.world.weather.read_only = frozenset({self.world.draw.choice(sorted(self.world.plans))})
        await asyncio.sleep(self.world.draw.uniform(0.2, 6.0))
        self.world.weather.read_only = frozenset()

    async def broker_loss(self) -> None:
        """Let the broker fall, and come back without a part of what it had."""
        self._count("broker outage")
        self.world.weather.broker_down = True
        await asyncio.sleep(self.world.draw.uniform(0.2, 4.0))
        loss.lose(world=self.world)
        self.world.weather.broker_down = False

    async def clock_jump(self) -> None:
        """Set the clock of one process forwards or backwards while it works."""
        self._count("clock of a process jumps")
        process, far = self._anyone(), self.world.draw.choice(JUMPS)
        process.clock.skew += timedelta(seconds=self.world.draw.uniform(-far, far))

    async def all_clocks_jump(self) -> None:
        """Set all clocks forwards, or a little backwards: everything that waits is due at once."""
        self._count("all clocks jump")
        far = self.world.draw.choice(JUMPS)
        self.world.clock.forward += timedelta(seconds=self.world.draw.uniform(-5.0, far))

    async def trick(self, name: str) -> None:
        """Do what this scene alone knows."""
        self._count(name)
        self.world.tricks[name]()

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
