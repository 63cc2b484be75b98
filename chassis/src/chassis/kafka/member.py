"""A member of a consumer group, on aiokafka's consumer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaConnectionError, KafkaError

from chassis.broker import BrokerUnavailable, NotMember, Place

ANSWER_SECONDS = 5.0


@dataclass(slots=True)
class KafkaMember:
    """Speaks of topics without their prefix. ``consumer`` is None before the subscriber has started."""

    consumer: Callable[[], AIOKafkaConsumer | None]
    prefix: str = ""

    def pause(self, *, places: Collection[Place]) -> None:
        """Fetch nothing from these until they are resumed."""
        if (consumer := self.consumer()) is not None:
            consumer.pause(*self._assigned(consumer, places))

    def resume(self, *, places: Collection[Place]) -> None:
        """Fetch from these again."""
        if (consumer := self.consumer()) is not None:
            consumer.resume(*self._assigned(consumer, places))

    def seek(self, *, offsets: Mapping[Place, int]) -> None:
        """Go on reading there; what was fetched and not yet polled is thrown away."""
        if (consumer := self.consumer()) is not None:
            for place in self._assigned(consumer, offsets):
                consumer.seek(place, offsets[self._place(place)])

    async def committed(self, *, places: Collection[Place]) -> Mapping[Place, int]:
        """Return where the group goes on: the committed offset, or the start of a log that is new or was lost."""
        if not places:
            return {}
        consumer = self._consumer()
        partitions = [self._partition(place) for place in places]
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                starts = await consumer.beginning_offsets(partitions)
                ends = await consumer.end_offsets(partitions)
                found = await asyncio.gather(*(consumer.committed(partition) for partition in partitions))
        except (KafkaError, TimeoutError) as error:
            raise BrokerUnavailable(repr(error)) from error
        return {
            self._place(partition): offset if offset is not None and offset <= ends[partition] else starts[partition]
            for partition, offset in zip(partitions, found, strict=True)
        }

    async def commit(self, *, offsets: Mapping[Place, int]) -> None:
        """Commit under the member's generation."""
        if not offsets:
            return
        consumer = self._consumer()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await consumer.commit({self._partition(place): offset for place, offset in offsets.items()})
        except (CommitFailedError, IllegalStateError) as error:
            raise NotMember(str(error)) from error
        except (KafkaError, TimeoutError) as error:
            if getattr(error, "retriable", True) or isinstance(error, KafkaConnectionError):
                raise BrokerUnavailable(repr(error)) from error
            raise NotMember(repr(error)) from error

    def lag(self, *, written: Mapping[Place, int]) -> Mapping[Place, int]:
        """Return how many records of each assigned partition are not yet written, as far as the client knows."""
        consumer = self.consumer()
        if consumer is None:
            return {}
        lags: dict[Place, int] = {}
        for partition in consumer.assignment():
            if (highwater := consumer.highwater(partition)) is not None:
                place = self._place(partition)
                lags[place] = max(highwater - written.get(place, 0), 0)
        return lags

    def _consumer(self) -> AIOKafkaConsumer:
        consumer = self.consumer()
        if consumer is None:
            raise BrokerUnavailable("the consumer has not started")
        return consumer

    def _assigned(self, consumer: AIOKafkaConsumer, places: Collection[Place]) -> list[TopicPartition]:
        assigned = consumer.assignment()
        return [partition for place in places if (partition := self._partition(place)) in assigned]

    def _partition(self, place: Place) -> TopicPartition:
        return TopicPartition(self.prefix + place.topic, place.partition)

    def _place(self, partition: TopicPartition) -> Place:
        return Place(partition.topic.removeprefix(self.prefix), partition.partition)
