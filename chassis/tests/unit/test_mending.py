"""What aiokafka does when a broker dies or forgets."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.conn import AIOKafkaConnection
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import KafkaConnectionError, UnknownMemberIdError
from aiokafka.structs import OffsetAndMetadata

from chassis.broker import BrokerUnavailable, Outgoing
from chassis.kafka.mending import mend
from chassis.kafka.sender import KafkaSender
from chassis.kafka.subscriber import Group, Listener, Subscriber


class Closed:
    """A writer whose transport is closed: uvloop's raises RuntimeError, a socket OSError."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.closed = False

    def write(self, _data: bytes) -> None:
        raise self.error

    def close(self) -> None:
        self.closed = True


class Request:
    """A request of no bytes."""

    def prepare(self, _versions: Any) -> "Request":
        return self

    def build_request_header(self, **_: Any) -> "Request":
        return self

    def encode(self) -> bytes:
        return b""


@pytest.mark.parametrize("error", [RuntimeError("the handler is closed"), BrokenPipeError()])
async def test_a_write_to_a_closed_connection_breaks_it(error: Exception) -> None:
    """The connection is given up, and who wrote is told what it can wait for and try again."""
    mend()
    connection = AIOKafkaConnection("127.0.0.1", 1)
    writer = connection._writer = Closed(error)
    connection._reader, connection._read_task = object(), asyncio.get_running_loop().create_future()
    with pytest.raises(KafkaConnectionError):
        connection.send(Request())
    assert writer.closed
    assert not connection.connected()


class Sent(Exception):
    """A commit went out."""


class Coordinator:
    """As much of aiokafka's coordinator as a commit looks at."""

    group_id = "toy"
    member_id = ""
    coordinator_id = 1

    def __init__(self, generation: int) -> None:
        self.generation = generation

    async def _send_req(self, _request: Any) -> None:
        raise Sent


@pytest.mark.parametrize("generation, raised", [(-1, UnknownMemberIdError), (3, Sent)])
async def test_who_is_no_member_commits_nothing(generation: int, raised: type[Exception]) -> None:
    """Without a generation nothing goes out: a broker that has forgotten the group would accept it."""
    mend()
    offsets = {TopicPartition("t", 0): OffsetAndMetadata(7, "")}
    with pytest.raises(raised):
        await GroupCoordinator._do_commit_offsets(Coordinator(generation), None, offsets)


async def _nothing(*_: Any) -> None:
    """Do nothing."""


async def _subscribe() -> None:
    group = Group(name="g", topics=("t",), bootstrap="127.0.0.1:1", prefix="", batch_size=1, session_timeout_ms=6_000)
    listener = Listener(prefix="", assigned=lambda _places: None, revoked=_nothing)
    subscriber = Subscriber(group=group, listener=listener, take=_nothing)
    try:
        await subscriber.start()
    finally:
        await subscriber.stop()


async def _send() -> None:
    sender = KafkaSender(bootstrap="127.0.0.1:1", client_id="toy")
    await (await sender.send(record=Outgoing(topic="t", key=b"", value=b"")))


@pytest.mark.parametrize("start, raised", [(_subscribe, KafkaConnectionError), (_send, BrokerUnavailable)])
async def test_who_starts_a_client_mends_it(
    monkeypatch: pytest.MonkeyPatch, start: Callable[[], Awaitable[None]], raised: type[Exception]
) -> None:
    """Subscriber and sender mend what they stand on before they ask for a broker, which is not there."""
    monkeypatch.setattr(AIOKafkaConnection, "send", None)
    monkeypatch.setattr(GroupCoordinator, "_do_commit_offsets", None)
    with pytest.raises(raised):
        await start()
    assert callable(AIOKafkaConnection.send)
    assert callable(GroupCoordinator._do_commit_offsets)
