"""What FastStream's subscriber is told to do and to leave."""

import asyncio
from collections.abc import Sequence

import pytest
from faststream import AckPolicy

from chassis.kafka.subscriber import Group, Listener, Subscriber
from chassis.message import Record

GROUP = Group(
    name="teller",
    topics=("teller.commands", "vault.events"),
    bootstrap="127.0.0.1:1",
    prefix="t.",
    batch_size=10,
    session_timeout_ms=6_000,
)


async def _nothing() -> None:
    """Do nothing."""


async def _ignore(_records: Sequence[Record]) -> None:
    """Take nothing."""


LISTENER = Listener(prefix="", assigned=lambda _places: None, revoked=_nothing)


class Polled:
    """A consumer whose polls bring what is given here."""

    def __init__(self, *polls: dict[str, list[str]]) -> None:
        self.left = list(polls)
        self.asked: list[tuple[int, int]] = []

    async def getmany(self, *, timeout_ms: int, max_records: int) -> dict[str, list[str]]:
        self.asked.append((timeout_ms, max_records))
        return self.left.pop(0)


async def test_the_subscriber_acknowledges_nothing_by_itself() -> None:
    """The one subscriber of a service acknowledges manually, and creates no topics."""
    _, made = GROUP.subscriber(listener=LISTENER)
    assert (AckPolicy.MANUAL, "t.teller") == (made.ack_policy, made.group_id)
    assert ["t.teller.commands", "t.vault.events"] == made.topic_names


@pytest.mark.parametrize("brought", [{}, {"one": ["a", "b"], "other": ["c"]}])
async def test_a_poll_is_over_when_the_consumer_says_so(brought: dict[str, list[str]]) -> None:
    """A poll lasts as long as aiokafka's, a second at most; nothing is awaited after it, even when it was empty."""
    consumer = Polled(brought)
    subscriber = Subscriber(group=GROUP, listener=LISTENER, take=_ignore)
    with pytest.raises(StopIteration) as ended:
        subscriber._subscriber.get_msg(consumer).send(None)
    assert tuple(each for records in brought.values() for each in records) == ended.value.value
    assert [(1_000, 10)] == consumer.asked


async def test_polls_that_fail_are_no_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    """Idle is the time since a poll came to an end, and not since one that failed; before the first there is none."""
    subscriber = Subscriber(group=GROUP, listener=LISTENER, take=_ignore)
    loop = asyncio.get_running_loop()
    before, polled = subscriber.idle_seconds, loop.time()
    await subscriber.poll(Polled({}))
    monkeypatch.setattr(loop, "time", lambda: polled + 60)
    with pytest.raises(IndexError):
        await subscriber.poll(Polled())
    assert 0.0 == before
    assert 59 < subscriber.idle_seconds <= 60
