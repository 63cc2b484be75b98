"""The in-memory store: the same semantics as PostgreSQL, quick and deterministic, with hooks that inject faults.

A write checks everything first and then applies everything, without an await in between: it is atomic. Aggregates are
frozen, so nothing is copied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chassis.decision import Kind
from chassis.routes import Ref
from chassis.store.checking import check_tables
from chassis.store.errors import BadData, Fenced, Repeated, StaleTask
from chassis.store.faults import Faults
from chassis.store.values import (
    OUTCOMES,
    Changes,
    DeadLetter,
    Finished,
    InboxRow,
    Loaded,
    OutboxRow,
    ParkedMessage,
    Retention,
    Stored,
    Task,
    Write,
    Written,
)
from chassis.tables import Tables


@dataclass(slots=True)
class MemoryStore:
    """All tables of one service in dictionaries; tests and the simulation look inside, and keep it over a crash."""

    tables: Tables = field(default_factory=Tables)
    faults: Faults = field(default_factory=Faults)
    retention: Retention = field(default_factory=Retention)
    aggregates: dict[Ref, Stored] = field(default_factory=dict)
    fed: dict[Kind[Any], dict[str, Any]] = field(default_factory=dict)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)
    inbox: dict[str, InboxRow] = field(default_factory=dict)
    waiting: dict[str, Task] = field(default_factory=dict)
    parked_messages: dict[str, ParkedMessage] = field(default_factory=dict)
    dead: dict[str, DeadLetter] = field(default_factory=dict)
    event_log: list[OutboxRow] = field(default_factory=list)
    pointers: dict[int, OutboxRow] = field(default_factory=dict)
    seq: int = 0

    async def load(self, *, refs: Sequence[Ref]) -> Loaded:
        """Read plain aggregates."""
        self.faults.loading()
        if shared := [kind.name for kind, _ in refs if kind.shared]:
            raise TypeError(f"{shared[0]} is shared: it is locked in the write, not loaded before it")
        return self._read(refs)

    async def write(self, *, write: Write) -> Written:
        """Fence, decide, check and apply; atomic."""
        self._check_fence(write.fence)
        changes = write.decide(self._read([ref for ref in write.locks if ref[0].shared]))
        self.faults.writing(changes)
        self._check(changes)
        written = self._apply(changes)
        self.faults.committed(written)
        return written

    async def feed(self, *, kind: Kind[Any], items: Sequence[tuple[str, int, Any]]) -> int:
        """Upsert newer sequences only; the last one of a key in the batch counts."""
        fresh = set()
        for key, sequence, aggregate in items:
            stored = self.aggregates.get((kind, key))
            if stored is None or stored.version < sequence:
                self.aggregates[kind, key] = Stored(version=sequence, aggregate=aggregate)
                self.fed.setdefault(kind, {})[key] = aggregate
                fresh.add(key)
        return len(fresh)

    async def raise_epoch(self, *, shard: int) -> int:
        """Raise the epoch of the shard and return it."""
        self.owners[shard] = self.owners.get(shard, 0) + 1
        return self.owners[shard]

    async def epochs(self, *, shards: Sequence[int]) -> Mapping[int, int]:
        """Return the epochs as they are now."""
        return {shard: self.owners[shard] for shard in shards if shard in self.owners}

    async def known(self, *, message_ids: Sequence[str]) -> Mapping[str, InboxRow]:
        """Return the inbox rows of those ids that were handled."""
        return {message_id: self.inbox[message_id] for message_id in message_ids if message_id in self.inbox}

    async def tasks(self, *, shards: Sequence[int], until: datetime, limit: int) -> Sequence[Task]:
        """Return the tasks of these shards that are due, earliest first."""
        found = [task for task in self.waiting.values() if task.shard in shards and task.due <= until]
        return sorted(found, key=lambda task: (task.due, task.id))[:limit]

    async def start(self, *, fence: Mapping[int, int], tasks: Sequence[Task], now: datetime) -> Sequence[Task]:
        """Mark calls as started; return those that are still wanted."""
        self._check_fence(fence)
        started = []
        for task in tasks:
            row = self.waiting.get(task.id)
            if row is not None and row.kind == "call":
                first = row.started_at or now
                row = replace(row, state="started", started_at=first, attempts=row.attempts + 1)
                self.waiting[task.id] = row
                started.append(row)
        return started

    async def postpone(self, *, fence: Mapping[int, int], tasks: Sequence[Task]) -> None:
        """Store the new due of tasks that still exist."""
        self._check_fence(fence)
        for task in tasks:
            row = self.waiting.get(task.id)
            if row is not None and row.message_id == task.message_id:
                self.waiting[task.id] = replace(row, due=task.due)

    async def parked(self, *, message_ids: Sequence[str]) -> Sequence[ParkedMessage]:
        """Return these parked messages."""
        return [self.parked_messages[each] for each in message_ids if each in self.parked_messages]

    async def outbox(self, *, shard: int, after: int, limit: int) -> Sequence[OutboxRow]:
        """Return journal rows not known to be published."""
        found = [row for seq, row in self.pointers.items() if row.row.shard == shard and seq > after]
        return found[:limit]

    async def forget(self, *, seqs: Sequence[int]) -> None:
        """Delete pointers."""
        for seq in seqs:
            self.pointers.pop(seq, None)

    async def log(self, *, shard: int, since: datetime, after: int, limit: int) -> Sequence[OutboxRow]:
        """Return journal rows, published or not."""
        found = [
            row for row in self.event_log if row.row.shard == shard and row.seq > after and row.row.written_at >= since
        ]
        return found[:limit]

    async def dead_letters(self, *, limit: int, after: str = "") -> Sequence[DeadLetter]:
        """Return dead letters that were not replayed, by message id."""
        found = [letter for letter in self.dead.values() if letter.replayed_at is None and letter.message_id > after]
        return sorted(found, key=lambda letter: letter.message_id)[:limit]

    async def reopen(self, *, message_id: str) -> DeadLetter | None:
        """Delete the inbox outcome of a dead letter and return its copy."""
        row = self.inbox.get(message_id)
        if row is not None and row.outcome == "dead":
            del self.inbox[message_id]
        return self.dead.get(message_id)

    async def replayed(self, *, message_id: str, at: datetime) -> None:
        """Note the replay of a dead letter."""
        if message_id in self.dead:
            self.dead[message_id] = replace(self.dead[message_id], replayed_at=at)

    async def maintain(self, *, now: datetime) -> None:
        """Drop what is past its retention, but no day that still has pointers."""
        held = {row.row.written_at.date() for row in self.pointers.values()}
        oldest = (now - self.retention.log).date()
        self.event_log = [
            row for row in self.event_log if row.row.written_at.date() >= oldest or row.row.written_at.date() in held
        ]
        kept = now - self.retention.inbox
        self.inbox = {message_id: row for message_id, row in self.inbox.items() if row.handled_at >= kept}

    def _read(self, refs: Sequence[Ref]) -> Loaded:
        return {ref: stored for ref in refs if (stored := self.aggregates.get(ref) or self._made(ref)) is not None}

    def _made(self, ref: Ref) -> Stored | None:
        lookup = self.tables.lookups.get(ref[0])
        made = None if lookup is None else lookup.make(ref[1], list(self.fed.get(lookup.of, {}).values()))
        return None if made is None else Stored(version=0, aggregate=made)

    def _check_fence(self, fence: Mapping[int, int]) -> None:
        lost = frozenset(shard for shard, epoch in fence.items() if self.owners.get(shard) != epoch)
        if lost:
            raise Fenced(lost)

    def _check(self, changes: Changes) -> None:
        """Refuse what PostgreSQL refuses, and for the first reason that it would find."""
        check_tables(tables=self.tables, aggregates=self.aggregates, rows=self.rows, changes=changes)
        if not OUTCOMES.issuperset(row.outcome for row in changes.inbox):
            raise BadData("inbox: a CHECK forbids it")
        ids = [row.message_id for row in changes.inbox]
        if len(set(ids)) < len(ids) or not self.inbox.keys().isdisjoint(ids):
            raise Repeated("an id is in the inbox")
        gone = frozenset(each.message_id for each in changes.finished if each.strict and not self._stands(each))
        if gone:
            raise StaleTask(gone)

    def _stands(self, finished: Finished) -> bool:
        task = self.waiting.get(finished.task_id)
        return task is not None and task.message_id == finished.message_id

    def _apply(self, changes: Changes) -> Written:
        for save in changes.saves:
            version = 0 if save.kind.shared else save.version
            self.aggregates[save.kind, save.key] = Stored(version=version, aggregate=save.after)
        for append in changes.rows:
            self.rows.setdefault(append.kind.name, {})[append.unique] = append.row
        for row in changes.inbox:
            self.inbox[row.message_id] = row
        ended = self._end_tasks(changes)
        tasks = self._set_tasks(changes)
        for message_id in changes.unparked:
            self.parked_messages.pop(message_id, None)
        for parked in changes.parked:
            first = self.parked_messages.get(parked.message_id, parked)
            tries = max(first.tries, parked.tries)
            again = replace(first, reason=parked.reason, tries=tries, parked_at=parked.parked_at)
            self.parked_messages[parked.message_id] = again
        for letter in changes.dead:
            self.dead[letter.message_id] = letter
        return Written(changes=changes, outbox=self._journal(changes), ended=ended, tasks=tasks)

    def _end_tasks(self, changes: Changes) -> tuple[str, ...]:
        finished = {each.task_id for each in changes.finished if self._stands(each)}
        for task_id in finished:
            del self.waiting[task_id]
        dropped = {task_id for task_id in changes.dropped if self._can_go(task_id)}
        for task_id in dropped:
            del self.waiting[task_id]
        return (*sorted(finished), *sorted(dropped))

    def _set_tasks(self, changes: Changes) -> tuple[Task, ...]:
        tasks = tuple(task for task in changes.tasks if self._can_be_set(task))
        self.waiting.update((task.id, task) for task in tasks)
        return tasks

    def _can_be_set(self, task: Task) -> bool:
        there = self.waiting.get(task.id)
        return there is None or "call" not in {task.kind, there.kind}

    def _can_go(self, task_id: str) -> bool:
        task = self.waiting.get(task_id)
        return task is not None and task.state != "started"

    def _journal(self, changes: Changes) -> tuple[OutboxRow, ...]:
        written = tuple(OutboxRow(seq=self.seq + ord_, row=row) for ord_, row in enumerate(changes.journal, start=1))
        self.seq += len(written)
        self.event_log.extend(written)
        self.pointers.update((row.seq, row) for row in written)
        return written
