"""Stands for a broker in unit tests: a member and a sender that do what a test tells them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chassis.broker import NotMember, Outgoing, Place
from chassis.message import Record
from chassis.store.memory import MemoryStore
from chassis.store.values import Changes, JournalRow, OutboxRow, Write

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@dataclass
class FakeMember:
    """A group member whose group may go on without it."""

    starts: dict[Place, int] = field(default_factory=dict)
    is_member: bool = True
    error: Exception | None = None
    paused: set[Place] = field(default_factory=set)
    seeks: dict[Place, int] = field(default_factory=dict)
    commits: list[Mapping[Place, int]] = field(default_factory=list)

    def pause(self, *, places: Collection[Place]) -> None:
        self.paused |= set(places)

    def resume(self, *, places: Collection[Place]) -> None:
        self.paused -= set(places)

    def seek(self, *, offsets: Mapping[Place, int]) -> None:
        self.seeks.update(offsets)

    async def committed(self, *, places: Collection[Place]) -> Mapping[Place, int]:
        return {place: self.starts.get(place, 0) for place in places}

    async def commit(self, *, offsets: Mapping[Place, int]) -> None:
        if self.error is not None:
            raise self.error
        if not self.is_member:
            raise NotMember("the group has gone on")
        self.commits.append(dict(offsets))


@dataclass
class FakeSender:
    """A producer that acknowledges at once, until it refuses a record: then nothing more before it is rebuilt.

    So does an idempotent one, whose next sequence numbers are out of order.
    """

    sent: list[Outgoing] = field(default_factory=list)
    refuse: set[bytes] = field(default_factory=set)
    silent: bool = False
    broken: bool = False
    rebuilt: int = 0

    async def send(self, *, record: Outgoing) -> asyncio.Future[object]:
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        if self.silent:
            return future
        self.broken = self.broken or record.value in self.refuse
        if self.broken:
            future.set_exception(ConnectionError("refused"))
            return future
        self.sent.append(record)
        future.set_result(None)
        return future

    async def rebuild(self) -> None:
        self.rebuilt += 1
        self.refuse, self.broken = set(), False

    @property
    def values(self) -> list[bytes]:
        return [record.value or b"" for record in self.sent]


def journal_row(*, payload: str, shard: int = 0, key: str = "k") -> JournalRow:
    return JournalRow(
        message_id=f"m-{payload}",
        type="toy.event.v1",
        topic="toy.events",
        key=key,
        shard=shard,
        headers={"ce_id": f"m-{payload}"},
        payload=payload.encode(),
        written_at=NOW,
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )


async def journal(store: MemoryStore, *payloads: str, shard: int = 0) -> Sequence[OutboxRow]:
    """Commit rows, as a batch would."""
    rows = tuple(journal_row(payload=payload, shard=shard) for payload in payloads)
    epoch = store.owners.setdefault(shard, 1)
    written = await store.write(
        write=Write(fence={shard: epoch}, locks=(), decide=lambda _locked: Changes(now=NOW, journal=rows))
    )
    return written.outbox


def record(*, topic: str = "toy.commands", shard: int = 0, offset: int = 0) -> Record:
    return Record(topic=topic, partition=shard, offset=offset, key=b"k", value=b"{}")
