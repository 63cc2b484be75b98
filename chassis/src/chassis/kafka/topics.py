"""What must be true of the topics before a service reads them: they exist, with the partition count of the contract."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from chassis.broker import BrokerUnavailable
from contracts.topics import Topic

ANSWER_SECONDS = 10.0


class WrongTopics(Exception):
    """Topics are missing or have another partition count; the message names each."""


async def partition_counts(
    *, bootstrap: str, names: Collection[str], seconds: float = ANSWER_SECONDS
) -> dict[str, int]:
    """Ask the broker for the number of partitions of these topics; those it does not know are absent."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=int(seconds * 1000))
    try:
        async with asyncio.timeout(seconds):
            await admin.start()
            found = await admin.describe_topics(list(names))
    except (KafkaError, TimeoutError, OSError) as error:
        raise BrokerUnavailable(repr(error)) from error
    finally:
        await admin.close()
    return {each["topic"]: len(each["partitions"]) for each in found if not each["error_code"]}


async def check_topics(*, bootstrap: str, prefix: str, topics: Collection[Topic]) -> None:
    """Refuse topics that are missing or differ from the contract: a changed count moves keys to other owners."""
    counts = await partition_counts(bootstrap=bootstrap, names=[prefix + topic.name for topic in topics])
    wrong = [
        f"{prefix}{topic.name} has {counts.get(prefix + topic.name, 'no')} partitions, not {topic.partitions}"
        for topic in topics
        if counts.get(prefix + topic.name) != topic.partitions
    ]
    if wrong:
        raise WrongTopics("; ".join(wrong))
