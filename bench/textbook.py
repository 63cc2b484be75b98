"""The textbook: choreography with inbox and outbox over Kafka, one event per transaction."""

import asyncio
import logging
import sys
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench.checkout import checkout_of
from bench.choreography.reactions import COMMANDS, ENDS, PARTITIONS, REACTIONS
from bench.shop_peer import ShopPeer
from bench.workload import Order


class Textbook(ShopPeer):
    """Five services that listen to each other's events."""

    name = "textbook"
    servers = ("postgres", "kafka")
    schemas = (Path(__file__).with_name("choreography") / "tables.sql",)

    async def begin(self) -> None:
        """Make the topics, listen for ends, and start the services."""
        kafka = self.programs.stack.kafka_bootstrap
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells of each partition that is not there yet
        await _make_topics(kafka)
        self._waiting: dict[bytes, asyncio.Future[bool]] = {}
        self._consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
        await self._consumer.start()
        self._consumer.assign(_places("order", "billing"))
        await self._consumer.seek_to_end()
        await self._consumer.end_offsets(_places(COMMANDS, *REACTIONS))  # answers when each partition is there
        self._looking = asyncio.create_task(self._look())
        self._producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True)
        await self._producer.start()
        for service in REACTIONS:
            self.programs.run(
                name=service,
                argv=(sys.executable, "-m", "bench.choreography", service),
                environment={"BENCH_DATABASE_URL": self.database_url, "BENCH_KAFKA": kafka},
            )

    async def carry(self, order: Order) -> bool:
        """Publish the command; the event that ends the order tells of it."""
        key = order.order_id.encode()
        end: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[key] = end
        command = orjson.dumps(checkout_of(order=order) | {"id": order.order_id, "type": "place-order"})
        for _ in range(1 + order.twice):
            await self._producer.send(COMMANDS, command, key=key)
        return await end

    async def end(self) -> None:
        """Let go of the broker."""
        if hasattr(self, "_producer"):
            self._looking.cancel()
            await self._producer.stop()
            await self._consumer.stop()

    async def _look(self) -> None:
        while True:
            for records in (await self._consumer.getmany(timeout_ms=1_000)).values():
                for record in records:
                    self._take(record)

    def _take(self, record: Any) -> None:
        type_ = orjson.loads(record.value)["type"]
        if type_ in ENDS:
            end = self._waiting.pop(record.key, None)
            if end is not None:
                end.set_result(ENDS[type_])


def _places(*topics: str) -> list[TopicPartition]:
    return [TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)]


async def _make_topics(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in (COMMANDS, *REACTIONS)])
    finally:
        await admin.close()
