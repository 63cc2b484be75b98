"""The store that the processor, the relay, the tasks and the answer book stand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from chassis.decision import Kind
from chassis.routes import Ref
from chassis.store.values import DeadLetter, InboxRow, Loaded, OutboxRow, ParkedMessage, Task, Write, Written


class Store(Protocol):
    """Everything durable of one service. Errors are those of ``chassis.store.errors``."""

    async def load(self, *, refs: Sequence[Ref]) -> Loaded:
        """Read plain aggregates, one statement per kind, without a transaction; what does not exist is absent."""
        ...

    async def write(self, *, write: Write) -> Written:
        """Fence, lock, decide and write in one transaction; one at a time per process."""
        ...

    async def feed(self, *, kind: Kind[Any], items: Sequence[tuple[str, int, Any]]) -> int:
        """Upsert (key, source sequence, aggregate) of a feed, newer sequences only; return how many were new."""
        ...

    async def raise_epoch(self, *, shard: int) -> int:
        """Take the shard from whoever had it: raise its epoch in a transaction of its own, and return it."""
        ...

    async def epochs(self, *, shards: Sequence[int]) -> Mapping[int, int]:
        """Return the epochs as they are now."""
        ...

    async def known(self, *, message_ids: Sequence[str]) -> Mapping[str, InboxRow]:
        """Return the inbox rows of those ids that were handled."""
        ...

    async def tasks(self, *, shards: Sequence[int], until: datetime, limit: int) -> Sequence[Task]:
        """Return the tasks of these shards that are due at ``until``, earliest first."""
        ...

    async def start(self, *, fence: Mapping[int, int], tasks: Sequence[Task], now: datetime) -> Sequence[Task]:
        """Mark calls as started before they are made (fenced); return those that are still wanted, as they now are."""
        ...

    async def postpone(self, *, fence: Mapping[int, int], tasks: Sequence[Task]) -> None:
        """Store the new ``due`` of calls whose outcome is unknown (fenced); a started call stays started."""
        ...

    async def parked(self, *, message_ids: Sequence[str]) -> Sequence[ParkedMessage]:
        """Return these parked messages, in the order of the ids."""
        ...

    async def outbox(self, *, shard: int, after: int, limit: int) -> Sequence[OutboxRow]:
        """Return journal rows not known to be published, in the order of their sequence numbers."""
        ...

    async def forget(self, *, seqs: Sequence[int]) -> None:
        """Delete the pointers of rows that the broker has acknowledged."""
        ...

    async def log(self, *, shard: int, since: datetime, after: int, limit: int) -> Sequence[OutboxRow]:
        """Return journal rows, published or not, written since a time, in the order of their sequence numbers."""
        ...

    async def dead_letters(self, *, limit: int, after: str = "") -> Sequence[DeadLetter]:
        """Return dead letters that were not replayed, by message id."""
        ...

    async def reopen(self, *, message_id: str) -> DeadLetter | None:
        """Delete the inbox outcome of a dead letter, so that its record can be published again; return its copy."""
        ...

    async def replayed(self, *, message_id: str, at: datetime) -> None:
        """Note that the record of a dead letter was published again."""
        ...

    async def maintain(self, *, now: datetime) -> None:
        """Make the days of the log ahead, drop old days without pointers, and purge inbox rows past their retention."""
        ...
