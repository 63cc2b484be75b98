"""Defects on the way out: the journal, the outbox and the relay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

import chassis.publisher
import chassis.relay
from chassis.broker import Outgoing
from chassis.lines import Line, Lines, Mode
from chassis.processor import Processor
from chassis.relay import Relay
from chassis.store.memory import MemoryStore
from chassis.store.values import Changes, JournalRow, Loaded, OutboxRow, Write, Written
from simulation.store import Connection


def live_rows_not_held_back(patch: pytest.MonkeyPatch) -> None:
    """Rows that are committed while the log is sent again go out at once."""
    offer = Lines.offer

    def impatient(lines: Lines, *, row: OutboxRow) -> None:
        line = lines._lines.get(row.row.shard)
        if line is not None and line.mode is Mode.REPLAY:
            lines._queue.append(row)
        else:
            offer(lines, row=row)

    patch.setattr(Lines, "offer", impatient)


def days_dropped(patch: pytest.MonkeyPatch) -> None:
    """Days of the log are dropped by their age, although the outbox still points into them."""

    async def maintain(store: MemoryStore, *, now: datetime) -> None:
        oldest = (now - store.retention.log).date()
        store.event_log = [row for row in store.event_log if row.row.written_at.date() >= oldest]
        there = {row.seq for row in store.event_log}
        store.pointers = {seq: row for seq, row in store.pointers.items() if seq in there}

    patch.setattr(MemoryStore, "maintain", maintain)


def size_not_checked(patch: pytest.MonkeyPatch) -> None:
    """A message is journalled whatever its size."""
    patch.setattr(chassis.publisher, "MAX_MESSAGE_BYTES", 1_000_000_000)


def refused_row_passed_over(patch: pytest.MonkeyPatch) -> None:
    """A row that the broker has refused is left where it is, and the rows behind it go on."""

    async def recover(relay: Relay, shards: set[int], error: BaseException) -> None:
        await relay._pause(error)
        await relay.sender.rebuild()

    patch.setattr(Relay, "_recover", recover)


def pointers_deleted_before_sent(patch: pytest.MonkeyPatch) -> None:
    """The outbox forgets a row when it is sent, and not when the broker has it."""
    send = Relay._send

    async def hasty(relay: Relay, rows: Sequence[OutboxRow]) -> None:
        await relay.store.forget(seqs=[row.seq for row in rows])
        await send(relay, rows)

    patch.setattr(Relay, "_send", hasty)


def sent_before_committed(patch: pytest.MonkeyPatch) -> None:
    """The relay gets what was decided, whether the write succeeds or not."""
    tried, decide = Processor._try, Processor._decide
    decided: dict[int, Changes] = {}

    def remembering(processor: Processor, *given: Any) -> Any:
        changes, handled = decide(processor, *given)
        decided[id(processor)] = changes
        return changes, handled

    async def try_(processor: Processor, messages: Any, fence: Any, attempt: Any, result: Any) -> None:
        decided.pop(id(processor), None)
        try:
            await tried(processor, messages, fence, attempt, result)
        except Exception:
            lost = decided.pop(id(processor), None)
            rows = lost.journal if lost else ()
            result.outbox.extend(OutboxRow(seq=1_000_000_000 + number, row=row) for number, row in enumerate(rows))
            raise

    patch.setattr(Processor, "_decide", remembering)
    patch.setattr(Processor, "_try", try_)


def keyed_by_message(patch: pytest.MonkeyPatch) -> None:
    """Records are spread over the partitions by the id of their message, and not by their order."""
    record_of = chassis.relay.record_of

    def scattered(*, row: JournalRow) -> Outgoing:
        return replace(record_of(row=row), key=row.message_id.encode())

    patch.setattr(chassis.relay, "record_of", scattered)


def sent_without_a_key(patch: pytest.MonkeyPatch) -> None:
    """Records are sent without a key, as a publisher does it that is only given a message."""
    record_of = chassis.relay.record_of
    patch.setattr(chassis.relay, "record_of", lambda *, row: replace(record_of(row=row), key=b"", partition=0))


def flipped_without_a_last_look(patch: pytest.MonkeyPatch) -> None:
    """A line goes over to memory although a row was committed since it read the outbox."""

    def took(line: Line, *, rows: Sequence[OutboxRow]) -> bool:
        for row in rows:
            line.after = row.seq
        return not rows

    patch.setattr(Line, "took", took)


def unknown_taken_for_done(patch: pytest.MonkeyPatch) -> None:
    """The relay is not told of commits of unknown outcome."""
    offer = Relay.offer

    def deaf(relay: Relay, *, rows: Sequence[OutboxRow], uncertain: object = ()) -> None:
        offer(relay, rows=rows)

    patch.setattr(Relay, "offer", deaf)


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
