import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from ports import NOW, FakeSender, journal

from chassis import relay as relaying
from chassis.relay import Relay
from chassis.store.errors import Unavailable
from chassis.store.memory import MemoryStore
from embedded.eventually import eventually


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relaying, "PAUSES", (0.001,))
    monkeypatch.setattr(relaying, "SEND_SECONDS", 0.1)


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[Relay]:
    task = asyncio.create_task(relay.run())
    yield relay
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


class Away(MemoryStore):
    reads = 0

    async def outbox(self, **wanted: Any) -> Any:
        self.reads += 1
        if self.reads == 1:
            raise Unavailable("away")
        return await super().outbox(**wanted)


@dataclass
class Watched(FakeSender):
    relay: Relay | None = None
    beats: list[float] = field(default_factory=list)

    async def rebuild(self) -> None:
        await super().rebuild()
        assert self.relay is not None
        self.beats.append(self.relay.beat)


def make() -> tuple[MemoryStore, FakeSender, Relay]:
    store, sender = MemoryStore(), FakeSender()
    return store, sender, Relay(store=store, sender=sender)


async def test_a_taken_shard_begins_with_its_outbox() -> None:
    """What a former owner committed and did not send is sent first, in order, and its pointers are deleted."""
    store, sender, relay = make()
    await journal(store, "a", "b")
    relay.enter(shard=0)
    async with running(relay):
        await eventually(lambda: relay.modes() == {0: "memory"})
        relay.offer(rows=await journal(store, "c"))
        assert await relay.flush(seconds=5)
    assert ([b"a", b"b", b"c"], {}) == (sender.values, store.pointers)


async def test_rows_of_other_shards_are_not_sent() -> None:
    """Rows of a shard that this process does not own stay in the outbox."""
    store, sender, relay = make()
    relay.enter(shard=0)
    async with running(relay):
        relay.offer(rows=await journal(store, "x", shard=1))
        assert await relay.flush(seconds=5)
    assert ([], 1) == (sender.values, len(store.pointers))


async def test_a_refused_row_is_sent_before_later_ones() -> None:
    """After an error the outbox is read again from the first row that was not acknowledged."""
    store, sender, relay = make()
    relay.enter(shard=0)
    async with running(relay):
        await eventually(lambda: relay.modes() == {0: "memory"})
        sender.refuse = {b"b"}
        relay.offer(rows=await journal(store, "a", "b"))
        relay.offer(rows=await journal(store, "c"))
        assert await relay.flush(seconds=5)
    first = list(dict.fromkeys(sender.values))
    assert ([b"a", b"b"], 1, {}) == (first[:2], sender.rebuilt, store.pointers)


async def test_a_producer_that_says_nothing_is_replaced() -> None:
    """A wedged producer is thrown away after a time-out, and its rows are sent by the next."""
    store, sender, relay = make()
    relay.enter(shard=0)
    sender.silent = True
    async with running(relay):
        await journal(store, "a")
        await eventually(lambda: sender.rebuilt > 0)
        sender.silent = False
        assert await relay.flush(seconds=5)
    assert [b"a"] == sender.values


async def test_a_commit_of_unknown_outcome_is_read_from_the_outbox() -> None:
    """Rows that were committed without anybody being told are sent, and before the rows that follow."""
    store, sender, relay = make()
    relay.enter(shard=0)
    async with running(relay):
        await eventually(lambda: relay.modes() == {0: "memory"})
        await journal(store, "lost")
        relay.offer(rows=(), uncertain={0})
        relay.offer(rows=await journal(store, "next"))
        assert await relay.flush(seconds=5)
    assert [b"lost", b"next"] == sender.values


async def test_the_log_is_sent_again_before_live_rows() -> None:
    """A replay sends the log oldest first; what is committed meanwhile follows."""
    store, sender, relay = make()
    relay.enter(shard=0)
    async with running(relay):
        relay.offer(rows=await journal(store, "a", "b"))
        assert await relay.flush(seconds=5)
        relay.replay(shard=0, since=NOW)
        relay.offer(rows=await journal(store, "c"))
        assert await relay.flush(seconds=5)
    assert [b"a", b"b", b"a", b"b"] == sender.values[:4]
    assert b"c" in sender.values[4:]


async def test_a_database_that_is_away_is_asked_again() -> None:
    """The relay survives a read that fails."""
    store, sender = Away(), FakeSender()
    relay = Relay(store=store, sender=sender)
    await journal(store, "a")
    relay.enter(shard=0)
    async with running(relay):
        await eventually(lambda: sender.values == [b"a"])


async def test_the_trace_goes_with_the_row() -> None:
    """The stored trace context is a header of the record, and the key decides its partition."""
    store, sender, relay = make()
    await journal(store, "a")
    relay.enter(shard=0)
    async with running(relay):
        await eventually(lambda: len(sender.sent) == 1)
    (sent,) = sender.sent
    expected = (b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", b"k", None)
    assert expected == (dict(sent.headers)["traceparent"], sent.key, sent.partition)


async def test_pointers_are_deleted_after_a_rest() -> None:
    """A relay that had nothing to delete notices what is sent afterwards, and deletes its pointers unasked."""
    store, _, relay = make()
    relay.enter(shard=0)
    async with running(relay):
        for value in ("a", "b"):
            await eventually(lambda: relay.modes() == {0: "memory"} and not relay.waiting)
            relay.offer(rows=await journal(store, value))
            await eventually(lambda: not store.pointers)
    assert 2 == relay.counts.forgotten


async def test_each_page_is_a_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    """A relay that reads on in many shards, each of which waits out a silent broker, comes round with each of them."""
    monkeypatch.setattr(relaying, "SEND_SECONDS", 0.01)
    store, sender = MemoryStore(), Watched(silent=True)
    relay = Relay(store=store, sender=sender)
    sender.relay = relay
    for shard in range(20):
        await journal(store, f"row-{shard}", shard=shard)
        relay.enter(shard=shard)
    async with running(relay):
        await eventually(lambda: sender.rebuilt >= 20)
    assert sender.rebuilt == len(set(sender.beats))
