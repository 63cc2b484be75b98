"""What enters the processor: a message that could be read, or a record that could not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from aiokafka.partitioner import murmur2
from pydantic import ValidationError

if TYPE_CHECKING:
    from chassis.routes import Route

E = TypeVar("E", bound=Mapping[str, Any])

Headers = tuple[tuple[str, bytes | None], ...]

ID_LENGTH = 200
"""The longest key, message id or correlation id."""

UNREADABLE = "chassis-unreadable"
"""The header that stands in for a record which the client of the broker could not read; it says why."""


@dataclass(frozen=True, slots=True)
class Record:
    """One Kafka record as it came: nothing in it is trusted."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class FromTask:
    """The message was made by a due timer, or is the answer to a call; handling it finishes the task."""

    task_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class FromParked:
    """The message was parked before, ``tries`` times; handling it takes it out of the parked ones."""

    tries: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message to handle. ``record`` is what it was made of: a dead letter and a parked message keep it."""

    id: str
    type: str
    key: str
    shard: int
    command: Any
    route: Route[Any]
    fingerprint: str
    record: Record
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None
    time: datetime | None = None
    origin: FromTask | FromParked | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that cannot be read: it becomes a dead letter with this error, and blocks nothing."""

    id: str
    shard: int
    error: str
    record: Record
    fingerprint: str
    type: str = ""
    key: str = ""
    correlation_id: str = ""
    traceparent: str | None = None
    origin: FromTask | FromParked | None = None


@dataclass(frozen=True, slots=True)
class NotForUs:
    """A record of a known type that this service has no route for."""

    type: str
    record: Record


Message = Incoming | Unreadable


def shard_of(key: str, shards: int) -> int:
    """Return the partition that Kafka's default partitioner gives this key."""
    return partition_of(key.encode(), shards)


@lru_cache(maxsize=65_536)
def partition_of(key: bytes, partitions: int) -> int:
    """Return the same of a key as it is sent; remembered, since the hash is pure Python and a key comes many times."""
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)


def fingerprint_of(*, type_: str, value: bytes) -> str:
    """Return what tells two bodies under one id apart."""
    return hashlib.sha256(type_.encode() + b"\0" + value).hexdigest()


def lossy(key: bytes | None, /) -> str:
    """Return what can be shown and stored of a key that may be anything."""
    text = (key or b"").decode("utf-8", "replace")[:ID_LENGTH]
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def innermost(errors: Iterable[E]) -> list[E]:
    """Leave out what is said of a list only because of what is wrong in it: that it has too few items, for example."""
    found = list(errors)
    places = [tuple(each["loc"]) for each in found]
    return [
        each
        for each, place in zip(found, places, strict=True)
        if not any(len(other) > len(place) and other[: len(place)] == place for other in places)
    ]


def explain(error: ValidationError) -> str:
    """Return which fields break the contract and how, without their values: those may be private."""
    problems = [
        f"{'.'.join(str(part) for part in each['loc']) or 'message'}: {each['msg']}"
        for each in innermost(error.errors())
    ]
    return "; ".join(problems[:5])
