"""All services of a run with their processes, databases and broker; a supervisor starts again what ends."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from chassis.broker import Outgoing
from chassis.message import Record
from chassis.parts import topics_read
from chassis.routes import Routes
from chassis.store.memory import MemoryStore
from contracts.envelope import Envelope, to_headers
from contracts.registry import Registry
from contracts.values import Contract
from simulation.broker import Broker
from simulation.clocks import WorldClock
from simulation.loop import running
from simulation.plan import Plan
from simulation.process import Process
from simulation.reader import group_of
from simulation.trace import Trace
from simulation.weather import Weather

RESTART_SECONDS = (0.2, 3.0)


class World:
    """One simulated history. ``draw`` is its only source of chance."""

    def __init__(self, *, seed: int, plans: Sequence[Plan], partitions: int = 4, registry: Registry) -> None:
        self.draw = random.Random(seed)
        self.weather = Weather(draw=self.draw)
        self.trace = Trace()
        self.broker = Broker(partitions=partitions, weather=self.weather, trace=self.trace)
        self.plans: Mapping[str, Plan] = {plan.name: plan for plan in plans}
        self.stores = {plan.name: MemoryStore(tables=plan.tables) for plan in plans}
        self.clock = WorldClock()
        self.skew = 0.0
        self.broker_lost = False
        self.chores = 0
        """What an operator still has to do."""
        self.feeding = False
        self.sources: list[Callable[[], None]] = []
        """Systems outside that say again what is so when the broker has lost its log."""
        self.tricks: dict[str, Callable[[], None]] = {}
        self.errors: list[BaseException] = []
        self.poisoned: set[str] = set()
        self.running: list[Process] = []
        self.all: list[Process] = []
        self.make: Callable[..., Process] = Process
        self._registry = registry
        self._sent = 0
        self._topics = {
            plan.name: topics_read(service=plan.name, routes=plan.routes, registry=plan.registry) for plan in plans
        }
        self._background = [running().create_task(self.broker.group(name=plan.name).run()) for plan in plans]

    def start(self, *, service: str, routes: Routes | None = None, shards: int | None = None) -> Process:
        """Start a process of a service, of another version when other routes or another count of shards are given."""
        plan = self.plans[service] if shards is None else replace(self.plans[service], shards=shards)
        process = self.make(
            name=f"{service}-{sum(each.plan.name == service for each in self.all) + 1}",
            plan=plan if routes is None else replace(plan, routes=routes),
            broker=self.broker,
            memory=self.stores[service],
            clock=self.clock,
            weather=self.weather,
            trace=self.trace,
        )
        if self.skew:
            self.weather.injected["clock skew"] += 1
            process.clock.skew = timedelta(seconds=self.draw.uniform(-self.skew, self.skew))
        self.all.append(process)
        self.running.append(process)
        process.start()
        if self.feeding:
            process.read_feeds()
        return process

    def supervise(self, *, service: str) -> None:
        """Keep one process of the service running, for ever."""
        self._background.append(running().create_task(self._supervise(service)))

    def feed(self) -> None:
        """Let every process read the feeds of its service from now on: most histories have nothing to read there."""
        self.feeding = True
        for plan in [plan for plan in self.plans.values() if plan.feeds]:
            group = self.broker.group(name=group_of(service=plan.name))
            self._background.append(running().create_task(group.run()))
        for process in self.running:
            process.read_feeds()

    async def _supervise(self, service: str) -> None:
        while True:
            process = self.start(service=service)
            await process.ended.wait()
            self.running.remove(process)
            self.errors += process.errors
            await asyncio.sleep(self.draw.uniform(*RESTART_SECONDS))

    def publish(self, contract: Contract, *, message_id: str | None = None, partition: int | None = None) -> Record:
        """Publish as somebody outside does it, by the key or into a partition of his choice."""
        type_ = self._registry.of(type(contract))
        key = str(getattr(contract, type_.key))
        self._sent += 1
        envelope = Envelope(
            id=message_id or f"outside-{self._sent}",
            source="/outside",
            type=type_.name,
            subject=key,
            time=self.clock.now(),
            correlation_id=key,
            causation_id="",
        )
        value = contract.model_dump_json().encode()
        headers = to_headers(envelope=envelope)
        return self.broker.append(outgoing=Outgoing(type_.topic, key.encode(), value, headers, partition))

    def repeat(self, record: Record) -> None:
        """Publish a record again as it was: at least once is what everybody promises."""
        headers = tuple((name, value) for name, value in record.headers if value is not None)
        self.broker.append(
            outgoing=Outgoing(topic=record.topic, key=record.key or b"", value=record.value, headers=headers)
        )

    async def until(self, condition: Callable[[], bool], *, seconds: float) -> bool:
        """Wait in virtual time until the condition holds; return whether it does."""
        end = running().now + seconds
        while not condition() and running().now < end:  # noqa: ASYNC110 - a condition is about many stores; time is free
            await asyncio.sleep(0.1)
        return condition()

    def longest_wait(self) -> float:
        """Return how many seconds from now the last task is due that somebody has set."""
        dues = [task.due for store in self.stores.values() for task in store.waiting.values()]
        return max([0.0, *((due - self.clock.now()).total_seconds() for due in dues)])

    def unquiet(self, *, parked: bool = True) -> dict[str, str]:
        """Return what each service still has to handle, to publish or to commit; nothing when all is done.

        Whoever looks at the tasks by themselves leaves out the parked messages: each is tried again by one.
        """
        found = {"operator": f"chores {self.chores}"} if self.chores else {}
        for name, store in self.stores.items():
            counts = {
                "outbox": len(store.pointers),
                "parked": len(store.parked_messages) if parked else 0,
                "lag": self.broker.lag(group=name, topics=self._topics[name]),
            }
            if self.feeding and (feeds := self.plans[name].feeds):
                topics = [type_.topic for feed in feeds if (type_ := self._registry.find(feed.type)) is not None]
                counts["feeds"] = self.broker.lag(group=group_of(service=name), topics=topics)
            if any(counts.values()):
                found[name] = ", ".join(f"{what} {count}" for what, count in counts.items() if count)
        return found
