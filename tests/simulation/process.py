"""One process of one service: production parser, processor, shards, relay, tasks and offsets over simulated ports."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.broker import Place
from chassis.gateway import Gateway
from chassis.loop import Loop
from chassis.message import Message
from chassis.offsets import Offsets
from chassis.parser import Parser
from chassis.processor import Processor
from chassis.publisher import Publisher
from chassis.relay import Relay
from chassis.routes import Routes
from chassis.shards import Shards
from chassis.sources import Clock, Ids
from chassis.store.memory import MemoryStore
from chassis.tasks.calls import Calls
from chassis.tasks.runner import Tasks
from chassis.tasks.timetable import Timetable
from chassis.verdicts import Processed
from contracts.registry import Registry
from simulation.broker import Broker, GroupMember, Producer
from simulation.store import Connection, Dice, as_store

BATCH = 50
SESSION_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a service is made of, taken from its own modules."""

    name: str
    routes: Routes
    publisher: Publisher
    registry: Registry
    gateways: Mapping[str, Gateway]

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of the types that it has routes for, and its own commands."""
        found = (self.registry.find(type_) for type_ in self.routes)
        return tuple(sorted({f"{self.name}.commands", *(each.topic for each in found if each is not None)}))


class Untraced:
    """No tracing: spans have no effect on what happens."""

    def begin(self, *, batch: Sequence[Message]) -> list[Message]:
        """Return the batch."""
        return list(batch)

    def end(self, *, processed: Processed) -> None:
        """End nothing."""


class Process:
    """Starts, works, and can be killed, frozen and woken at any moment."""

    def __init__(
        self,
        *,
        plan: Plan,
        broker: Broker,
        memory: MemoryStore,
        clock: Clock,
        ids: Ids,
        draw: random.Random,
        dice: Dice,
        name: str,
    ) -> None:
        self.plan = plan
        self.name = name
        self.alive = False
        self._broker = broker
        self._draw = draw
        self._tasks: list[asyncio.Task[Any]] = []
        self._connection = Connection(memory=memory, draw=draw, dice=dice, weather=broker.weather, crash=self.kill)
        self._producer = Producer(broker=broker)
        self._build(clock, ids)

    def _build(self, clock: Clock, ids: Ids) -> None:
        plan, store, shards = self.plan, as_store(self._connection), self._broker.partitions
        self.member = GroupMember(
            broker=self._broker,
            group=self._broker.group(name=plan.name, topics=plan.topics),
            assigned=self._assigned,
            revoked=self._revoked,
        )
        offsets = Offsets(member=self.member)
        parser = Parser(service=plan.name, routes=plan.routes, registry=plan.registry, shards=shards)
        processor = Processor(
            service=plan.name,
            store=store,
            publisher=plan.publisher,
            clock=clock,
            ids=ids,
            shards=shards,
            backoff=self._backoff,
        )
        self.relay = Relay(store=store, sender=self._producer)
        timetable = Timetable()
        calls = Calls(
            store=store,
            clock=clock,
            gateways=plan.gateways,
            timetable=timetable,
            epoch=lambda shard: self.shards.epoch(shard),  # noqa: PLW0108 - the shards are built below
            on_answer=lambda task, answer: self.tasks.answered(task, answer),  # noqa: PLW0108 - the tasks are built below
            on_fenced=lambda shards: self.shards.fenced(shards=shards),
        )
        self.loop = Loop(
            processor=processor,
            parser=parser,
            offsets=offsets,
            counts=processor.counts,
            tracing=Untraced(),
            batch_size=BATCH,
            is_open=lambda shard: self.shards.is_open(shard),  # noqa: PLW0108 - the shards are built below
            epochs=lambda shard: self.shards.epoch(shard),  # noqa: PLW0108 - the shards are built below
            term=lambda: self.shards.term,
            listeners=(self._learn,),
            on_fenced=lambda shards: self.shards.fenced(shards=shards),
        )
        self.tasks = Tasks(
            store=store, clock=clock, parser=parser, timetable=timetable, calls=calls, deliver=self.loop.deliver
        )
        self.shards = Shards(
            topics=plan.topics,
            store=store,
            member=self.member,
            offsets=offsets,
            tenants=(self.relay, self.tasks),
            work=self.loop,
            random=self._draw,
        )
        self._offsets = offsets

    def _learn(self, *, processed: Processed) -> None:
        self.relay.offer(rows=processed.outbox, uncertain=processed.uncertain)
        self.tasks.learn(processed=processed)

    def _assigned(self, places: list[Place]) -> None:
        if self.alive:
            self.shards.assigned(places=places)

    async def _revoked(self) -> None:
        if self.alive:
            await self.shards.revoked()

    async def _backoff(self, attempt: int) -> None:
        await asyncio.sleep(min(0.02 * 2**attempt, 1.0) * self._draw.uniform(0.5, 1.0))

    async def start(self) -> None:
        """Start everything and join the group."""
        self.alive = True
        self._spawn(self.loop.run(), "loop")
        self._spawn(self.relay.run(), "relay")
        self._spawn(self.tasks.run(), "tasks")
        self._spawn(self._offsets.run(), "offsets")
        self._spawn(self._fetch(), "fetch")
        await self.member.join()

    def kill(self) -> None:
        """End at once, wherever it is: nothing that was only in memory survives."""
        if not self.alive:
            return
        self.alive = False
        self._producer.die()
        for task in self._tasks:
            task.cancel()
        asyncio.get_running_loop().create_task(self._expel(), name=f"{self.name} expelled")

    def freeze(self) -> asyncio.Event:
        """Stop as SIGSTOP does: every port waits until the event is set."""
        wake = asyncio.Event()
        self.member.frozen = self._connection.frozen = self._producer.frozen = wake
        return wake

    async def expel(self) -> None:
        """Let the group give this process up, as after its session time-out."""
        await self.member.leave()

    def thaw(self, *, wake: asyncio.Event) -> None:
        """Go on as if nothing had happened, with everything that was in memory."""
        self.member.frozen = self._connection.frozen = self._producer.frozen = None
        wake.set()

    async def _expel(self) -> None:
        await asyncio.sleep(SESSION_SECONDS)
        await self.member.leave()

    async def _fetch(self) -> None:
        while True:
            records = await self.member.poll(most=BATCH)
            if records:
                await self.loop.take(records=records)
                await asyncio.sleep(0)
            else:
                await self._broker.news(seconds=0.5)
                await asyncio.sleep(self._draw.uniform(0.001, 0.01))

    def _spawn(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(work, name=f"{self.name} {name}"))
