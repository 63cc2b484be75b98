import asyncio
from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient

from chassis.broker import Place
from chassis.kafka.provision import provision
from chassis.kafka.subscriber import Group, Listener, Subscriber
from chassis.message import Record
from contracts.topics import Topic
from embedded.eventually import eventually
from embedded.fixtures import KafkaOfTest

THERE, LATE = (Topic(name, "toy", 3, "delete", 60_000) for name in (".there", ".late"))


def places(*topics: Topic) -> set[Place]:
    return {Place(topic.name, number) for topic in topics for number in range(3)}


async def _ignore(_records: Sequence[Record]) -> None:
    pass


async def _nothing() -> None:
    pass


async def delete(kafka: KafkaOfTest, topic: Topic) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([kafka.prefix + topic.name])
    finally:
        await admin.close()


async def test_topic_that_comes_late_is_assigned(kafka: KafkaOfTest) -> None:
    """A member that has joined while a topic was gone gets the partitions soon after the topic is there again."""
    assigned: list[set[Place]] = [set()]
    listener = Listener(prefix=kafka.prefix, assigned=lambda given: assigned.append(set(given)), revoked=_nothing)
    await provision(bootstrap=kafka.bootstrap, topics=(THERE, LATE), prefix=kafka.prefix)
    group = Group(
        name=".group",
        topics=(THERE.name, LATE.name),
        bootstrap=kafka.bootstrap,
        prefix=kafka.prefix,
        batch_size=10,
        session_timeout_ms=6_000,
    )
    subscriber = Subscriber(group=group, listener=listener, take=_ignore)
    polling = asyncio.create_task(subscriber.start())
    try:
        await eventually(lambda: assigned[-1] == places(THERE, LATE), within=60)
        await delete(kafka, LATE)
        await eventually(lambda: assigned[-1] == places(THERE), within=60)
        await provision(bootstrap=kafka.bootstrap, topics=(LATE,), prefix=kafka.prefix)
        await eventually(lambda: assigned[-1] == places(THERE, LATE), within=60)
    finally:
        await subscriber.stop()
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)
