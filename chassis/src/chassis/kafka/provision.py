"""Creates the topics of the contracts where they are missing; what exists is checked and never changed."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from chassis.broker import BrokerUnavailable
from chassis.kafka.topics import ANSWER_SECONDS, check_topics, partition_counts
from contracts.topics import Topic

KNOWN_TRIES = 50
KNOWN_SECONDS = 0.1
LED_SECONDS = 60.0


async def provision(
    *, bootstrap: str, topics: Collection[Topic], prefix: str = "", replicas: int = 1, seconds: float = ANSWER_SECONDS
) -> tuple[str, ...]:
    """Create what is missing and return its names; WrongTopics when a topic has another partition count."""
    names = [prefix + topic.name for topic in topics]
    known = await partition_counts(bootstrap=bootstrap, names=names, seconds=seconds)
    missing = [topic for topic in topics if prefix + topic.name not in known]
    if missing:
        await _create(bootstrap, [_new(topic, prefix, replicas) for topic in missing], seconds)
    for _ in range(KNOWN_TRIES):
        if len(await partition_counts(bootstrap=bootstrap, names=names, seconds=seconds)) == len(names):
            break
        await asyncio.sleep(KNOWN_SECONDS)
    await check_topics(bootstrap=bootstrap, prefix=prefix, topics=topics)
    if missing:
        await _until_led(bootstrap, {prefix + topic.name: topic.partitions for topic in missing})
    return tuple(prefix + topic.name for topic in missing)


async def _until_led(bootstrap: str, counts: Mapping[str, int]) -> None:
    """Wait until each partition answers: a topic has a name before its partitions have a leader who takes a record."""
    partitions = [TopicPartition(name, number) for name, count in counts.items() for number in range(count)]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, request_timeout_ms=int(LED_SECONDS * 1000))
    try:
        async with asyncio.timeout(LED_SECONDS):
            await consumer.start()
            await consumer.end_offsets(partitions)
    except (KafkaError, TimeoutError, OSError) as error:
        raise BrokerUnavailable(f"the new topics are not ready to be written: {error!r}") from error
    finally:
        await consumer.stop()


def _new(topic: Topic, prefix: str, replicas: int) -> NewTopic:
    settings = {
        "cleanup.policy": topic.cleanup,
        "retention.ms": str(topic.retention_ms),
        # Whatever a producer compresses with, the broker stores what every consumer can read.
        "compression.type": "uncompressed",
    }
    return NewTopic(prefix + topic.name, topic.partitions, replicas, topic_configs=settings)


async def _create(bootstrap: str, new: list[NewTopic], seconds: float) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=int(seconds * 1000))
    try:
        async with asyncio.timeout(seconds):
            await admin.start()
            answer = await admin.create_topics(new)
    except (KafkaError, TimeoutError, OSError) as error:
        raise BrokerUnavailable(repr(error)) from error
    finally:
        await admin.close()
    for name, code, *_ in answer.topic_errors:
        # Another process may have created it since we looked.
        if code and for_code(code) is not TopicAlreadyExistsError:
            raise BrokerUnavailable(f"topic {name} was not created: {for_code(code).__name__}")
