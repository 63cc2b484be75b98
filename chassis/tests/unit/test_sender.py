"""Where a record is sent to."""

import pytest
from aiokafka.partitioner import DefaultPartitioner

from chassis.kafka.sender import place
from chassis.message import shard_of

KEYS = ["", "b1", "8f3c2b1a-6d5e-5f40-9a7b-1c2d3e4f5a6b", "schlüssel"]


@pytest.mark.parametrize("partitions", [[0], [0, 1, 2], list(range(12))])
@pytest.mark.parametrize("key", KEYS)
def test_a_key_lies_where_every_kafka_client_puts_it(key: str, partitions: list[int]) -> None:
    """A remembered partition is the one of aiokafka's own partitioner, and the shard of the key."""
    kafkas = DefaultPartitioner()(key.encode(), partitions, partitions)
    assert [kafkas] * 2 == [place(key.encode(), partitions, partitions) for _ in range(2)]
    assert kafkas == shard_of(key, len(partitions))
