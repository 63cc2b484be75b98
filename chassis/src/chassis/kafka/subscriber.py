"""One FastStream subscriber for all topics of a service: it polls, and hands each poll's records to the loop.

What FastStream would do by itself and must not: commit (AckPolicy.MANUAL, checked at start-up), read headers (its
parser drops a record with a null header), validate the body, reply, create topics, sleep after an empty poll.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber

from chassis.broker import Place
from chassis.kafka.mending import mend
from chassis.kafka.tolerance import read_tolerantly
from chassis.message import Record

Take = Callable[[Sequence[Record]], Awaitable[None]]
Poll = tuple["ConsumerRecord[bytes, bytes]", ...]

SLACK_SECONDS = 20
TOPICS_SECONDS = 5
POLL_MS = 1_000


class Listener(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka ships no types
    """Passes rebalances on, with topics named without their prefix."""

    def __init__(
        self,
        *,
        prefix: str,
        assigned: Callable[[Collection[Place]], None],
        revoked: Callable[[], Awaitable[None]],
    ) -> None:
        self._prefix = prefix
        self._assigned = assigned
        self._revoked = revoked

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Finish what is running; a first assignment has nothing to give back."""
        if revoked:
            await self._revoked()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Pause; what this raises is only logged, so it does nothing else."""
        self._assigned([Place(each.topic.removeprefix(self._prefix), each.partition) for each in assigned])


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group, and how one process takes part in it; topics are named without their prefix."""

    name: str
    topics: Sequence[str]
    bootstrap: str
    prefix: str
    batch_size: int
    session_timeout_ms: int

    def subscriber(self, *, listener: ConsumerRebalanceListener) -> tuple[KafkaBroker, BatchSubscriber]:
        """Make the FastStream subscriber and its broker."""
        broker = KafkaBroker(
            self.bootstrap,
            client_id=self.name,
            consumer_only=True,
            allow_auto_create_topics=False,
            apply_types=False,
            logger=None,
            # A join is answered when all members have come; a shorter time-out would give up and join again.
            request_timeout_ms=self.session_timeout_ms + 2 * SLACK_SECONDS * 1000,
            # Who joins while a topic is not there, as after the loss of the broker's log, is given nothing, and joins
            # again when it sees the topic: by default only after five minutes, in which nobody owns a shard.
            metadata_max_age_ms=TOPICS_SECONDS * 1000,
        )
        subscriber = broker.subscriber(
            *[self.prefix + topic for topic in self.topics],
            group_id=self.prefix + self.name,
            batch=True,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            partition_assignment_strategy=[RangePartitionAssignor],
            session_timeout_ms=self.session_timeout_ms,
            heartbeat_interval_ms=self.session_timeout_ms // 4,
            rebalance_timeout_ms=self.session_timeout_ms + SLACK_SECONDS * 1000,
            listener=listener,
            parser=_carry,
            decoder=_unpack,
        )
        return broker, subscriber


class Subscriber:
    """The group member of a service and its polls."""

    def __init__(self, *, group: Group, listener: ConsumerRebalanceListener, take: Take) -> None:
        self._prefix = group.prefix
        self._most = group.batch_size
        self._take = take
        self._handing_over = False
        self._polled: float | None = None
        self._broker, self._subscriber = group.subscriber(listener=listener)
        # FastStream's own get_msg sleeps after an empty poll, in which a record waits; it has no option against that.
        self._subscriber.get_msg = self.poll  # type: ignore[method-assign] # see the line above
        self._subscriber(self._hand_over)

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        """Return aiokafka's consumer while the subscriber runs."""
        return self._subscriber.consumer

    @property
    def idle_seconds(self) -> float:
        """Return how long ago a poll came to an end; one whose records still wait for the loop is not over.

        A poll that fails does not count: when aiokafka's own work for the group has ended, each one does, for ever.
        """
        if self._polled is None or self._handing_over:
            return 0.0
        return asyncio.get_running_loop().time() - self._polled

    async def answers(self, *, seconds: float) -> bool:
        """Ask the broker for its metadata; return whether it answered in time."""
        if self.consumer is None:
            return False
        try:
            async with asyncio.timeout(seconds):
                await self.consumer.topics()
        except (KafkaError, TimeoutError):
            return False
        return True

    async def start(self) -> None:
        """Join the group and poll; refuse to run when anything but this process could commit."""
        read_tolerantly()
        mend()
        if self._subscriber.ack_policy is not AckPolicy.MANUAL:
            raise RuntimeError("the subscriber must acknowledge manually: anything else loses messages")
        await self._broker.start()
        self._polled = asyncio.get_running_loop().time()

    async def poll(self, consumer: AIOKafkaConsumer) -> Poll:
        """Return what has come, or nothing after a while.

        The wait costs no latency: aiokafka ends it when a fetch brings records, or fails, and when it is stopped. A
        resumed partition is fetched anew, since a look at what was fetched of a paused one throws it away.
        """
        polled = await consumer.getmany(timeout_ms=POLL_MS, max_records=self._most)
        self._polled = asyncio.get_running_loop().time()
        return tuple(chain.from_iterable(polled.values()))

    async def stop(self) -> None:
        """Leave the group."""
        # aiokafka 0.14 lets a CancelledError escape when it is stopped at once after its start.
        await asyncio.sleep(0.05)
        await self._broker.stop()

    async def _hand_over(self, polled: Poll) -> None:
        self._handing_over = True
        await self._take([self._record(each) for each in polled])
        self._handing_over = False

    def _record(self, polled: ConsumerRecord[bytes, bytes]) -> Record:
        return Record(
            topic=polled.topic.removeprefix(self._prefix),
            partition=polled.partition,
            offset=polled.offset,
            key=polled.key,
            value=polled.value,
            headers=tuple(polled.headers),
        )


async def _carry(polled: Poll) -> KafkaMessage:
    return KafkaMessage(body=b"", raw_message=polled, headers={}, consumer=FAKE_CONSUMER)


async def _unpack(message: Any) -> Any:
    return message.raw_message
