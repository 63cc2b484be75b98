"""Target: the feeds of reference data."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from random import Random

import orjson

from chassis.broker import Outgoing, Place
from chassis.counts import Counts
from chassis.feeds import Feeds
from chassis.offsets import Offsets
from chassis.sources import ManualClock, SeededIds
from chassis.store.memory import MemoryStore
from chassis.testing import MONDAY
from contracts.topics import FEED_PARTITIONS
from fuzz.houses import service
from fuzz.records import document_of, drawn, examples, record_of
from fuzz.target import Case, Stalled, Target, Wrong

READERS = ("order", "inventory")
LARGEST = 1 << 20
"""What a broker takes."""
TRIES = 5
FIRST = 1
"""The offset of the good record before the bad one."""


class NoGroup:
    """A member of no group: nothing is committed."""

    def pause(self, *, places: Collection[Place]) -> None:
        """Do nothing."""

    def resume(self, *, places: Collection[Place]) -> None:
        """Do nothing."""

    def seek(self, *, offsets: Mapping[Place, int]) -> None:
        """Do nothing."""

    async def committed(self, *, places: Collection[Place]) -> Mapping[Place, int]:
        """Begin at the beginning."""
        return dict.fromkeys(places, 0)

    async def commit(self, *, offsets: Mapping[Place, int]) -> None:
        """Do nothing."""


@dataclass(slots=True)
class Broker:
    """Takes everything that is not too large."""

    sent: list[Outgoing] = field(default_factory=list)

    async def send(self, *, record: Outgoing) -> asyncio.Future[object]:
        """Take the record, or refuse it as a broker does."""
        done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        headers = sum(len(name) + len(value) for name, value in record.headers)
        if len(record.key) + len(record.value or b"") + headers > LARGEST:
            done.set_exception(ConnectionError("the message is too large"))
        else:
            self.sent.append(record)
            done.set_result(None)
        return done

    async def rebuild(self) -> None:
        """Nothing breaks here."""


async def backoff(attempt: int) -> None:
    """Wait for nothing; what is tried too often is stalled."""
    if attempt > TRIES:
        raise Stalled(f"the feed has tried {attempt} times")


class Upstream:
    """Every record is applied, older than what is there, or set aside with its reason; none blocks the feed."""

    def __init__(self) -> None:
        self._examples = {
            name: [each for each in examples() if each[0] in {feed.type for feed in service(name=name).feeds}]
            for name in READERS
        }

    def draw(self, *, rng: Random) -> Case:
        """Draw an example of a feed that a service reads."""
        name = rng.choice(READERS)
        type_, text = rng.choice(self._examples[name])
        return Case((name, type_, text), drawn(rng=rng, document=document_of(text=text), envelope=0.2))

    async def run(self, *, case: Case) -> bool:
        """Apply the record after a good one."""
        name, type_, text = case.seed
        document = document_of(text=text)
        good = replace(record_of(type_=type_, document=document, edits=(), partitions=FEED_PARTITIONS), offset=FIRST)
        bad = record_of(type_=type_, document=document, edits=case.edits, partitions=FEED_PARTITIONS)
        broker = Broker()
        await _feeds(name, broker).take(records=[good, bad])
        for letter in broker.sent:
            data = orjson.loads(letter.value or b"{}")
            if data["offset"] == FIRST:
                raise Wrong(f"a good record was set aside: {data}")
            if not data["error"] or not data["key"] or data["offset"] != bad.offset:
                raise Wrong(f"a dead letter without its reason, key or place: {data}")
        return not broker.sent

    def show(self, *, case: Case) -> str:
        """Name the example."""
        return f"{case.seed[1]} read by {case.seed[0]}: {case.seed[2][:200]}"


def _feeds(name: str, broker: Broker) -> Feeds:
    made, clock = service(name=name), ManualClock(time=MONDAY)
    return Feeds(
        service=name,
        feeds=made.feeds,
        registry=made.registry,
        store=MemoryStore(),
        sender=broker,
        offsets=Offsets(member=NoGroup()),
        counts=Counts(),
        clock=clock,
        ids=SeededIds(clock=clock),
        backoff=backoff,
    )


@asynccontextmanager
async def upstream(address: str) -> AsyncIterator[Target]:
    """Open the target."""
    del address
    yield Upstream()
