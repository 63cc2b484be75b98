"""What became of the messages of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chassis.message import Message
from chassis.store.values import OutboxRow, Task


class Verdict(StrEnum):
    """What became of one message."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    PARKED = "parked"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Handled:
    """One message's end: for a duplicate, ``outcome`` and ``answer`` are those of the first time."""

    message: Message
    verdict: Verdict
    outcome: str
    answer: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Processed:
    """What became of a batch.

    ``outbox`` are the rows just committed, in seq order, for the relay's memory mode. For a shard in ``uncertain`` a
    commit had an unknown outcome: what it wrote is in none of these fields, so the relay must read the outbox and the
    timetable the tasks. Messages of ``fenced`` shards were dropped: their offsets must not be committed. ``ended`` are
    ids of tasks that are gone (a started call that was dropped is not: it stays until its answer); ``tasks`` are those
    set or moved after that.
    """

    handled: tuple[Handled, ...] = ()
    outbox: tuple[OutboxRow, ...] = ()
    ended: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ()
    fenced: frozenset[int] = frozenset()
    uncertain: frozenset[int] = frozenset()
