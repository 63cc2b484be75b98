"""What a handler sees and what it returns: plain values, standard library only.

A handler is a synchronous function ``(command, view, context) -> Decision``. It reads aggregates from the view, and
says what shall change as data. The processor (``chassis.processor``) loads before it and writes after it, for
hundreds of messages in one transaction; the simulator runs the same handlers over an in-memory store.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

A = TypeVar("A")


@dataclass(frozen=True, slots=True, eq=False)
class Kind(Generic[A]):
    """A kind of aggregate: its name, its class, and whether owners of different shards share its rows.

    There is one object for each kind, which is therefore equal to itself alone: kinds are half of every key of a view.

    A plain aggregate belongs to one key, is read without a lock and saved with a version check. A shared one (stock,
    coupons, caps, invoice sequences) is locked first thing in the write and decided on the values that the lock
    returned.

    A plain kind that is ``keyed`` has the key of the records that change it: a message changes the one of its own key
    only. What was written last can then be kept (``chassis.kept``).
    """

    name: str
    of: type[A]
    shared: bool = False
    keyed: bool = False


@dataclass(frozen=True, slots=True)
class RowKind(Generic[A]):
    """A kind of append-only row (movement, posting, timeline entry): its name and its class."""

    name: str
    of: type[A]


@dataclass(frozen=True, slots=True)
class Context:
    """What surrounds one message: its id, its key, the shard of the key, and the time at which it is decided."""

    now: datetime
    message_id: str
    key: str
    shard: int = 0


class View(Protocol):
    """The aggregates that the batch named, with the changes of the messages decided before this one."""

    def get(self, kind: Kind[A], key: str) -> A | None:
        """Return the aggregate, or None when there is none.

        An aggregate that was not asked for is loaded and the batch decided again.
        """
        ...

    def find(self, kind: Kind[A], keys: list[str]) -> list[A]:
        """Return those that exist, in the order of the keys."""
        ...


@dataclass(frozen=True, slots=True)
class Save:
    """Store this aggregate under its key (a new one or the next version)."""

    kind: Kind[Any]
    key: str
    aggregate: Any


@dataclass(frozen=True, slots=True)
class Append:
    """Add this row. ``unique`` is its natural key: a second row with the same one is an error of the handler."""

    kind: RowKind[Any]
    row: Any
    unique: str


@dataclass(frozen=True, slots=True)
class Timer:
    """Bring this payload back as a message at ``due``. One timer per id: setting it again moves it."""

    id: str
    name: str
    key: str
    due: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """Ask the outside world between two transactions.

    A definite answer comes back as a message, an unknown one is asked again. ``id`` is the idempotency key that the
    outside world sees: the same on every try.
    """

    id: str
    name: str
    key: str
    data: Mapping[str, Any] = field(default_factory=dict)
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What one message changes: aggregates, rows, what others are told, what happens later, and the answer.

    ``emits`` are domain events and commands to other services; ``publishers.py`` alone knows their contracts.
    ``drops`` are ids of timers and calls that are no longer wanted. ``outcome`` is one of ``applied``, ``duplicate``,
    ``rejected``; it is kept in the inbox with ``answer``.
    """

    saves: tuple[Save, ...] = ()
    rows: tuple[Append, ...] = ()
    emits: tuple[Any, ...] = ()
    timers: tuple[Timer, ...] = ()
    calls: tuple[Call, ...] = ()
    drops: tuple[str, ...] = ()
    outcome: str = "applied"
    answer: Mapping[str, Any] | None = None

    def __add__(self, other: Decision) -> Decision:
        """Join two decisions; the later one's outcome and answer win where it says something."""
        return Decision(
            saves=self.saves + other.saves,
            rows=self.rows + other.rows,
            emits=self.emits + other.emits,
            timers=self.timers + other.timers,
            calls=self.calls + other.calls,
            drops=self.drops + other.drops,
            outcome=other.outcome if other.outcome != "applied" else self.outcome,
            answer=other.answer if other.answer is not None else self.answer,
        )


def changed(value: A, /, **fields: Any) -> A:
    """Return a frozen dataclass with these fields in place of its own; it has no slots and no ``__post_init__``.

    That is `dataclasses.replace`, which looks at every field by itself: for an aggregate of many fields, that is
    changed several times a message, it takes too long.
    """
    now = value.__dict__ | fields
    if len(now) > len(value.__dict__):
        raise TypeError(f"{type(value).__name__} has no {', '.join(sorted(fields.keys() - value.__dict__.keys()))}")
    copy = object.__new__(type(value))
    object.__setattr__(copy, "__dict__", now)
    return copy


class HandlerError(Exception):
    """What a handler may raise; every other exception that escapes a handler is poison, too.

    HandlerError
    +-- NotYet      the message came before what it needs: it is parked and tried again with back-off
    +-- Poison      the message can never be handled: dead letter
    """


class NotYet(HandlerError):
    """The message came before what it needs.

    It is parked and tried again, and is a dead letter when the tries are used up.
    """


class Poison(HandlerError):
    """The message can never be handled; it becomes a dead letter with this reason."""
