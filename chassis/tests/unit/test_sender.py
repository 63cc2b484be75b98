"""Where a record is sent to."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka.partitioner import DefaultPartitioner

from chassis.broker import Outgoing
from chassis.kafka import sender as module
from chassis.kafka.sender import KafkaSender
from chassis.message import partition_of, shard_of

KEYS = ["", "b1", "8f3c2b1a-6d5e-5f40-9a7b-1c2d3e4f5a6b", "schlüssel"]


@pytest.mark.parametrize("partitions", [[0], [0, 1, 2], list(range(12))])
@pytest.mark.parametrize("key", KEYS)
def test_a_key_lies_where_every_kafka_client_puts_it(key: str, partitions: list[int]) -> None:
    """A remembered partition is the one of aiokafka's own partitioner, and the shard of the key."""
    kafkas = DefaultPartitioner()(key.encode(), partitions, partitions)
    assert [kafkas] * 2 == [partition_of(key.encode(), len(partitions)) for _ in range(2)]
    assert kafkas == shard_of(key, len(partitions))


class Producer:
    """A producer of topics with three partitions each, and one more for each producer before it."""

    made: list[Producer]

    def __init__(self, **_options: Any) -> None:
        self.asked: list[str] = []
        self.sent: list[tuple[str, int]] = []
        self.made.append(self)

    async def start(self) -> None:
        """Begin."""

    async def stop(self) -> None:
        """End."""

    async def partitions_for(self, topic: str) -> set[int]:
        """Return the partitions of a topic."""
        self.asked.append(topic)
        return set(range(2 + len(self.made)))

    async def send(self, topic: str, *, partition: int, **_record: Any) -> asyncio.Future[object]:
        """Take a record."""
        self.sent.append((topic, partition))
        return asyncio.get_running_loop().create_future()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Producer]:
    """Return the producers that are made from now on."""
    monkeypatch.setattr(Producer, "made", [], raising=False)
    monkeypatch.setattr(module, "AIOKafkaProducer", Producer)
    return Producer.made


def test_a_record_is_sent_to_the_partition_of_its_key_or_to_its_own(made: list[Producer]) -> None:
    """A topic's partitions are counted once, and not at all for a record that says where it belongs."""

    async def send() -> None:
        sender = KafkaSender(bootstrap="nowhere", client_id="test", prefix="x.")
        for key in ("b1", "b2", "b3"):
            _ = await sender.send(record=Outgoing("a", key.encode(), b""))
        _ = await sender.send(record=Outgoing("b", b"b1", b"", partition=7))

    asyncio.run(send())
    (producer,) = made
    assert [("x.a", shard_of(key, 3)) for key in ("b1", "b2", "b3")] + [("x.b", 7)] == producer.sent
    assert ["x.a"] == producer.asked


def test_the_next_producer_counts_anew(made: list[Producer]) -> None:
    """What was counted belongs to the producer that was thrown away."""

    async def send() -> None:
        sender = KafkaSender(bootstrap="nowhere", client_id="test")
        _ = await sender.send(record=Outgoing("a", b"b1", b""))
        await sender.rebuild()
        _ = await sender.send(record=Outgoing("a", b"b1", b""))

    asyncio.run(send())
    assert [[("a", shard_of("b1", 3))], [("a", shard_of("b1", 4))]] == [each.sent for each in made]
