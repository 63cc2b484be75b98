"""The house under attack: two of its services twice, every process started again by a keeper when it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

from chaos.points import Point
from chaos.process import orders
from embedded.eventually import eventually
from simulators.demo.options import demo_environment
from simulators.house.addresses import SERVICES, WORLD
from simulators.house.embedded import EmbeddedHouse
from simulators.house.house import HouseError

TWICE = ("order", "payment")
LOOK_SECONDS = 0.3
READY_SECONDS = 240.0
STRUCK_SECONDS = 180.0
STOP_SECONDS = 30.0
SESSION_SECONDS = 6


class ChaosHouse(EmbeddedHouse):
    """The embedded house, whose processes may be told more."""

    def __init__(self, *, state_dir: Path, seed: int, say: Callable[[str], None]) -> None:
        sessions = {f"{each.upper()}_SESSION_TIMEOUT_MS": str(SESSION_SECONDS * 1_000) for each in SERVICES}
        super().__init__(state_dir=state_dir, environment={**demo_environment(seed=seed), **sessions}, say=say)

    @property
    def services(self) -> list[str]:
        """The names of the processes of services."""
        return self._names()

    def spawn_told(self, name: str, *, point: Point | None = None, passes: int = 1, clock_seconds: int = 0) -> None:
        """Start a process that dies at a point, or has a clock that is off."""
        told = orders(point=point, passes=passes, clock_seconds=clock_seconds)
        self.spawn(name, via=("chaos.process",), told=told)

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process, if it still runs."""
        with suppress(ProcessLookupError):
            os.kill(self.process(name).pid, number)

    def command(self, name: str, *arguments: str) -> str:
        """Run a command of a service and return what it prints."""
        argv = (sys.executable, "-m", name.partition("-")[0], *arguments)
        done = subprocess.run(argv, env=self.environment(name=name), capture_output=True, text=True, check=False)
        if done.returncode:
            raise HouseError(f"{' '.join(argv[1:])} failed:\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def provision_topics(self) -> None:
        """Create the topics that are missing."""
        argv = (sys.executable, "-m", "chassis", "topics", "--bootstrap", self.addresses.kafka)
        subprocess.run(argv, capture_output=True, check=True)

    def deaths_at(self, name: str, *, point: Point) -> int:
        """Return how often a process has said that it dies at a point."""
        return self.process(name).log.read_text(errors="replace").count(point.note)

    def _names(self) -> list[str]:
        return [*SERVICES, *(f"{service}-2" for service in TWICE)]


class Keeper:
    """The supervisor: what ends is started again, except what is held down."""

    def __init__(self, *, house: ChaosHouse) -> None:
        self.house = house
        self._held: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def run(self) -> None:
        """Look after the processes until cancelled."""
        while True:
            for name in (*self.house.services, WORLD):
                if not self._held[name].locked() and not self.house.process(name).alive:
                    async with self.held(name):
                        await asyncio.to_thread(self.house.spawn, name)
            await asyncio.sleep(LOOK_SECONDS)

    @asynccontextmanager
    async def held(self, name: str) -> AsyncIterator[None]:
        """Keep everybody else away from a process inside this block."""
        async with self._held[name]:
            yield

    async def all_ready(self) -> None:
        """Wait until everything answers."""

        async def unready() -> list[str]:
            async with httpx.AsyncClient(timeout=2.0) as client:
                asked = [_is_ready(client, url) for url in self.house.addresses.urls.values()]
                found = await asyncio.gather(*asked)
            return [name for name, ready in zip(self.house.addresses.urls, found, strict=True) if not ready]

        async def ready() -> bool:
            return not await unready()

        try:
            await eventually(ready, within=READY_SECONDS, every=LOOK_SECONDS)
        except AssertionError:
            raise HouseError(f"not ready after {READY_SECONDS:g} s: {', '.join(await unready())}") from None

    async def strike(self, name: str, *, point: Point, passes: Sequence[int]) -> list[str]:
        """Have a process die at a point, again as soon as it is back; return in words what came instead, if anything.

        Each of the passes is one start of it, that one dying at the n-th time that it comes by.
        """
        async with self.held(name):
            await asyncio.to_thread(self.house.process(name).stop, within=STOP_SECONDS)
            instead = [await self._killed_at(name, point, number) for number in passes]
        return list(filter(None, instead))

    async def _killed_at(self, name: str, point: Point, passes: int) -> str:
        before = self.house.deaths_at(name, point=point)
        await asyncio.to_thread(self.house.spawn_told, name, point=point, passes=passes)
        try:
            if point.stopping:
                await self._ready(name)
                self.house.signal(name, signal.SIGTERM)
            await eventually(lambda: not self.house.process(name).alive, within=STRUCK_SECONDS, every=0.1)
        except AssertionError:
            # It must not die there when nobody expects it any more.
            self.house.kill(name)
            return f'{name} did not come by "{point.name}" in {STRUCK_SECONDS:g} s'
        died = self.house.deaths_at(name, point=point) > before
        return "" if died else f'{name} ended, but not at "{point.name}"'

    async def _ready(self, name: str) -> None:
        async def ready() -> bool:
            return await asyncio.to_thread(self.house.is_ready, name=name)

        await eventually(ready, within=READY_SECONDS, every=LOOK_SECONDS)


async def _is_ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/health/ready")).is_success
    except httpx.TransportError:
        return False
