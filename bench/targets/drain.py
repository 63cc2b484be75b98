"""A backlog in the journal: how fast a relay brings it to the broker, beside a bare producer with the same records."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeAlias

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from bench.cpu import LOAD, cpu_seconds
from bench.following import end_offsets, records_between
from bench.house import database_urls
from bench.ours import Ours, opened
from bench.rounds import SETTLE_SECONDS, checked, since
from bench.statistics import ratio
from bench.table import print_rows
from bench.targets.slices import Row, Session
from simulators.house.addresses import SERVICES

SERVICE = "order"  # its messages are the largest, and go to five topics
PATIENCE_SECONDS = 3_600.0
BACKLOG = Path(__file__).with_name("backlog.sql")
_LOOK_SECONDS = 0.02
_AHEAD = 10_000  # records that the bare producer has on their way
_BATCH_BYTES = 256 * 1024  # as the relay's producer has it

Record: TypeAlias = "ConsumerRecord[bytes, bytes]"


@dataclass(slots=True)
class Drains:
    """What the rounds came to: messages a second, and microseconds of processor time a message."""

    speeds: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)  # of the one process that sends
    others: list[float] = field(default_factory=list)  # of PostgreSQL and Kafka

    def add(self, *, messages: int, seconds: float, own: float, others: float) -> None:
        """Add a round."""
        self.speeds.append(messages / seconds)
        self.costs.append(own * 1e6 / messages)
        self.others.append(others * 1e6 / messages)


async def measure_drain(*, session: Session, backlog: int) -> list[str]:
    """Print how fast both are and return what is wrong: every row is sent once, and no pointer is left."""
    relay, bare, wrong = Drains(), Drains(), list[str]()
    session.say("starting")
    async with opened(workload=session.plan.workload) as ours, _database(ours) as database:
        sample, last = await _sample(ours, database, session)
        for number in range(1, session.rounds + 1):
            session.say(f"round {number} of {session.rounds}: {backlog:,} rows are journalled")
            await _journal(database, backlog, last)
            session.say("the relay sends them")
            wrong += await _drain(ours, database, backlog, relay)
            session.say("a bare producer sends as many")
            await _produce(ours, sample, backlog, bare)
    print_rows(
        title=f"{backlog:,} messages",
        columns=(("messages/s", 0), ("CPU us/message, sender", 1), ("servers", 1)),
        rows={
            f"relay of {SERVICE}": (relay.speeds, relay.costs, relay.others),
            "bare aiokafka": (bare.speeds, bare.costs, bare.others),
        },
        console=session.console,
    )
    share = ratio(ours=relay.speeds, theirs=bare.speeds)
    session.console.print(f"relay : bare producer {share.median:.2f} ({share.least:.2f} - {share.most:.2f})")
    return wrong


@asynccontextmanager
async def _database(ours: Ours) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(database_urls(house=ours.house)[SERVICE])
    try:
        yield connection
    finally:
        await connection.close()


async def _sample(ours: Ours, database: Any, session: Session) -> tuple[Sequence[Record], int]:
    """Carry some orders, end the services, and return what one of them has said, and its last sequence number."""
    plan = session.plan
    orders = Row().take(workload=plan.workload, count=plan.orders)
    session.say(f"carrying {len(orders)} orders to have what is said of them")
    checked(run=await ours.closed(orders=orders, window=plan.window), orders=orders)
    await asyncio.sleep(SETTLE_SECONDS)
    for service in SERVICES:
        await asyncio.to_thread(ours.house.process(service).stop, within=SETTLE_SECONDS * 10)
    said = {row["message_id"] for row in await database.fetch("SELECT message_id FROM event_log")}
    kafka = ours.house.addresses.kafka
    sample = [
        record
        async for records in records_between(bootstrap=kafka, begin={}, end=await end_offsets(bootstrap=kafka))
        for record in records
        if dict(record.headers)["ce_id"].decode() in said
    ]
    sample.sort(key=lambda record: record.timestamp)  # as they were said, partitions and topics mixed
    return sample, await database.fetchval("SELECT max(seq) FROM event_log")


async def _journal(database: Any, backlog: int, last: int) -> None:
    await database.execute("TRUNCATE outbox")
    await database.execute("DELETE FROM event_log WHERE seq > $1", last)
    await database.execute(BACKLOG.read_text(encoding="utf-8"), backlog, last)
    await database.execute("VACUUM ANALYZE event_log, outbox")
    await database.execute("CHECKPOINT")


async def _drain(ours: Ours, database: Any, backlog: int, drains: Drains) -> list[str]:
    """Start the service, wait until the backlog is on the topics, and end it."""
    house = ours.house
    async with _Ends(bootstrap=house.addresses.kafka) as ends:
        begin = await ends.total()
        await asyncio.to_thread(house.spawn, SERVICE)
        roots = {name: pid for name, pid in ours.pids().items() if name in {SERVICE, "postgres", "kafka"}}
        begun, before = await ends.reach(total=begin + 1), cpu_seconds(roots=roots)
        ended = await ends.reach(total=begin + backlog)
        taken = since(before=before, after=cpu_seconds(roots=roots))
        left = await _pointers_left(database)
        await asyncio.to_thread(house.process(SERVICE).stop, within=SETTLE_SECONDS * 10)
        sent = await ends.total() - begin
    drains.add(messages=backlog, seconds=ended - begun, own=taken[SERVICE], others=taken["postgres"] + taken["kafka"])
    wrong = [] if sent == backlog else [f"{sent} messages were sent, {backlog} were journalled"]
    return [*wrong, f"{left} pointers are left"] if left else wrong


async def _pointers_left(database: Any) -> int:
    """Return how many rows still wait when those that were sent have had time to be forgotten."""
    left = 0
    for _ in range(100):
        left = await database.fetchval("SELECT count(*) FROM outbox")
        if not left:
            break
        await asyncio.sleep(SETTLE_SECONDS / 10)
    return left


async def _produce(ours: Ours, sample: Sequence[Record], backlog: int, drains: Drains) -> None:
    """Send as many records, in turns those of the sample, with the settings of the relay's producer."""
    roots = {name: pid for name, pid in ours.pids().items() if name in {"postgres", "kafka"}}
    producer = AIOKafkaProducer(
        bootstrap_servers=ours.house.addresses.kafka, acks="all", enable_idempotence=True, max_batch_size=_BATCH_BYTES
    )
    await producer.start()
    try:
        before, begun, waiting = cpu_seconds(roots=roots), time.perf_counter(), list[Any]()
        for number in range(backlog):
            each = sample[number % len(sample)]
            waiting.append(
                await producer.send(
                    each.topic, each.value, key=each.key, partition=each.partition, headers=list(each.headers)
                )
            )
            if len(waiting) == _AHEAD:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)
        seconds, taken = time.perf_counter() - begun, since(before=before, after=cpu_seconds(roots=roots))
    finally:
        await producer.stop()
    drains.add(messages=backlog, seconds=seconds, own=taken[LOAD], others=taken["postgres"] + taken["kafka"])


class _Ends:
    """How many records all topics hold, asked over one connection."""

    def __init__(self, *, bootstrap: str) -> None:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
        self._bootstrap = bootstrap
        self._places: list[TopicPartition] = []

    async def __aenter__(self) -> Self:
        self._places = list(await end_offsets(bootstrap=self._bootstrap))
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def total(self) -> int:
        """Return how many there are now."""
        return sum((await self._consumer.end_offsets(self._places)).values())

    async def reach(self, *, total: int) -> float:
        """Return when the topics hold so many."""
        for _ in range(int(PATIENCE_SECONDS / _LOOK_SECONDS)):
            if await self.total() >= total:
                return time.perf_counter()
            await asyncio.sleep(_LOOK_SECONDS)
        raise TimeoutError(f"{total} records were not there in time")
