"""One process of one service: the production parts over simulated ports. It can be stopped or killed at any step."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from chassis.gateway import Ask, Gateway, Reply
from chassis.message import Message
from chassis.parts import Surroundings, assemble
from chassis.republish import republish_listener, republish_type
from chassis.sources import SeededIds
from chassis.store.memory import MemoryStore
from chassis.verdicts import Processed
from simulation.broker import Broker
from simulation.clocks import ProcessClock, WorldClock
from simulation.loop import running
from simulation.member import GroupMember
from simulation.plan import Plan, republishing
from simulation.producer import Producer
from simulation.reader import FeedReader
from simulation.store import Connection, as_store
from simulation.trace import Trace
from simulation.watch import Watch
from simulation.weather import Weather

BATCH = 50
FROZEN_SECONDS = (0.5, 12.0)
ZOMBIE_SECONDS = (4.0, 12.0)
"""Longer than a session: somebody else has the shards when it wakes."""


class Untraced:
    """No tracing: spans have no effect on what happens."""

    def begin(self, *, batch: Sequence[Message]) -> list[Message]:
        """Return the batch."""
        return list(batch)

    def end(self, *, processed: Processed) -> None:
        """End nothing."""


class Process:
    """Starts, works, and can be killed, frozen and woken at any step."""

    def __init__(
        self,
        *,
        name: str,
        plan: Plan,
        broker: Broker,
        memory: MemoryStore,
        clock: WorldClock,
        weather: Weather,
        trace: Trace,
    ) -> None:
        self.name = name
        self.plan = plan
        self.clock = ProcessClock(world=clock)
        self.ended = asyncio.Event()
        self.errors: list[BaseException] = []
        self.life, self._context = running().born(name=name)
        self._weather = weather
        self._trace = trace
        self.member = GroupMember(name=name, broker=broker, group=broker.group(name=plan.name), step=self.step)
        self.connection = Connection(
            service=plan.name,
            process=name,
            memory=memory,
            weather=weather,
            trace=trace,
            step=self.step,
            around_commit=self.around_commit,
        )
        self._broker = broker
        self._surroundings = self._around(broker)
        self.parts = assemble(around=self._surroundings)
        self.reader: FeedReader | None = None
        self.watch = Watch(life=self.life, parts=self.parts, bark=self._bark)
        relay = self.parts.relay
        replay = republish_listener(replay=lambda shard, since: relay.replay(shard=shard, since=since))
        self.parts.loop.listeners = (*self.parts.loop.listeners, replay)

    def _around(self, broker: Broker) -> Surroundings:
        return Surroundings(
            service=self.plan.name,
            routes=republishing(service=self.plan.name, routes=self.plan.routes),
            registry=self.plan.registry.extended([republish_type(service=self.plan.name)]),
            publisher=self.plan.publisher,
            gateways={name: self._far(gateway) for name, gateway in self.plan.gateways.items()},
            store=as_store(self.connection),
            member=self.member,
            sender=Producer(broker=broker, step=self.step),
            clock=self.clock,
            ids=SeededIds(clock=self.clock, seed=self._weather.draw.getrandbits(64)),
            rng=self._weather.draw,
            tracing=Untraced(),
            shard_count=self.plan.shards or broker.partitions,
            batch_size=BATCH,
            backoff=self._backoff,
        )

    def start(self) -> None:
        """Begin to work and join the group."""
        self._trace.note(f"{self.name} starts")
        shards = self.parts.shards
        member = self.member.run(
            topics=self.parts.topics,
            assigned=lambda places: shards.assigned(places=places),
            revoked=shards.revoked,
        )
        self._spawn(self.parts.run(), member, self._fetch(), self.watch.tick())

    def read_feeds(self) -> None:
        """Read the feeds of its service, too, from now on."""
        if self.plan.feeds and self.reader is None and not self.ended.is_set():
            self.reader = FeedReader(
                name=self.name,
                broker=self._broker,
                around=self._surroundings,
                step=self.step,
                counts=self.parts.counts,
                feeds=self.plan.feeds,
            )
            self._spawn(*self.reader.works())

    def kill(self) -> None:
        """End at once, wherever it is: nothing that was only in memory survives."""
        if not self.ended.is_set():
            self._trace.note(f"{self.name} is killed")
            self.life.running = False
            self.watch.freeze()
            self.ended.set()

    async def stop(self) -> None:
        """End cleanly: drain, leave the group."""
        self._trace.note(f"{self.name} stops")
        await asyncio.wait(self._spawn(self.parts.drain(seconds=5.0)), timeout=10.0)
        if self.reader is not None:
            await asyncio.wait(self._spawn(self.reader.stop()), timeout=10.0)
        if not self.ended.is_set():
            self.member.leave()
            self.kill()

    def freeze(self) -> None:
        """Stop as SIGSTOP does."""
        self._trace.note(f"{self.name} freezes")
        self.life.running = False
        self.watch.freeze()

    def thaw(self) -> None:
        """Go on as if nothing had happened, with everything that was in memory."""
        if not self.ended.is_set():
            self._trace.note(f"{self.name} thaws")
            self.watch.thaw()

    def wedge(self, work: str) -> None:
        """Let one of its workers, or its whole event loop, do nothing any more; only its watchdog can end that."""
        self._trace.note(f"{self.name} is wedged: {work}")
        self.watch.wedge(work)

    def _bark(self) -> None:
        self._trace.note(f"{self.name} is ended by its watchdog: {self.watch.found()}")
        self._weather.injected["ended by its watchdog"] += 1
        if not self.watch.wedged and not self.watch.hardly_ran:
            self.errors.append(RuntimeError(f"its watchdog found it {self.watch.found()}, and it was not wedged"))
        self.kill()

    async def step(self) -> None:
        """Be between two steps, where a process may be killed or stopped."""
        if self._weather.strikes("crash between two steps", self._weather.crash):
            self.kill()
            await asyncio.sleep(0)
        elif self._weather.strikes("frozen between two steps", self._weather.freeze):
            await self._sleep(FROZEN_SECONDS)

    async def around_commit(self, outcome: str) -> None:
        """Be inside a commit: before or after the database has done it. Who sleeps here wakes as a zombie."""
        weather = self._weather
        if weather.strikes(f"crash in commit, {outcome}", weather.crash_in_commit):
            self.kill()
            await asyncio.sleep(0)
        moment = "between commit and send" if outcome == "done" else "between load and write"
        if weather.strikes(f"zombie {moment}", weather.freeze_at_write):
            await self._sleep(ZOMBIE_SECONDS)

    async def _sleep(self, seconds: tuple[float, float]) -> None:
        self.freeze()
        running().outside(running().now + self._weather.draw.uniform(*seconds), self.thaw)
        await asyncio.sleep(0)

    def _far(self, gateway: Gateway) -> Gateway:
        async def ask(asked: Ask, /) -> Reply:
            await self.step()
            reply = await gateway(asked)
            await self.step()
            return reply

        return ask

    async def _fetch(self) -> None:
        while True:
            self.watch.polled()
            records = await self.member.poll(most=BATCH)
            if records:
                with self.watch.handing_over():
                    await self.parts.loop.take(records=records)
                await asyncio.sleep(0)
            else:
                await self.member.news(seconds=2.0)
                await asyncio.sleep(self._weather.draw.uniform(*self._weather.network))

    async def _backoff(self, attempt: int) -> None:
        await asyncio.sleep(min(0.02 * 2**attempt, 1.0) * self._weather.draw.uniform(0.5, 1.0))

    def _spawn(self, *works: Coroutine[Any, Any, Any]) -> list[asyncio.Task[Any]]:
        tasks = [running().create_task(work, context=self._context) for work in works]
        for task in tasks:
            task.add_done_callback(self._failed)
        return tasks

    def _failed(self, task: asyncio.Task[Any]) -> None:
        """End the process, as in production, when an error escapes from one of its parts."""
        if not task.cancelled() and (error := task.exception()) is not None and not self.ended.is_set():
            self._trace.note(f"{self.name} fails: {error!r}")
            self.errors.append(error)
            self.kill()
