"""Test a service's handlers without a database or a broker.

Given aggregates, when messages come, then see what happened: the bench runs the real parser, processor and publisher
over a memory store, synchronously and with a clock of its own.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from chassis.deciding import Patience
from chassis.decision import Kind, RowKind
from chassis.message import Message, NotForUs, Record, shard_of
from chassis.parser import Parser
from chassis.processor import Processor
from chassis.publisher import Publisher
from chassis.routes import Routes
from chassis.sources import ManualClock, SeededIds
from chassis.statements import Statements
from chassis.store.memory import MemoryStore
from chassis.store.values import DeadLetter, Stored, Task
from chassis.verdicts import Handled, Verdict
from contracts.envelope import Envelope, to_headers
from contracts.registry import REGISTRY, Registry
from contracts.values import Contract

A = TypeVar("A")
T = TypeVar("T")

Connection = asyncpg.Connection | PoolConnectionProxy

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def run_now(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits, without an event loop: the memory store's never do."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    coroutine.close()
    raise RuntimeError("the coroutine waits for something")


@dataclass(frozen=True, slots=True)
class Happened:
    """What one step on the bench led to: the ends of its messages, and what was told to others."""

    handled: tuple[Handled, ...]
    emitted: tuple[Contract, ...]

    @property
    def verdict(self) -> Verdict:
        """The verdict of the only message."""
        return self._only.verdict

    @property
    def outcome(self) -> str:
        """The outcome of the only message: applied, rejected, duplicate, parked, dead, conflict or stale."""
        return self._only.outcome

    @property
    def answer(self) -> Mapping[str, Any] | None:
        """The answer of the only message."""
        return self._only.answer

    @property
    def _only(self) -> Handled:
        (handled,) = self.handled
        return handled


class Bench:
    """One service on a bench. Every step returns what happened."""

    def __init__(
        self,
        *,
        service: str,
        routes: Routes,
        publisher: Publisher,
        now: datetime = MONDAY,
        registry: Registry = REGISTRY,
        patience: Patience | None = None,
        shards: int = 1,
        store: MemoryStore | None = None,
    ) -> None:
        self.clock = ManualClock(time=now)
        self.ids = SeededIds(clock=self.clock)
        self.store = store or MemoryStore()
        self.parser = Parser(service=service, routes=routes, registry=registry, shards=shards)
        self.processor = Processor(
            service=service,
            store=self.store,
            publisher=publisher,
            clock=self.clock,
            ids=self.ids,
            shards=shards,
            patience=patience,
        )
        self._registry = registry
        self._shards = shards
        self.store.owners.update(dict.fromkeys(range(shards), 1))

    def given(self, kind: Kind[A], key: str, aggregate: A) -> None:
        """Let this aggregate be there."""
        stored = self.store.aggregates.get((kind, key))
        version = 1 if stored is None else stored.version
        self.store.aggregates[kind, key] = Stored(version=version, aggregate=aggregate)

    def send(self, *contracts: Contract, message_id: str | None = None) -> Happened:
        """Bring these messages in one batch, as another service would have sent them."""
        return self.feed_records(*(self.record(contract, message_id=message_id) for contract in contracts))

    def record(self, contract: Contract, *, message_id: str | None = None) -> Record:
        """Return the Kafka record of a contract, as another service would have sent it."""
        type_ = self._registry.of(type(contract))
        key = str(getattr(contract, type_.key))
        envelope = Envelope(
            id=message_id or self.ids.draw(),
            source="/bench",
            type=type_.name,
            subject=key,
            time=self.clock.now(),
            correlation_id=key,
            causation_id="",
        )
        return Record(
            topic=type_.topic,
            partition=shard_of(key, self._shards),
            offset=0,
            key=key.encode(),
            value=contract.model_dump_json().encode(),
            headers=to_headers(envelope=envelope),
        )

    def feed_records(self, *records: Record) -> Happened:
        """Bring these records in one batch; a type without a route is an error of the test."""
        parsed = [self.parser.record(record=record) for record in records]
        return self._process([message for message in parsed if not isinstance(message, NotForUs)])

    def fire(self, timer_id: str) -> Happened:
        """Let this timer be due now."""
        return self._process([self.parser.timer(task=self.store.waiting[timer_id])])

    def answer_call(self, call_id: str, answer: Mapping[str, Any]) -> Happened:
        """Start this call and bring its answer."""
        task = self.store.waiting[call_id]
        run_now(self.store.start(fence={}, tasks=[task], now=self.clock.now()))
        return self._process([self.parser.answer(task=self.store.waiting[call_id], answer=answer)])

    def advance(self, by: timedelta) -> Happened:
        """Move the clock; timers and parked messages that come due on the way are handled at their time, in order."""
        until = self.clock.now() + by
        handled: list[Handled] = []
        emitted: list[Contract] = []
        while task := self._next(until):
            self.clock.time = max(self.clock.time, task.due)
            step = self._process([self._due(task)])
            handled.extend(step.handled)
            emitted.extend(step.emitted)
        self.clock.time = until
        return Happened(handled=tuple(handled), emitted=tuple(emitted))

    def aggregate(self, kind: Kind[A], key: str) -> A | None:
        """Return an aggregate as it is stored."""
        stored = self.store.aggregates.get((kind, key))
        return None if stored is None else stored.aggregate

    def rows(self, kind: RowKind[A]) -> list[A]:
        """Return the rows of a kind in the order in which they were added."""
        return list(self.store.rows.get(kind.name, {}).values())

    def timers(self) -> dict[str, Task]:
        """Return the timers that wait, by id."""
        return {task.id: task for task in self.store.waiting.values() if task.kind == "timer"}

    def calls(self) -> dict[str, Task]:
        """Return the calls that wait or were started, by id."""
        return {task.id: task for task in self.store.waiting.values() if task.kind == "call"}

    def dead_letters(self) -> list[DeadLetter]:
        """Return the dead letters in the order in which they failed."""
        return list(self.store.dead.values())

    def _next(self, until: datetime) -> Task | None:
        due = [task for task in self.store.waiting.values() if task.kind != "call" and task.due <= until]
        return min(due, key=lambda task: (task.due, task.id), default=None)

    def _due(self, task: Task) -> Message:
        if task.kind == "timer":
            return self.parser.timer(task=task)
        return self.parser.parked(parked=self.store.parked_messages[task.message_id])

    def _process(self, messages: list[Message]) -> Happened:
        processed = run_now(self.processor.process(batch=messages, epochs=self.store.owners.get))
        emitted = [
            type_.model.model_validate_json(entry.row.payload)
            for entry in processed.outbox
            if (type_ := self._registry.find(entry.row.type)) is not None
        ]
        return Happened(handled=processed.handled, emitted=tuple(emitted))


async def refused_statements(*, connection: Connection, statements: Statements) -> dict[str, str]:
    """PREPARE every statement on a migrated schema; return the errors by name."""
    errors = {}
    for statement in statements.described():
        try:
            await connection.prepare(statement.sql)
        except asyncpg.PostgresError as error:
            errors[statement.name] = f"{type(error).__name__}: {error}"
    return errors
