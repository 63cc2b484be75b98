"""The memory store behind a network: it takes time, it fails, and it loses answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg

from chassis.store.errors import Unavailable, UnknownOutcome
from chassis.store.memory import MemoryStore
from chassis.store.protocol import Store
from chassis.store.translation import translating
from chassis.store.values import InboxRow, Write, Written
from simulation.trace import Trace
from simulation.weather import Weather

PASSING: tuple[tuple[str, type[asyncpg.PostgresError]], ...] = (
    ("serialisation failure", asyncpg.SerializationError),
    ("deadlock", asyncpg.DeadlockDetectedError),
    ("disk full", asyncpg.DiskFullError),
    ("out of memory", asyncpg.OutOfMemoryError),
    ("too many connections", asyncpg.TooManyConnectionsError),
)


@dataclass(frozen=True, slots=True)
class Handled:
    """The line of a message that was handled: by which process and how."""

    process: str
    row: InboxRow

    def __str__(self) -> str:
        return f"{self.process} {self.row.outcome} {self.row.message_id}"


class Connection:
    """One process's way to its service's database: ``chassis.store.protocol.Store`` over the shared memory store."""

    def __init__(
        self,
        *,
        service: str,
        process: str,
        memory: MemoryStore,
        weather: Weather,
        trace: Trace,
        step: Callable[[], Awaitable[None]],
        around_commit: Callable[[str], Awaitable[None]],
    ) -> None:
        self.memory = memory
        self._service = service
        self._process = process
        self._weather = weather
        self._trace = trace
        self._step = step
        self._around_commit = around_commit

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        """Give every other call of the store."""

        async def call(**arguments: Any) -> Any:
            return await self._call(name, **arguments)

        return call

    async def raise_epoch(self, *, shard: int) -> int:
        """Raise the epoch of a shard."""
        epoch: int = await self._call("raise_epoch", shard=shard)
        self._trace.note(f"{self._process} raises the epoch of {self._service}/{shard} to {epoch}")
        return epoch

    async def _call(self, name: str, **arguments: Any) -> Any:
        """Call after the time that the network takes; it may fail when it is done."""
        await self._reach()
        result = await getattr(self.memory, name)(**arguments)
        if self._weather.strikes("database answer lost", self._weather.unknown):
            raise Unavailable("the answer was lost")
        await self._travel()
        return result

    async def feed(self, **arguments: Any) -> int:
        """Upsert what a feed has brought; a process may end inside its commit."""
        await self._reach()
        self._refuse()
        await self._around_commit("not done")
        new = await self.memory.feed(**arguments)
        await self._around_commit("done")
        if self._weather.strikes("database answer lost", self._weather.unknown):
            raise Unavailable("the answer was lost")
        await self._travel()
        return new

    async def write(self, *, write: Write) -> Written:
        """Write, unless the network or the process is in the way, before or after."""
        await self._reach()
        self._refuse()
        await self._around_commit("not done")
        if self._weather.strikes("commit of unknown outcome, not done", self._weather.unknown):
            raise UnknownOutcome("the connection was lost")
        written = await self.memory.write(write=write)
        self._note(written)
        await self._around_commit("done")
        if self._weather.strikes("commit of unknown outcome, done", self._weather.unknown):
            raise UnknownOutcome("the answer was lost")
        await self._travel()
        return written

    async def _reach(self) -> None:
        await self._travel()
        if self._service in self._weather.database_down:
            self._weather.injected["database down"] += 1
            raise Unavailable("the database is down")
        if self._weather.strikes("database error", self._weather.unavailable):
            raise Unavailable("no connection")

    def _refuse(self) -> None:
        """Raise what the server says when it cannot do it now, as the real store translates it."""
        weather = self._weather
        with translating():
            if self._service in weather.read_only:
                weather.injected["database error: read-only"] += 1
                raise asyncpg.ReadOnlySQLTransactionError("cannot execute INSERT in a read-only transaction")
            if weather.strikes("database refuses", weather.refused_by_database):
                name, error = weather.draw.choice(PASSING)
                weather.injected[f"database error: {name}"] += 1
                raise error(name)

    async def _travel(self) -> None:
        await self._step()
        await asyncio.sleep(self._weather.draw.uniform(*self._weather.database))

    def _note(self, written: Written) -> None:
        for task in written.changes.tasks:
            self._trace.keys[task.message_id] = task.key
        for parked in written.changes.parked:
            self._trace.parked.setdefault(self._service, set()).add(parked.message_id)
        for row in written.changes.inbox:
            key = self._trace.keys.get(row.message_id, "")
            self._trace.handled.setdefault(self._service, []).append(row.message_id)
            self._trace.note(Handled(self._process, row), key=key)


def as_store(connection: Connection) -> Store:
    """Say that a connection has every method of the port; it passes on those that it does not have itself."""
    store: Any = connection
    typed: Store = store
    return typed
