"""What a store may raise, and what the processor does about it.

StoreError
+-- Fenced           another process owns these shards: drop their messages, redo the rest
+-- Redo             somebody was faster: decide the same batch again
|   +-- VersionConflict   an aggregate has moved on
|   +-- Repeated          an id is already in the inbox: look the ids up first
|   +-- StaleTask         a task was moved, dropped or finished meanwhile
+-- BadData          a named constraint or a value the database refuses: poison of one message, bisect
+-- UnknownOutcome   the connection was lost at COMMIT: look the ids up; the relay reads the outbox again
+-- Unavailable      everything else that passes: back off, retry the same batch
    +-- DayMissing   the log has no partition for the day
"""

from __future__ import annotations

from datetime import datetime


class StoreError(Exception):
    """Base of what a store raises on purpose."""


class Fenced(StoreError):
    """Another process has raised the epoch of these shards; nothing was written."""

    def __init__(self, shards: frozenset[int]) -> None:
        super().__init__(f"fenced: shards {sorted(shards)}")
        self.shards = shards


class Redo(StoreError):
    """Nothing was written; the same batch decided again on fresh values can pass."""


class VersionConflict(Redo):
    """An aggregate has another version than the one decided on."""


class Repeated(Redo):
    """The inbox already holds an id of the batch."""


class StaleTask(Redo):
    """Tasks that the batch finishes were moved, dropped or finished meanwhile; their messages are named."""

    def __init__(self, message_ids: frozenset[str]) -> None:
        super().__init__(f"stale tasks of messages {sorted(message_ids)}")
        self.message_ids = message_ids


class BadData(StoreError):
    """A named constraint refused a row, or a value does not fit its column."""


class UnknownOutcome(StoreError):
    """The answer to COMMIT was lost; the write may have happened."""


class Unavailable(StoreError):
    """The database cannot do it now: connection, time-out, deadlock, disk, shutdown, read-only."""


class DayMissing(Unavailable):
    """The log has no partition for this time: the store makes it, and the next try finds it."""

    def __init__(self, time: datetime) -> None:
        super().__init__(f"the log has no day for {time.isoformat()}")
        self.time = time
