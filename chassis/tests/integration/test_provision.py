import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from chassis.kafka.provision import provision
from chassis.kafka.topics import WrongTopics, partition_counts
from contracts.topics import Topic
from embedded.fixtures import KafkaOfTest


def topic(*, name: str, partitions: int) -> Topic:
    return Topic(name, "toy", partitions, "delete", 60_000)


async def test_missing_topics_are_created_once(kafka: KafkaOfTest) -> None:
    """Provisioning creates what is missing, and the second time nothing."""
    topics = (topic(name=".a", partitions=3), topic(name=".b", partitions=1))
    first = await provision(bootstrap=kafka.bootstrap, topics=topics, prefix=kafka.prefix)
    second = await provision(bootstrap=kafka.bootstrap, topics=topics, prefix=kafka.prefix)
    assert ((f"{kafka.prefix}.a", f"{kafka.prefix}.b"), ()) == (first, second)
    assert {f"{kafka.prefix}.a": 3, f"{kafka.prefix}.b": 1} == await partition_counts(
        bootstrap=kafka.bootstrap, names=first
    )


async def test_other_partition_count_is_refused(kafka: KafkaOfTest) -> None:
    """A topic that exists with another partition count is an error, not changed."""
    await provision(bootstrap=kafka.bootstrap, topics=(topic(name=".a", partitions=3),), prefix=kafka.prefix)
    with pytest.raises(WrongTopics, match="3 partitions, not 4"):
        await provision(bootstrap=kafka.bootstrap, topics=(topic(name=".a", partitions=4),), prefix=kafka.prefix)


async def test_compressed_records_are_stored_readable(kafka: KafkaOfTest) -> None:
    """A topic keeps its records uncompressed, whatever a producer sends: every consumer can read them."""
    (name,) = await provision(bootstrap=kafka.bootstrap, topics=(topic(name=".a", partitions=1),), prefix=kafka.prefix)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    finally:
        await admin.close()
    settings = {each[0]: each[1] for each in answer.resources[0][4]}
    assert "uncompressed" == settings["compression.type"]
