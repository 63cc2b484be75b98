"""Batches in, one fenced write out: load, decide, write, and what to do when any of it fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
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

    ``outbox`` are the rows just committed, in seq order, for the relay's memory mode; for a shard in ``uncertain`` (a commit of unknown
    outcome) the relay must read the outbox instead. Messages of ``fenced`` shards were dropped: their offsets must not be committed.
    ``tasks`` are new or moved tasks, ``ended`` the ids of finished or dropped ones.
    """

    handled: tuple[Handled, ...] = ()
    outbox: tuple[OutboxRow, ...] = ()
    tasks: tuple[Task, ...] = ()
    ended: tuple[str, ...] = ()
    fenced: frozenset[int] = frozenset()
    uncertain: frozenset[int] = frozenset()


Epochs = Callable[[int], int | None]
"""Returns the epoch under which this process owns a shard, None when it does not (any more)."""

Backoff = Callable[[int], Awaitable[None]]
"""Waits before the n-th retry (from 1)."""


class Processor:
    """Handles batches of messages over one store. One batch at a time."""

    async def process(self, *, batch: Sequence[Message], epochs: Epochs) -> Processed:
        """Handle a batch to its end: retries what passes, drops fenced shards, dead-letters poison; raises only what must end the process."""
        raise NotImplementedError
