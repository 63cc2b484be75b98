"""Between values and columns: arrays for the statements of ``chassis.sql``, and rows read back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import orjson

from chassis.message import Headers, Record
from chassis.store.values import DeadLetter, InboxRow, JournalRow, OutboxRow, ParkedMessage, Task


class Row(Protocol):
    """A row as the driver returns it: columns by name."""

    def __getitem__(self, name: str, /) -> Any: ...


def columns(rows: Iterable[tuple[Any, ...]], *, width: int) -> list[list[Any]]:
    """Turn rows into one array per column."""
    turned = [list(column) for column in zip(*rows, strict=True)]
    return turned or [[] for _ in range(width)]


def inbox_columns(row: InboxRow) -> tuple[Any, ...]:
    """Return what insert_inbox takes."""
    return (row.message_id, row.fingerprint, row.outcome, _optional_json(row.answer))


def task_columns(task: Task) -> tuple[Any, ...]:
    """Return what set_tasks takes."""
    return (
        task.id,
        task.shard,
        task.kind,
        task.name,
        task.key,
        task.due,
        task.message_id,
        _json(task.data),
        task.correlation_id,
        task.causation_id,
        task.traceparent,
    )


def parked_columns(parked: ParkedMessage) -> tuple[Any, ...]:
    """Return what park_messages takes."""
    return (parked.message_id, parked.shard, *_record_columns(parked.record), parked.reason, parked.tries)


def letter_columns(letter: DeadLetter) -> tuple[Any, ...]:
    """Return what bury_messages takes."""
    return (letter.message_id, letter.shard, letter.type, *_record_columns(letter.record), letter.error)


def journal_columns(row: JournalRow) -> tuple[Any, ...]:
    """Return what journal takes."""
    headers = _json(row.headers)
    return (row.shard, row.topic, row.key, row.type, row.message_id, headers, row.payload.decode(), row.traceparent)


def inbox_row(row: Row) -> InboxRow:
    """Read a row of the inbox."""
    answer = row["answer"]
    return InboxRow(
        message_id=row["message_id"],
        fingerprint=row["fingerprint"],
        outcome=row["outcome"],
        answer=None if answer is None else orjson.loads(answer),
        handled_at=row["handled_at"],
    )


def task(row: Row) -> Task:
    """Read a task."""
    return Task(
        id=row["id"],
        shard=row["shard"],
        kind=row["kind"],
        name=row["name"],
        key=row["key"],
        due=row["due"],
        message_id=row["message_id"],
        data=orjson.loads(row["data"]),
        state=row["state"],
        attempts=row["attempts"],
        started_at=row["started_at"],
        correlation_id=row["correlation_id"],
        causation_id=row["causation_id"],
        traceparent=row["traceparent"],
    )


def parked_message(row: Row) -> ParkedMessage:
    """Read a parked message."""
    return ParkedMessage(
        message_id=row["message_id"],
        shard=row["shard"],
        record=_record(row),
        reason=row["reason"],
        tries=row["tries"],
        parked_at=row["parked_at"],
    )


def letter(row: Row) -> DeadLetter:
    """Read a dead letter."""
    return DeadLetter(
        message_id=row["message_id"],
        shard=row["shard"],
        type=row["type"],
        error=row["error"],
        record=_record(row),
        failed_at=row["failed_at"],
        replayed_at=row["replayed_at"],
    )


def outbox_row(row: Row) -> OutboxRow:
    """Read a row of the journal."""
    journalled = JournalRow(
        message_id=row["message_id"],
        type=row["type"],
        topic=row["topic"],
        key=row["key"],
        shard=row["shard"],
        headers=orjson.loads(row["headers"]),
        payload=row["payload"].encode(),
        written_at=row["written_at"],
        traceparent=row["traceparent"],
    )
    return OutboxRow(seq=row["seq"], row=journalled)


def _record_columns(record: Record) -> tuple[Any, ...]:
    # Header values are any bytes or null, so they are kept as hex.
    headers = [[name, None if value is None else value.hex()] for name, value in record.headers]
    return (record.topic, record.partition, record.offset, record.key, record.value, _json(headers))


def _record(row: Row) -> Record:
    pairs: Sequence[tuple[str, str | None]] = orjson.loads(row["headers"])
    headers: Headers = tuple((name, None if value is None else bytes.fromhex(value)) for name, value in pairs)
    return Record(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["record_offset"],
        key=row["key"],
        value=row["value"],
        headers=headers,
    )


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _optional_json(value: Any) -> str | None:
    return None if value is None else _json(value)
