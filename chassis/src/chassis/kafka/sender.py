"""An idempotent producer that can be thrown away: aiokafka's own never times out and can wedge."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog
from aiokafka import AIOKafkaProducer

from chassis.broker import BrokerUnavailable, Outgoing
from chassis.kafka.mending import mend
from chassis.message import partition_of

log = structlog.get_logger()

START_SECONDS = 10.0
STOP_SECONDS = 2.0
BATCH_BYTES = 256 * 1024


class KafkaSender:
    """Sends records in order, acks=all. It is started by its first record, and again after it was thrown away."""

    def __init__(self, *, bootstrap: str, client_id: str, prefix: str = "") -> None:
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._prefix = prefix
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self._partitions: dict[str, int] = {}

    async def send(self, *, record: Outgoing) -> asyncio.Future[object]:
        """Take the record in order; the future ends when all replicas have it."""
        producer = self._producer or await self._start()
        topic, partition = self._prefix + record.topic, record.partition
        if partition is None:
            partition = partition_of(record.key, self._partitions.get(topic) or await self._count(producer, topic))
        future: asyncio.Future[object] = await producer.send(
            topic,
            value=record.value,
            key=record.key,
            partition=partition,
            headers=list(record.headers),
        )
        return future

    async def rebuild(self) -> None:
        """Throw the producer away with what it holds; the next record starts a new one."""
        async with self._starting:
            producer, self._producer = self._producer, None
            self._partitions.clear()
            await _stop(producer)

    async def close(self) -> None:
        """End the producer after it has sent what it holds, or after a bounded time."""
        await self.rebuild()

    async def _count(self, producer: AIOKafkaProducer, topic: str) -> int:
        """Ask how many partitions a topic has, once a producer: aiokafka would list them for each record."""
        self._partitions[topic] = count = len(await producer.partitions_for(topic))
        return count

    async def _start(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is not None:
                return self._producer
            mend()
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                client_id=self._client_id,
                acks="all",
                enable_idempotence=True,
                max_batch_size=BATCH_BYTES,
                linger_ms=0,
                request_timeout_ms=10_000,
            )
            try:
                async with asyncio.timeout(START_SECONDS):
                    await producer.start()
            except BaseException as error:
                await _stop(producer)
                if isinstance(error, Exception):
                    raise BrokerUnavailable(repr(error)) from error
                raise
            self._producer = producer
            return producer


async def _stop(producer: AIOKafkaProducer | None) -> None:
    if producer is None:
        return
    stopping = asyncio.ensure_future(producer.stop())
    with suppress(Exception):
        await asyncio.wait_for(asyncio.shield(stopping), STOP_SECONDS)
    if not stopping.done():
        log.warning("sender.wedged")
        stopping.cancel()
        with suppress(Exception):
            await asyncio.wait_for(producer.client.close(), STOP_SECONDS)
