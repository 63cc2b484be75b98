"""Creates the topics of the contracts where they are missing; what exists is checked and never changed."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from chassis.broker import BrokerUnavailable
from chassis.kafka.topics import ANSWER_SECONDS, check_topics, partition_counts
from contracts.topics import Topic

LEADER_TRIES = 50
LEADER_SECONDS = 0.1


async def provision(
    *, bootstrap: str, topics: Collection[Topic], prefix: str = "", replicas: int = 1, seconds: float = ANSWER_SECONDS
) -> tuple[str, ...]:
    """Create what is missing and return its names; WrongTopics when a topic has another partition count."""
    names = [prefix + topic.name for topic in topics]
    known = await partition_counts(bootstrap=bootstrap, names=names, seconds=seconds)
    missing = [topic for topic in topics if prefix + topic.name not in known]
    if missing:
        await _create(bootstrap, [_new(topic, prefix, replicas) for topic in missing], seconds)
    for _ in range(LEADER_TRIES):
        if len(await partition_counts(bootstrap=bootstrap, names=names, seconds=seconds)) == len(names):
            break
        await asyncio.sleep(LEADER_SECONDS)
    await check_topics(bootstrap=bootstrap, prefix=prefix, topics=topics)
    return tuple(prefix + topic.name for topic in missing)


def _new(topic: Topic, prefix: str, replicas: int) -> NewTopic:
    settings = {"cleanup.policy": topic.cleanup, "retention.ms": str(topic.retention_ms)}
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
