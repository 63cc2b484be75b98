"""From records, tasks and parked messages to what the processor takes: tolerant, and never raising."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from pydantic import ValidationError

from chassis.message import (
    ID_LENGTH,
    UNREADABLE,
    FromParked,
    FromTask,
    Incoming,
    Message,
    NotForUs,
    Record,
    Unreadable,
    explain,
    fingerprint_of,
    lossy,
    shard_of,
)
from chassis.nul import REFUSED, nul_at
from chassis.routes import Route, Routes
from chassis.store.values import ParkedMessage, Task
from contracts.envelope import Envelope, EnvelopeError, from_headers, to_headers
from contracts.registry import REGISTRY, MessageType, Registry
from contracts.topics import MAX_MESSAGE_BYTES, PARTITIONS

TASKS = "tasks"
"""The topic that stands in the record of a message which a task became; no broker has it."""

_TRACEPARENT = re.compile(r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")


class _Refused(Exception):
    """The record cannot be read, for this reason."""


class _Misplaced(_Refused):
    """The record lies in a partition that is not its key's; the same message may lie in the right one, too."""


class Parser:
    """Reads what comes in for one service. Whatever a producer sends, the answer is a value and not an exception."""

    def __init__(
        self, *, service: str, routes: Routes, registry: Registry = REGISTRY, shards: int = PARTITIONS
    ) -> None:
        self._service = service
        self._routes = routes
        self._by_type = dict(routes)
        self._registry = registry
        self._shards = shards

    def record(self, *, record: Record) -> Incoming | Unreadable | NotForUs:
        """Read a Kafka record."""
        envelope: Envelope | None = None
        try:
            envelope = _envelope(record)
            return self._incoming(record, envelope)
        except _Misplaced as misplaced:
            return replace(self._unreadable(record, envelope, str(misplaced)), id=_id_of(record))
        except _Refused as refused:
            return self._unreadable(record, envelope, str(refused))

    def timer(self, *, task: Task) -> Message:
        """Make the message of a due timer."""
        return self._task(task, f"timer.{task.name}", dict(task.data))

    def answer(self, *, task: Task, answer: Mapping[str, Any]) -> Message:
        """Make the message of a call's answer: the data of the call, overlaid with the answer."""
        return self._task(task, f"answer.{task.name}", {**task.data, **answer})

    def parked(self, *, parked: ParkedMessage) -> Message:
        """Read a parked message again."""
        message = self.record(record=parked.record)
        if isinstance(message, NotForUs):
            message = self._unreadable(parked.record, None, f"no route for {message.type}")
        return replace(message, id=parked.message_id, shard=parked.shard, origin=FromParked(tries=parked.tries))

    def _task(self, task: Task, type_: str, data: Mapping[str, Any]) -> Message:
        envelope = Envelope(
            id=task.message_id,
            source=f"/{self._service}/tasks/{task.id}",
            type=type_,
            subject=task.key,
            time=task.due,
            correlation_id=task.correlation_id or task.key,
            causation_id=task.causation_id or "",
            traceparent=task.traceparent or "",
        )
        record = Record(
            topic=TASKS,
            partition=task.shard,
            offset=-1,
            key=task.key.encode(),
            value=orjson.dumps(data),
            headers=to_headers(envelope=envelope),
        )
        message = self.record(record=record)
        if isinstance(message, NotForUs):
            raise TypeError(f"{type_} is a task of this service")
        return replace(message, id=task.message_id, shard=task.shard, origin=FromTask(task_id=task.id, kind=task.kind))

    def _incoming(self, record: Record, envelope: Envelope) -> Incoming | NotForUs:
        type_ = None if record.topic == TASKS else self._registry.find(envelope.type)
        if type_ is None and record.topic != TASKS:
            raise _Refused(f"unknown type {envelope.type[:80]!r}")
        route = self._by_type.get(envelope.type)
        if route is None and type_ is None:
            raise _Refused(f"no route for {envelope.type[:80]!r}")
        if route is None:
            return NotForUs(type=envelope.type, record=record)
        key = _key(record)
        value = _value(record)
        if (shard := shard_of(key, self._shards)) != record.partition:
            raise _Misplaced(f"key belongs to partition {shard}, not {record.partition}: another partitioner")
        return Incoming(
            id=envelope.id,
            type=envelope.type,
            key=key,
            shard=record.partition,
            command=self._command(route, type_, key, value),
            route=route,
            fingerprint=envelope.fingerprint or fingerprint_of(type_=envelope.type, value=value),
            record=record,
            correlation_id=envelope.correlation_id or key,
            causation_id=envelope.causation_id or None,
            traceparent=envelope.traceparent or None,
            time=envelope.time,
        )

    def _command(self, route: Route[Any], type_: MessageType | None, key: str, value: bytes) -> Any:
        adapter = self._routes.adapter(route.type)
        try:
            if type_ is None:
                return adapter.validate_json(value)
            data = type_.model.model_validate_json(value)
            if (named := getattr(data, type_.key)) != key:
                raise _Refused(f"{type_.key}: {named!r} is not the key of the record")
            document = data.model_dump()
            if (place := nul_at(document=document, written=value)) is not None:
                raise _Refused(f"{route.type}: {place}: {REFUSED}")
            return adapter.validate_python(document)
        except ValidationError as error:
            raise _Refused(f"{route.type}: {explain(error)}") from error

    def _unreadable(self, record: Record, envelope: Envelope | None, error: str) -> Unreadable:
        type_ = envelope.type if envelope else ""
        fingerprint = fingerprint_of(type_=type_, value=record.value or b"")
        return Unreadable(
            id=envelope.id if envelope else _id_of(record),
            shard=record.partition,
            error=error,
            record=record,
            fingerprint=(envelope.fingerprint if envelope else "") or fingerprint,
            type=type_,
            key=lossy(record.key),
            correlation_id=(envelope.correlation_id if envelope else "") or lossy(record.key),
            traceparent=(envelope.traceparent if envelope else "") or None,
        )


