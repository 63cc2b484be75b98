"""Defects put into the chassis on purpose: each makes the scenario of its hole fail, or the scenario proves nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from chassis.broker import Place
from chassis.loop import Loop
from chassis.offsets import Offsets
from chassis.processor import Processor
from chassis.relay import Relay
from chassis.shards import Shards
from chassis.store.errors import BadData, Unavailable
from chassis.store.memory import MemoryStore
from chassis.store.values import Changes, Loaded, OutboxRow, Saved, Write, Written
from simulation.store import Connection

Mutant = Callable[[pytest.MonkeyPatch], None]


def fence_not_checked(patch: pytest.MonkeyPatch) -> None:
    """A write does not look at the epochs that it stands on."""
    patch.setattr(MemoryStore, "_check_fence", lambda _store, _fence: None)


def no_way_back(patch: pytest.MonkeyPatch) -> None:
    """Opening a shard does not go back to the last record written."""

    def nowhere(_offsets: Offsets, *, places: Collection[Place]) -> Mapping[Place, int]:
        return {}

    patch.setattr(Offsets, "next_of", nowhere)


def endless_drain(patch: pytest.MonkeyPatch) -> None:
    """The listener waits for the running batch for as long as it takes."""

    async def settle(loop: Loop, *, seconds: float) -> bool:
        return await loop._idle.wait()

    patch.setattr(Loop, "settle", settle)


def positions_committed(patch: pytest.MonkeyPatch) -> None:
    """A commit takes the positions of the client, as ``ack`` does, and not what was written."""

    async def commit(offsets: Offsets) -> bool:
        positions: dict[Place, int] = getattr(offsets.member, "positions")  # noqa: B009 - the port has no positions
        await offsets.member.commit(offsets=dict(positions))
        return True

    patch.setattr(Offsets, "commit", commit)


def outage_taken_for_poison(patch: pytest.MonkeyPatch) -> None:
    """An error that passes is taken for bad data."""
    tried = Processor._try

    async def try_(processor: Processor, *given: Any) -> None:
        try:
            await tried(processor, *given)
        except Unavailable as error:
            raise BadData(str(error)) from error

    patch.setattr(Processor, "_try", try_)


def fenced_shard_dropped(patch: pytest.MonkeyPatch) -> None:
    """A fenced process gives its shard up without asking the group whether it still has it."""
    opening = Shards._open

    async def open_(shards: Shards, term: int, numbers: Sequence[int], *, again: bool = False) -> None:
        if not again:
            await opening(shards, term, numbers)

    patch.setattr(Shards, "_open", open_)


def unknown_taken_for_done(patch: pytest.MonkeyPatch) -> None:
    """The relay is not told of commits of unknown outcome."""
    offer = Relay.offer

    def deaf(relay: Relay, *, rows: Sequence[OutboxRow], uncertain: object = ()) -> None:
        offer(relay, rows=rows)

    patch.setattr(Relay, "offer", deaf)


def part_of_a_shard_opened(patch: pytest.MonkeyPatch) -> None:
    """A shard is opened although some of its topics belong to another process."""
    patch.setattr(Shards, "_places", lambda _shards, _number: frozenset())


def decided_on_a_plain_read(patch: pytest.MonkeyPatch) -> None:
    """Shared rows are read before the write, and decided on as they were then."""
    written = Connection.write

    async def write(connection: Connection, *, write: Write) -> Written:
        early = connection.memory._read(write.locks)

        def decide(_locked: Loaded) -> Changes:
            changes = write.decide(early)
            return replace(changes, saves=tuple(_rebased(connection.memory, save) for save in changes.saves))

        return await written(connection, write=replace(write, decide=decide))

    patch.setattr(Connection, "write", write)


def sequence_cached(patch: pytest.MonkeyPatch) -> None:
    """Every process takes the numbers of the outbox from a block of its own."""
    written, blocks = Connection.write, dict[Connection, int]()
    outbox = MemoryStore.outbox

    async def write(connection: Connection, *, write: Write) -> Written:
        def decide(locked: Loaded) -> Changes:
            connection.memory.seq = blocks.setdefault(connection, 1_000 * len(blocks))
            changes = write.decide(locked)
            blocks[connection] += len(changes.journal)
            return changes

        return await written(connection, write=replace(write, decide=decide))

    async def by_number(store: MemoryStore, *, shard: int, after: int, limit: int) -> Sequence[OutboxRow]:
        found = await outbox(store, shard=shard, after=after, limit=1_000_000)
        return sorted(found, key=lambda row: row.seq)[:limit]

    patch.setattr(Connection, "write", write)
    patch.setattr(MemoryStore, "outbox", by_number)


def _rebased(store: MemoryStore, save: Saved) -> Saved:
    stored = store.aggregates.get((save.kind, save.key))
    return replace(save, version=1 + stored.version) if save.kind.shared and stored is not None else save
