"""Upstream systems that publish what they sell again: late, twice, out of order; the highest sequence must win."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import inventory.consumers
import order.consumers
from chassis.counts import Counts
from chassis.feeds import Feed, Feeds
from chassis.message import Record
from chassis.offsets import Offsets
from chassis.sources import SeededIds
from contracts.registry import REGISTRY
from contracts.values import Contract
from simulation.loop import running
from simulation.member import GroupMember
from simulation.producer import Producer
from simulation.shop.catalogue import everything_published
from simulation.store import Connection, as_store
from simulation.world import World

FED: dict[str, Sequence[Feed]] = {"order": order.consumers.FEEDS, "inventory": inventory.consumers.FEEDS}
MOST_AT_ONCE = 6


async def _no_step() -> None:
    """Never be killed: who reads a feed takes it again from where it was, as often as it must."""


async def _no_hazard(_outcome: str) -> None:
    """Never be killed in a commit: an upsert that was cut off is tried again."""


@dataclass(slots=True)
class Feeding:
    """Publishes old and new states of reference data, and reads them for the two services that keep it."""

    world: World
    newest: dict[str, int] = field(default_factory=dict)
    readers: list[_Reader] = field(default_factory=list)
    _background: list[asyncio.Task[None]] = field(default_factory=list)

    def _begin(self) -> None:
        """Read feeds from now on: most histories have nothing to read."""
        self.readers = [_Reader(world=self.world, service=service) for service in FED]
        self._background = [running().create_task(reader.run()) for reader in self.readers]

    def publish(self) -> None:
        """Publish a few states of some things in any order, some of them twice."""
        if not self.readers:
            self._begin()
        draw = self.world.draw
        contracts = list(everything_published())
        for contract in draw.sample(contracts, draw.randint(1, 3)):
            name = _name(contract)
            newest = self.newest.get(name, 1) + draw.randint(0, 2)
            self.newest[name] = newest
            sequences = [draw.randint(1, newest) for _ in range(draw.randint(0, 3))]
            states = [newest, *sequences, newest]
            draw.shuffle(states)
            for sequence in states:
                self.world.weather.injected["feed late, twice or out of order"] += 1
                self.world.publish(contract.model_copy(update={"sequence": sequence}))

    def behind(self) -> bool:
        """Return whether somebody still has to read something."""
        return any(reader.records for reader in self.readers)

    def violations(self) -> list[str]:
        """Return what is kept of another state than the newest."""
        found = []
        for service, feeds in FED.items():
            for contract in everything_published():
                feed = next((each for each in feeds if each.type == REGISTRY.of(type(contract)).name), None)
                newest = self.newest.get(_name(contract))
                if feed is None or newest is None:
                    continue
                key = feed.key(contract) if feed.key else _key(contract)
                stored = self.world.stores[service].aggregates[feed.kind, key]
                if stored.version != newest:
                    found.append(f"feed of {service}: {feed.type} {key} is at {stored.version}, not {newest}")
        return found


class _Reader:
    """Reads the feeds of one service; now and then it begins again before what it has applied already."""

    def __init__(self, *, world: World, service: str) -> None:
        self.records: list[Record] = []
        self._world = world
        self._news = asyncio.Event()
        clock, draw = world.clock, world.draw
        group = world.broker.group(name=f"{service}-feeds")
        self._feeds = Feeds(
            service=service,
            feeds=FED[service],
            registry=REGISTRY,
            store=as_store(
                Connection(
                    service=service,
                    process=f"{service}-feeds",
                    memory=world.stores[service],
                    weather=world.weather,
                    trace=world.trace,
                    step=_no_step,
                    around_commit=_no_hazard,
                )
            ),
            sender=Producer(broker=world.broker, step=_no_step),
            offsets=Offsets(member=GroupMember(name="feeds", broker=world.broker, group=group, step=_no_step)),
            counts=Counts(),
            clock=clock,
            ids=SeededIds(clock=clock, seed=draw.getrandbits(64)),
            backoff=self._backoff,
        )
        topics = set(self._feeds.topics)
        world.broker.listeners.append(lambda record: self._arrived(record) if record.topic in topics else None)

    async def run(self) -> None:
        """Apply what comes, for ever."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self.records:
                batch = self.records[:MOST_AT_ONCE]
                await self._feeds.take(records=batch)
                again = self._world.weather.strikes("feed read again", 0.2)
                done = self._world.draw.randint(0, len(batch)) if again else len(batch)
                del self.records[:done]

    def _arrived(self, record: Record) -> None:
        self.records.append(record)
        self._news.set()

    async def _backoff(self, _tries: int) -> None:
        await asyncio.sleep(0.3)


def _key(contract: Any) -> str:
    return str(getattr(contract, REGISTRY.of(type(contract)).key))


def _name(contract: Contract) -> str:
    return f"{REGISTRY.of(type(contract)).name} {_key(contract)}"
