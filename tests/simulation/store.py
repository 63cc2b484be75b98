"""The memory store behind a network: it takes time, it fails, and it loses answers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from chassis.store.errors import Unavailable, UnknownOutcome
from chassis.store.memory import MemoryStore
from chassis.store.protocol import Store
from chassis.store.values import Write, Written
from simulation.broker import Weather


@dataclass(slots=True)
class Dice:
    """How a database behaves at the moment; ``crash`` ends the process that writes."""

    unavailable: float = 0.0
    unknown: float = 0.0
    crash_before: float = 0.0
    crash_after: float = 0.0


class Connection:
    """One process's way to its service's database: the port ``chassis.store.protocol.Store`` over a shared memory store."""

    def __init__(
        self, *, memory: MemoryStore, draw: random.Random, dice: Dice, weather: Weather, crash: Callable[[], None]
    ) -> None:
        self._memory = memory
        self._draw = draw
        self._dice = dice
        self._weather = weather
        self._crash = crash
        self.frozen: asyncio.Event | None = None

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        """Give every other call of the store, after the time that the network takes."""
        call = getattr(self._memory, name)

        async def later(**arguments: Any) -> Any:
            await self._travel()
            self._maybe(self._dice.unavailable, "database unavailable", Unavailable("no connection"))
            return await call(**arguments)

        return later

    async def write(self, *, write: Write) -> Written:
        """Write, unless the network or the process is in the way, before or after."""
        await self._travel()
        self._maybe(self._dice.unavailable, "database unavailable", Unavailable("no connection"))
        await self._maybe_crash("crash before commit", self._dice.crash_before)
        written = await self._memory.write(write=write)
        await self._maybe_crash("crash after commit", self._dice.crash_after)
        self._maybe(self._dice.unknown, "commit of unknown outcome", UnknownOutcome("the answer was lost"))
        await self._travel()
        return written

    async def _travel(self) -> None:
        await asyncio.sleep(self._draw.uniform(0.0005, 0.003))
        if self.frozen is not None:
            await self.frozen.wait()

    def _maybe(self, chance: float, name: str, error: Exception) -> None:
        if self._weather.strikes(name, chance, self._draw):
            raise error

    async def _maybe_crash(self, name: str, chance: float) -> None:
        if self._weather.strikes(name, chance, self._draw):
            self._crash()
            await asyncio.Event().wait()


def as_store(connection: Connection) -> Store:
    """Say that a connection has every method of the port; it passes on those that it does not have itself."""
    store: Any = connection
    typed: Store = store
    return typed


@dataclass(slots=True)
class Databases:
    """What survives every crash: one memory store per service."""

    stores: dict[str, MemoryStore] = field(default_factory=dict)

    def of(self, *, service: str) -> MemoryStore:
        """Return the store of a service, made when it is new."""
        return self.stores.setdefault(service, MemoryStore())
