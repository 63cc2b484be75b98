"""Defects in who owns a shard, and since when: fence, epochs, the life of a shard, what is read by whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pytest

import chassis.kafka.topics
import chassis.parser
import chassis.parts
import simulation.holes.locks
from chassis.broker import BrokerUnavailable, NotMember, Place
from chassis.loop import Loop
from chassis.offsets import Offsets
from chassis.shards import Shards
from chassis.store.errors import StoreError
from chassis.store.memory import MemoryStore


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


def fenced_shard_dropped(patch: pytest.MonkeyPatch) -> None:
    """A fenced process gives its shard up without asking the group whether it still has it."""
    opening = Shards._open

    async def open_(shards: Shards, term: int, numbers: Sequence[int], *, again: bool = False) -> None:
        if not again:
            await opening(shards, term, numbers)

    patch.setattr(Shards, "_open", open_)


def part_of_a_shard_opened(patch: pytest.MonkeyPatch) -> None:
    """A shard is opened although some of its topics belong to another process."""
    patch.setattr(Shards, "_places", lambda _shards, _number: frozenset())


def epoch_not_raised(patch: pytest.MonkeyPatch) -> None:
    """Who is given a shard reads its epoch and does not raise it: the group says who owns it."""

    async def read(store: MemoryStore, *, shard: int) -> int:
        return store.owners.setdefault(shard, 1)

    patch.setattr(MemoryStore, "raise_epoch", read)


def raise_given_up(patch: pytest.MonkeyPatch) -> None:
    """A shard whose epoch cannot be raised at once, since somebody's lock is in the way, stays closed."""
    take = Shards._take

    async def once(shards: Shards, numbers: Sequence[int]) -> None:
        try:
            await take(shards, numbers)
        except (BrokerUnavailable, StoreError) as error:
            raise NotMember(str(error)) from error

    patch.setattr(Shards, "_take", once)


def transaction_left_open(patch: pytest.MonkeyPatch) -> None:
    """The server lets a transaction stand open for ever."""
    patch.setattr(simulation.holes.locks, "role_seconds", lambda _name: simulation.holes.locks.NEVER)


def partition_not_compared(patch: pytest.MonkeyPatch) -> None:
    """A record is taken from whichever partition it lies in."""

    class Everywhere(int):
        __hash__ = int.__hash__

        def __eq__(self, _other: object) -> bool:
            return True

        def __ne__(self, _other: object) -> bool:
            return False

    patch.setattr(chassis.parser, "shard_of", lambda _key, _shards: Everywhere())


def partitions_not_counted(patch: pytest.MonkeyPatch) -> None:
    """A process that starts does not look how many partitions its topics have."""

    async def trusting(**_given: object) -> None:
        return None

    patch.setattr(chassis.kafka.topics, "check_topics", trusting)


def feeds_read_with_shards(patch: pytest.MonkeyPatch) -> None:
    """The topics of the feeds are read in the group of the service, as if they had its partitions."""
    topics_read = chassis.parts.topics_read

    def everything(*, service: str, **given: Any) -> list[str]:
        feeds = ["bank.rates"] if service == "teller" else []
        return sorted([*topics_read(service=service, **given), *feeds])

    patch.setattr(chassis.parts, "topics_read", everything)


def offsets_only_grow(patch: pytest.MonkeyPatch) -> None:
    """What was written of a partition is remembered by its highest offset, also after the log has begun anew."""
    written = Offsets.written

    def highest(offsets: Offsets, *, records: Any) -> None:
        before = dict(offsets._next)
        written(offsets, records=records)
        offsets._next = {place: max(offset, before.get(place, 0)) for place, offset in offsets._next.items()}

    patch.setattr(Offsets, "written", highest)
