"""The working parts of one process, wired over the ports: they know neither Kafka nor PostgreSQL."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from chassis.answers import Answers
from chassis.broker import Member, Sender
from chassis.counts import Counts
from chassis.gateway import Gateway
from chassis.loop import Listener, Loop, Tracing
from chassis.message import Message
from chassis.offsets import Offsets
from chassis.parser import Parser
from chassis.processor import Backoff, Processor, jittered
from chassis.publisher import Publisher
from chassis.relay import Relay
from chassis.routes import Routes
from chassis.shards import Shards
from chassis.sources import Clock, Ids
from chassis.store.protocol import Store
from chassis.store.values import Task
from chassis.tasks.calls import Calls
from chassis.tasks.runner import Tasks
from chassis.tasks.timetable import Timetable
from chassis.watchdog import Sign, since
from contracts.registry import Registry

TASK_PREFIXES = ("timer.", "answer.")


def topics_read(*, service: str, routes: Routes, registry: Registry) -> list[str]:
    """Return the topics of the routed types, and always the service's own commands."""
    types = [registry.find(type_) for type_ in routes if not type_.startswith(TASK_PREFIXES)]
    missing = [type_ for type_ in routes if not type_.startswith(TASK_PREFIXES) and registry.find(type_) is None]
    if missing:
        raise ValueError(f"{service}: routes for unknown types {missing}")
    return sorted({each.topic for each in types if each is not None} | {f"{service}.commands"})


@dataclass(slots=True)
class Parts:
    """What works on the shards of one process."""

    topics: Sequence[str]
    offsets: Offsets
    relay: Relay
    tasks: Tasks
    answers: Answers
    loop: Loop
    shards: Shards

    @property
    def counts(self) -> Counts:
        """What came in and what became of it."""
        return self.loop.counts

    async def run(self) -> None:
        """Work until cancelled; the first error ends all."""
        async with asyncio.TaskGroup() as group:
            for work in (self.loop.run, self.relay.run, self.tasks.run, self.offsets.run, self.answers.run):
                group.create_task(work(), name=work.__qualname__)

    def signs(self) -> dict[str, Sign]:
        """Return what shows that each part works, for the watchdog."""
        return {
            "loop": since(beat=lambda: self.loop.beat),
            "relay": since(beat=lambda: self.relay.beat),
            "tasks": since(beat=lambda: self.tasks.beat),
            "offsets": since(beat=lambda: self.offsets.beat),
            "membership": since(beat=lambda: self.offsets.confirmed),
        }

    async def drain(self, *, seconds: float) -> bool:
        """Take nothing more, finish the batch, send the journal, commit offsets; return whether all was in time."""
        deadline = asyncio.get_running_loop().time() + seconds
        self.loop.stop_taking()
        settled = await self.loop.settle(seconds=seconds)
        await self.tasks.calls.close(seconds=max(deadline - asyncio.get_running_loop().time(), 0) / 2)
        flushed = await self.relay.flush(seconds=max(deadline - asyncio.get_running_loop().time(), 0.1))
        committed = await self.offsets.commit()
        await self.shards.close()
        return settled and flushed and committed


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a process stands on, and what it is told."""

    service: str
    routes: Routes
    registry: Registry
    publisher: Publisher
    gateways: Mapping[str, Gateway]
    store: Store
    member: Member
    sender: Sender
    clock: Clock
    ids: Ids
    rng: random.Random
    tracing: Tracing
    shard_count: int
    batch_size: int = 500
    settle_seconds: float = 4.0
    call_seconds: Mapping[str, float] = field(default_factory=dict)
    backoff: Backoff = jittered
    listeners: Sequence[Listener] = ()


class _Later:
    """Parts that the others call and that do not exist yet when those are made."""

    loop: Loop
    tasks: Tasks
    shards: Shards

    def epoch(self, shard: int, /) -> int | None:
        return self.shards.epoch(shard)

    def is_open(self, shard: int, /) -> bool:
        return self.shards.is_open(shard)

    def fenced(self, shards: Collection[int], /) -> None:
        self.shards.fenced(shards=shards)

    def answered(self, task: Task, answer: Mapping[str, object], /) -> None:
        self.tasks.answered(task, answer)

    def deliver(self, messages: Sequence[Message], /) -> None:
        self.loop.deliver(messages)


def assemble(*, around: Surroundings) -> Parts:
    """Wire the parts of one process."""
    later = _Later()
    topics = topics_read(service=around.service, routes=around.routes, registry=around.registry)
    parser = Parser(service=around.service, routes=around.routes, registry=around.registry, shards=around.shard_count)
    offsets = Offsets(member=around.member)
    relay = Relay(store=around.store, sender=around.sender)
    answers = Answers(store=around.store)
    later.tasks = _tasks(around, parser, later)
    listeners = (relay.learn, later.tasks.learn, answers.learn, *around.listeners)
    later.loop = _loop(around, parser, offsets, listeners, later)
    later.shards = Shards(
        topics=topics,
        store=around.store,
        member=around.member,
        offsets=offsets,
        relay=relay,
        tasks=later.tasks,
        work=later.loop,
        random=around.rng,
        settle_seconds=around.settle_seconds,
    )
    return Parts(
        topics=topics,
        offsets=offsets,
        relay=relay,
        tasks=later.tasks,
        answers=answers,
        loop=later.loop,
        shards=later.shards,
    )


def _tasks(around: Surroundings, parser: Parser, later: _Later) -> Tasks:
    timetable = Timetable()
    calls = Calls(
        store=around.store,
        clock=around.clock,
        gateways=around.gateways,
        timetable=timetable,
        epoch=later.epoch,
        on_answer=later.answered,
        on_fenced=later.fenced,
        call_seconds=around.call_seconds,
    )
    return Tasks(
        store=around.store,
        clock=around.clock,
        parser=parser,
        timetable=timetable,
        calls=calls,
        deliver=later.deliver,
    )


def _loop(around: Surroundings, parser: Parser, offsets: Offsets, listeners: Sequence[Listener], later: _Later) -> Loop:
    async def beat_and_wait(attempt: int) -> None:
        # A database that is down is retried for as long as it takes; that is a sign of life, too.
        later.loop.beat = asyncio.get_running_loop().time()
        await around.backoff(attempt)

    processor = Processor(
        service=around.service,
        store=around.store,
        publisher=around.publisher,
        clock=around.clock,
        ids=around.ids,
        shards=around.shard_count,
        backoff=beat_and_wait,
    )
    return Loop(
        processor=processor,
        parser=parser,
        offsets=offsets,
        counts=processor.counts,
        tracing=around.tracing,
        batch_size=around.batch_size,
        is_open=later.is_open,
        epochs=later.epoch,
        term=lambda: later.shards.term,
        listeners=listeners,
        on_fenced=later.fenced,
    )
