"""Values that the tests of the chassis share."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from toy import service as toy

from chassis.decision import Append
from chassis.message import Record
from chassis.store.protocol import Store
from chassis.store.values import (
    Changes,
    InboxRow,
    JournalRow,
    Saved,
    Task,
    Write,
    Written,
)

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HELD = toy.Booking("b1", "hamlet", 2, "held")
RECORD = Record(
    topic="toy.commands",
    partition=3,
    offset=17,
    key=b"b1\xff",
    value=b'{"a":\x00}',
    headers=(("ce_id", None), ("strange", b"\xff\x00"), ("nul\x00", b"")),
)


def saved(booking: toy.Booking, version: int = 1) -> Saved:
    return Saved(kind=toy.BOOKING, key=booking.booking_id, version=version, before=None, after=booking)


def changed(before: toy.Show | None, after: toy.Show) -> Saved:
    return Saved(kind=toy.SHOW, key=after.show, version=1, before=before, after=after)


def receipt(number: int) -> Append:
    return Append(toy.RECEIPT, toy.Receipt(f"r{number}", "b1"), unique=f"r{number}")


def handled(message_id: str, outcome: str = "applied") -> InboxRow:
    return InboxRow(message_id=message_id, fingerprint="f", outcome=outcome, answer={"n": 1}, handled_at=NOW)


def task(task_id: str = "t1", **values: Any) -> Task:
    return replace(
        Task(
            id=task_id,
            shard=0,
            kind="timer",
            name="hold-ended",
            key="b1",
            due=NOW,
            message_id=f"m-{task_id}",
            data={"booking_id": "b1"},
            correlation_id="b1",
        ),
        **values,
    )


def said(message_id: str, shard: int = 0) -> JournalRow:
    return JournalRow(
        message_id=message_id,
        type="toy.seats-held.v1",
        topic="toy.events",
        key="b1",
        shard=shard,
        headers={"ce_id": message_id},
        payload=b'{"b":  1, "nul": "\\u0000"}',
        written_at=NOW,
        traceparent="00-1-2-01",
    )


async def write(store: Store, epoch: int = 1, shards: tuple[int, ...] = (0, 1), **changes: Any) -> Written:
    what = Changes(now=changes.pop("now", NOW), **changes)
    fence = dict.fromkeys(shards, epoch)
    return await store.write(write=Write(fence=fence, locks=(), decide=lambda _locked: what))


async def own(store: Store) -> None:
    """Take shards 0 and 1, as a process does."""
    for shard in (0, 1):
        assert await store.raise_epoch(shard=shard) == 1