def _envelope(record: Record) -> Envelope:
    """Read the envelope; what will be stored as text must be fit for it, and a broken trace is none."""
    if record.value is None and (why := dict(record.headers).get(UNREADABLE)) is not None:
        raise _Refused(f"the broker's record cannot be read: {lossy(why)}")
    try:
        envelope = from_headers(headers=record.headers)
    except EnvelopeError as error:
        raise _Refused(str(error)) from error
    for name, text, needed in (
        ("ce_id", envelope.id, True),
        ("ce_type", envelope.type, True),
        ("ce_correlationid", envelope.correlation_id, False),
        ("ce_causationid", envelope.causation_id, False),
        ("ce_fingerprint", envelope.fingerprint, False),
    ):
        if len(text) > ID_LENGTH or not text.isprintable() or (needed and not text):
            raise _Refused(f"header {name} is empty, too long or not printable")
    broken = envelope.traceparent and not _TRACEPARENT.match(envelope.traceparent)
    return replace(envelope, traceparent="") if broken else envelope


def _key(record: Record) -> str:
    if not record.key:
        raise _Refused("the record has no key")
    try:
        key = record.key.decode("utf-8")
    except UnicodeDecodeError:
        raise _Refused("the key is not UTF-8") from None
    if len(key) > ID_LENGTH or not key.isprintable():
        raise _Refused("the key is too long or not printable")
    return key


def _value(record: Record) -> bytes:
    if record.value is None:
        raise _Refused("the record has no value")
    size = len(record.value)
    for name, value in record.headers:
        size += len(name) + len(value or b"")
    if size > MAX_MESSAGE_BYTES:
        raise _Refused(f"the record is too large: {size} bytes of {MAX_MESSAGE_BYTES}")
    return record.value


def _id_of(record: Record) -> str:
    """Return an id of place and content: a broker that lost its log may give the same offset to another record."""
    digest = hashlib.sha256(repr((record.key, record.value, record.headers)).encode()).hexdigest()[:32]
    return f"unreadable:{record.topic}:{record.partition}:{record.offset}:{digest}"
