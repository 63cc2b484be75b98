"""Test a service's tables: the bench of ``chassis.testing`` over a real database, or two of them as two processes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from chassis.decision import Kind
from chassis.message import Message, NotForUs
from chassis.processor import Processor
from chassis.publisher import Publisher
from chassis.routes import Routes
from chassis.sources import Uuid7Ids
from chassis.statements import read_statements
from chassis.store.pool import open_pool
from chassis.store.postgres import PostgresStore
from chassis.store.values import Task
from chassis.tables import Tables
from chassis.testing import MONDAY, Bench, Happened
from contracts.registry import REGISTRY
from contracts.topics import PARTITIONS
from contracts.values import Contract

A = TypeVar("A")


class DatabaseBench:
    """One process of a service on a database; it owns the shards that it opened."""

    def __init__(self, *, service: str, routes: Routes, publisher: Publisher, store: PostgresStore) -> None:
        # A bench of its own reads and makes messages; its memory store is never used.
        self._maker = Bench(service=service, routes=routes, publisher=publisher, shards=PARTITIONS)
        self._maker.ids = Uuid7Ids()  # type: ignore[assignment]  # two benches on one database must not draw alike
        self.store = store
        self.clock = self._maker.clock
        self.epochs: dict[int, int] = {}
        self.processor = Processor(
            service=service, store=store, publisher=publisher, clock=self.clock, ids=self._maker.ids
        )

    @classmethod
    @asynccontextmanager
    async def on(
        cls, *, url: str, service: str, routes: Routes, publisher: Publisher, tables: Tables
    ) -> AsyncIterator[DatabaseBench]:
        """Open a process on a database; it owns no shard yet."""
        pool = await open_pool(url=url, size=2, application=f"{service}.bench")
        try:
            store = PostgresStore(pool=pool, queries=read_statements(package=service), tables=tables)
            await store.maintain(now=MONDAY)
            yield cls(service=service, routes=routes, publisher=publisher, store=store)
        finally:
            await pool.close()

    async def own(self, *, shards: Iterable[int] = range(PARTITIONS)) -> None:
        """Take these shards."""
        for shard in shards:
            self.epochs[shard] = await self.store.raise_epoch(shard=shard)

    async def send(self, *contracts: Contract) -> Happened:
        """Bring these messages in one batch."""
        parsed = [self._maker.parser.record(record=self._maker.record(each)) for each in contracts]
        return await self._process([message for message in parsed if not isinstance(message, NotForUs)])

    async def answer_call(self, call_id: str, answer: Mapping[str, Any]) -> Happened:
        """Start this call and bring its answer."""
        waiting = (await self.tasks())[call_id]
        (started,) = await self.store.start(fence=self.epochs, tasks=[waiting], now=self.clock.now())
        return await self._process([self._maker.parser.answer(task=started, answer=answer)])

    async def tasks(self) -> dict[str, Task]:
        """Return the timers and calls that wait, by id."""
        until = self.clock.now().replace(year=self.clock.now().year + 1)
        found = await self.store.tasks(shards=list(self.epochs), until=until, limit=10_000)
        return {task.id: task for task in found}

    async def aggregate(self, kind: Kind[A], key: str) -> A | None:
        """Return a plain aggregate as it is stored."""
        stored = (await self.store.load(refs=[(kind, key)])).get((kind, key))
        return None if stored is None else stored.aggregate

    async def _process(self, messages: list[Message]) -> Happened:
        processed = await self.processor.process(batch=messages, epochs=self.epochs.get)
        emitted = [
            type_.model.model_validate_json(entry.row.payload)
            for entry in processed.outbox
            if (type_ := REGISTRY.find(entry.row.type)) is not None
        ]
        return Happened(handled=processed.handled, emitted=tuple(emitted))
