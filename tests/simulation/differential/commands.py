"""Random commands to a store, as plain values: each can be left out, so that a failing sequence can be shortened.

Nothing in a command depends on an answer: versions, epochs and sequence numbers are said relative to what is there.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.message import Record
from chassis.store.values import DeadLetter, InboxRow, JournalRow, ParkedMessage, Task

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SHARDS = (0, 1, 2)
BOOKINGS = ("b1", "b2", "B1", "b_3")
SHOWS = ("hamlet", "lear")
PLAYS = ("othello", "macbeth", "Macbeth")
RECEIPTS = ("r1", "r2", "r3")
MESSAGES = ("m1", "m2", "M2", "m-3", "m_4")
TASKS = ("t1", "t2", "T2", "t-3", "t_4")
STATES = ("held", "held", "paid", "cancelled", "unheard of")
OUTCOMES = ("applied", "duplicate", "rejected", "dead")
ANSWERS: Sequence[Mapping[str, Any] | None] = (None, {"n": 1}, {"a": [1, None, "ü"], "b": {"c": True}})


@dataclass(frozen=True, slots=True, kw_only=True)
class Writes:
    """A write. ``stale`` shards are fenced by an epoch that is not theirs any more, ``off`` versions have moved on."""

    shards: tuple[int, ...] = ()
    stale: tuple[int, ...] = ()
    seats: tuple[tuple[str, int], ...] = ()
    bookings: tuple[tuple[str, int, str], ...] = ()
    receipts: tuple[str, ...] = ()
    inbox: tuple[InboxRow, ...] = ()
    finished: tuple[tuple[str, bool, bool], ...] = ()
    dropped: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ()
    parked: tuple[ParkedMessage, ...] = ()
    unparked: tuple[str, ...] = ()
    dead: tuple[DeadLetter, ...] = ()
    journal: tuple[JournalRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Asks:
    """A call of another method of the store by name; ``shards`` are fenced, ``pointers`` are positions in the log."""

    name: str
    given: Mapping[str, Any] = field(default_factory=dict)
    shards: tuple[int, ...] = ()
    stale: tuple[int, ...] = ()
    pointers: tuple[int, ...] = ()
    tasks: tuple[str, ...] = ()


Command = Writes | Asks


def sequence(*, seed: int, length: int) -> list[Command]:
    """Return the commands of a seed."""
    draw = random.Random(seed)
    opening = [Asks("raise_epoch", {"shard": shard}) for shard in SHARDS[:2]]
    return [*opening, *(_command(draw, number) for number in range(length))]


def _command(draw: random.Random, number: int) -> Command:
    if draw.random() < 0.55:
        return _write(draw, number)
    return draw.choice(_ASKS)(draw)


def _write(draw: random.Random, number: int) -> Writes:
    """Draw a write with few kinds of change, so that most of them succeed."""
    parts = draw.sample(list(_PARTS), draw.randint(1, 4))
    shards = _some(draw, SHARDS[:2], most=2) if draw.random() < 0.95 else SHARDS
    stale = _some(draw, shards, most=1) if draw.random() < 0.07 else ()
    return Writes(shards=shards, stale=stale, **{part: _PARTS[part](draw, number) for part in parts})


def _seats(draw: random.Random, _number: int) -> Any:
    return tuple((show, draw.choice((5, 3, -1, -2, -4, 0))) for show in _some(draw, SHOWS, most=2))


def _bookings(draw: random.Random, _number: int) -> Any:
    off = draw.choices((0, 1, -1), (12, 1, 1))[0]
    return tuple((key, off, draw.choice(STATES)) for key in _some(draw, BOOKINGS, most=2))


def _receipts(draw: random.Random, number: int) -> Any:
    return tuple(f"{name}-{number if draw.random() < 0.8 else 0}" for name in _some(draw, RECEIPTS, most=2))


def _inbox(draw: random.Random, number: int) -> Any:
    return tuple(
        InboxRow(
            message_id=name if draw.random() < 0.3 else f"{name}-{number}",
            fingerprint=draw.choice("fg"),
            outcome=draw.choice(OUTCOMES),
            answer=draw.choice(ANSWERS),
            handled_at=NOW,
        )
        for name in _some(draw, MESSAGES, most=3)
    )


def _finished(draw: random.Random, _number: int) -> Any:
    return tuple((name, draw.random() < 0.7, draw.random() < 0.8) for name in _some(draw, TASKS, most=2))


def _tasks(draw: random.Random, number: int) -> Any:
    return tuple(
        Task(
            id=name,
            shard=draw.choice(SHARDS),
            kind=draw.choice(("timer", "timer", "call", "call", "retry")),
            name="later",
            key=draw.choice(BOOKINGS),
            due=_time(draw),
            message_id=f"{name}/{number}",
            data=draw.choice(({}, {"n": 1}, {"a": [1, None, "ü"]})),
            correlation_id="c",
            causation_id=draw.choice((None, "cause")),
            traceparent=draw.choice((None, "00-1-2-01")),
        )
        for name in _some(draw, TASKS, most=3)
    )


def _parked(draw: random.Random, _number: int) -> Any:
    return tuple(
        ParkedMessage(
            message_id=name,
            shard=draw.choice(SHARDS),
            record=_record(draw),
            reason=draw.choice(("too early", "still too early")),
            tries=draw.randint(1, 4),
            parked_at=NOW,
        )
        for name in _some(draw, MESSAGES, most=2)
    )


def _dead(draw: random.Random, _number: int) -> Any:
    return tuple(
        DeadLetter(
            message_id=name,
            shard=draw.choice(SHARDS),
            type=draw.choice(("toy.hold-seats.v1", "toy.pay-booking.v1")),
            error=draw.choice(("nonsense", "more nonsense")),
            record=_record(draw),
            failed_at=NOW,
        )
        for name in _some(draw, MESSAGES, most=2)
    )


def _journal(draw: random.Random, number: int) -> Any:
    return tuple(
        JournalRow(
            message_id=f"e-{number}-{place}",
            type="toy.seats-held.v1",
            topic="toy.events",
            key=draw.choice(BOOKINGS),
            shard=draw.choice(SHARDS[:2]),
            headers={"ce_id": f"e-{number}-{place}"},
            payload=draw.choice((b'{"b":  1, "nul": "\\u0000"}', b"{}", '{"a": "ü"}'.encode())),
            written_at=NOW,
            traceparent=draw.choice((None, "00-1-2-01")),
        )
        for place in range(draw.randint(1, 3))
    )


def _record(draw: random.Random) -> Record:
    return Record(
        topic="toy.commands",
        partition=draw.choice(SHARDS),
        offset=draw.randint(0, 2**40),
        key=draw.choice((None, b"b1\xff")),
        value=draw.choice((None, b"", b'{"a":\x00}')),
        headers=(("ce_id", None), ("strange", b"\xff\x00"), ("nul\x00", b"")),
    )


def _time(draw: random.Random) -> datetime:
    return NOW + timedelta(minutes=draw.randint(-3, 3), microseconds=draw.choice((0, 1, 999_999)))


def _some(draw: random.Random, found: Sequence[Any], *, most: int) -> tuple[Any, ...]:
    return tuple(draw.sample(found, draw.randint(1, min(most, len(found)))))


def _fence(draw: random.Random) -> dict[str, Any]:
    shards = _some(draw, SHARDS[:2], most=2)
    return {"shards": shards, "stale": _some(draw, shards, most=1) if draw.random() < 0.1 else ()}


def _feed(draw: random.Random) -> Asks:
    items = [(draw.choice(PLAYS), draw.randint(1, 9), draw.randint(1, 9)) for _ in range(draw.randint(1, 4))]
    return Asks("feed", {"items": items})


_PARTS: Mapping[str, Callable[[random.Random, int], Any]] = {
    "seats": _seats,
    "bookings": _bookings,
    "receipts": _receipts,
    "inbox": _inbox,
    "finished": _finished,
    "dropped": lambda draw, _number: _some(draw, TASKS, most=3),
    "tasks": _tasks,
    "parked": _parked,
    "unparked": lambda draw, _number: _some(draw, MESSAGES, most=2),
    "dead": _dead,
    "journal": _journal,
}
_ASKS: Sequence[Callable[[random.Random], Asks]] = (
    lambda draw: Asks("raise_epoch", {"shard": draw.choice(SHARDS)}),
    lambda draw: Asks("epochs", {"shards": _some(draw, SHARDS, most=3)}),
    lambda draw: Asks("known", {"message_ids": _some(draw, MESSAGES, most=3)}),
    lambda draw: Asks("parked", {"message_ids": _some(draw, MESSAGES, most=3)}),
    lambda draw: Asks(
        "tasks", {"shards": _some(draw, SHARDS, most=3), "until": _time(draw), "limit": draw.randint(1, 4)}
    ),
    lambda draw: Asks("start", {"now": _time(draw)}, **_fence(draw), tasks=_some(draw, TASKS, most=2)),
    lambda draw: Asks("postpone", {"due": _time(draw)}, **_fence(draw), tasks=_some(draw, TASKS, most=2)),
    lambda draw: Asks(
        "outbox", {"shard": draw.choice(SHARDS), "limit": draw.randint(1, 4)}, pointers=(draw.randint(0, 4),)
    ),
    lambda draw: Asks("forget", pointers=tuple(draw.randint(1, 9) for _ in range(draw.randint(1, 3)))),
    lambda draw: Asks(
        "log",
        {"shard": draw.choice(SHARDS), "since": NOW + timedelta(minutes=draw.randint(-1, 1)), "limit": 5},
        pointers=(draw.randint(0, 4),),
    ),
    lambda draw: Asks("dead_letters", {"limit": draw.randint(1, 3), "after": draw.choice(("", *MESSAGES))}),
    lambda draw: Asks("reopen", {"message_id": draw.choice(MESSAGES)}),
    lambda draw: Asks("replayed", {"message_id": draw.choice(MESSAGES), "at": _time(draw)}),
    lambda draw: Asks("maintain", {"now": NOW + timedelta(days=draw.choice((0, 0, 1, 15)))}),
    _feed,
)
