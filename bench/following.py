"""How the bench learns of ends and of counts: it reads headers on the public topics, and nothing else."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from contracts.topics import TOPICS

COMPLETED = frozenset({b"billing.invoice-issued.v1"})
DECLINED = frozenset({b"order.cancelled.v1", b"order.rejected.v1"})
_ENDS_ON = ("billing.events", "order.events")


@dataclass(slots=True, kw_only=True)
class Follower:
    """Hands over each record that comes to some topics from now on."""

    bootstrap: str
    topics: Collection[str]
    take: Callable[["ConsumerRecord[bytes, bytes]"], None]
    _consumer: AIOKafkaConsumer | None = None
    _reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read on from what is there now."""
        self._consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, enable_auto_commit=False)
        await self._consumer.start()
        self._consumer.assign(_places(self.topics))
        await self._consumer.seek_to_end()
        self._reading = asyncio.create_task(self._read(self._consumer))

    async def stop(self) -> None:
        """End."""
        if self._reading is not None:
            self._reading.cancel()
        if self._consumer is not None:
            await self._consumer.stop()

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            for records in (await consumer.getmany(timeout_ms=1_000)).values():
                for record in records:
                    self.take(record)


class Ends:
    """Who waits for the end of which order; the end is true for a completed order.

    With other types than those of ends it is who waits for another word of an order: the first of them that is said.
    """

    def __init__(
        self,
        *,
        bootstrap: str,
        topics: Collection[str] = _ENDS_ON,
        good: Collection[bytes] = COMPLETED,
        bad: Collection[bytes] = DECLINED,
    ) -> None:
        """Read nothing yet."""
        self._good = good
        self._bad = bad
        self._waiting: dict[bytes, asyncio.Future[bool]] = {}
        self._follower = Follower(bootstrap=bootstrap, topics=topics, take=self._take)

    async def start(self) -> None:
        """Read on from what is there now."""
        await self._follower.start()

    async def stop(self) -> None:
        """End."""
        await self._follower.stop()

    def expect(self, *, order_id: str) -> asyncio.Future[bool]:
        """Return what tells of the end of an order that is about to be submitted."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[order_id.encode()] = future
        return future

    def _take(self, record: "ConsumerRecord[bytes, bytes]") -> None:
        type_ = type_of(record=record)
        if type_ in self._good or type_ in self._bad:
            future = self._waiting.pop(record.key or b"", None)
            if future is not None and not future.done():
                future.set_result(type_ in self._good)


def type_of(*, record: "ConsumerRecord[bytes, bytes]") -> bytes:
    """Return the type of a message."""
    return next((value for name, value in record.headers if name == "ce_type"), b"")


async def end_offsets(*, bootstrap: str) -> Mapping[TopicPartition, int]:
    """Return the end of every partition of every topic of ours."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        found: Mapping[TopicPartition, int] = await consumer.end_offsets(_places([topic.name for topic in TOPICS]))
        return found
    finally:
        await consumer.stop()


async def count_types(
    *, bootstrap: str, begin: Mapping[TopicPartition, int], end: Mapping[TopicPartition, int]
) -> tuple[Counter[str], Counter[str]]:
    """Return how many messages, and how many bytes with headers, of each type lie between two ends."""
    messages: Counter[str] = Counter()
    octets: Counter[str] = Counter()
    async for records in records_between(bootstrap=bootstrap, begin=begin, end=end):
        _tally(records, messages, octets)
    return messages, octets


async def records_between(
    *, bootstrap: str, begin: Mapping[TopicPartition, int], end: Mapping[TopicPartition, int]
) -> AsyncIterator[list["ConsumerRecord[bytes, bytes]"]]:
    """Yield the records between two ends, those of a partition in their order."""
    places = [place for place in end if end[place] > begin.get(place, 0)]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(places)
        for place in places:
            consumer.seek(place, begin.get(place, 0))
        left = {place: end[place] for place in places}
        while left:
            for place, records in (await consumer.getmany(timeout_ms=1_000)).items():
                yield [record for record in records if record.offset < end[place]]
                if place in left and records[-1].offset + 1 >= end[place]:
                    del left[place]
    finally:
        await consumer.stop()


def _tally(records: Iterable["ConsumerRecord[bytes, bytes]"], messages: Counter[str], octets: Counter[str]) -> None:
    for record in records:
        type_ = type_of(record=record).decode()
        messages[type_] += 1
        headers = sum(len(name) + len(value or b"") for name, value in record.headers)
        octets[type_] += len(record.key or b"") + len(record.value or b"") + headers


def _places(names: Collection[str]) -> list[TopicPartition]:
    return [
        TopicPartition(topic.name, number)
        for topic in TOPICS
        if topic.name in names
        for number in range(topic.partitions)
    ]


def by_topic(*, begin: Mapping[TopicPartition, int], end: Mapping[TopicPartition, int]) -> Counter[str]:
    """Return how many messages each topic has gained."""
    gained: defaultdict[str, int] = defaultdict(int)
    for place, offset in end.items():
        gained[place.topic] += offset - begin.get(place, 0)
    return Counter({topic: count for topic, count in gained.items() if count})
