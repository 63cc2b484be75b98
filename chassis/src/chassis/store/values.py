"""What the processor and the store hand each other: plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chassis.decision import Append, Kind
from chassis.message import Record
from chassis.routes import Ref


@dataclass(frozen=True, slots=True)
class Stored:
    """An aggregate beside its version; a shared one has version 0."""

    version: int
    aggregate: Any


Loaded = Mapping[Ref, Stored]

OUTCOMES = frozenset({"applied", "duplicate", "rejected", "dead"})
"""What may stand in the inbox."""


@dataclass(frozen=True, slots=True)
class Saved:
    """An aggregate to store: the new version (old + 1), what it was and what it is."""

    kind: Kind[Any]
    key: str
    version: int
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class InboxRow:
    """That a message was handled, and how: ``outcome`` is applied, rejected, duplicate or dead."""

    message_id: str
    fingerprint: str
    outcome: str
    answer: Mapping[str, Any] | None
    handled_at: datetime


@dataclass(frozen=True, slots=True)
class Task:
    """A durable "do this later": ``kind`` is timer, call or retry (of a parked message), ``state`` waiting or started.

    ``message_id`` is the id of the message that the task becomes. It is drawn anew when the task is set again, so
    that a message made of the earlier setting is known as stale.
    """

    id: str
    shard: int
    kind: str
    name: str
    key: str
    due: datetime
    message_id: str
    data: Mapping[str, Any] = field(default_factory=dict)
    state: str = "waiting"
    attempts: int = 0
    started_at: datetime | None = None
    correlation_id: str = ""
    causation_id: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """A task that the batch's message came from; another ``message_id`` in the row means that it was set again.

    When it is gone or set again, a strict one is a StaleTask, the other (of a message that is a duplicate anyway)
    is nothing.
    """

    task_id: str
    message_id: str
    strict: bool = True


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """A message that came too early, with what is needed to try it again."""

    message_id: str
    shard: int
    record: Record
    reason: str
    tries: int
    parked_at: datetime


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that can never be handled: where it came from, why it failed, and a copy for replay."""

    message_id: str
    shard: int
    type: str
    error: str
    record: Record
    failed_at: datetime
    replayed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A message to publish, to the partition of its key.

    ``shard`` is that of the message which caused it: the owner's relay sends it.
    """

    message_id: str
    type: str
    topic: str
    key: str
    shard: int
    headers: Mapping[str, str]
    payload: bytes
    written_at: datetime
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A journal row that is not known to be published; ``seq`` order is commit order per shard."""

    seq: int
    row: JournalRow


@dataclass(frozen=True, slots=True)
class Changes:
    """All that one batch writes, in the order of its messages."""

    now: datetime
    saves: tuple[Saved, ...] = ()
    rows: tuple[Append, ...] = ()
    inbox: tuple[InboxRow, ...] = ()
    finished: tuple[Finished, ...] = ()
    dropped: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ()
    parked: tuple[ParkedMessage, ...] = ()
    unparked: tuple[str, ...] = ()
    dead: tuple[DeadLetter, ...] = ()
    journal: tuple[JournalRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Write:
    """One transaction: the epochs it stands on, the shared rows to lock, and the decision on what the locks return.

    ``decide`` is synchronous and pure; what it raises rolls the transaction back and passes through. It runs once.
    """

    fence: Mapping[int, int]
    locks: tuple[Ref, ...]
    decide: Callable[[Loaded], Changes]


@dataclass(frozen=True, slots=True)
class Written:
    """What a committed write gave: the changes, and the journal rows with their sequence numbers.

    ``ended`` are ids of tasks that are gone: of those to finish or drop, the ones that were there and could go.
    ``tasks`` are those that were set: a call that exists stays as it is.
    """

    changes: Changes
    outbox: tuple[OutboxRow, ...]
    ended: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ()


@dataclass(frozen=True, slots=True)
class Retention:
    """How long the log and the inbox are kept; the inbox outlives the log and the topics, which both can repeat."""

    log: timedelta = timedelta(hours=72)
    inbox: timedelta = timedelta(days=14)
