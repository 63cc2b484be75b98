"""From domain events to rows of the journal: the contract, the topic, the key and the envelope of what leaves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from chassis.decision import Poison
from chassis.message import Message, explain
from chassis.store.values import JournalRow
from contracts.envelope import Envelope, to_texts
from contracts.registry import REGISTRY, Registry
from contracts.topics import MAX_MESSAGE_BYTES
from contracts.values import Contract


class Publisher:
    """Knows which contract each domain event becomes; field names are the same on both sides."""

    def __init__(self, models: Mapping[type[Any], type[Contract]], *, registry: Registry = REGISTRY) -> None:
        # An adapter writes bytes, where a model's own method makes a text of them first.
        self._types = {event: (TypeAdapter(model), registry.of(model)) for event, model in models.items()}

    def journal(self, *, event: Any, cause: Message, service: str, message_id: str, now: datetime) -> JournalRow:
        """Return the journal row of an event; one that breaks its contract or is too large is poison of its cause."""
        found = self._types.get(type(event))
        if found is None:
            raise Poison(f"{type(event).__name__} has no contract in publishers.py")
        adapter, type_ = found
        try:
            data = adapter.validate_python(event, from_attributes=True)
        except ValidationError as error:
            raise Poison(f"{type_.name} cannot be said: {explain(error)}") from error
        return journal_row(
            type_=type_.name,
            topic=type_.topic,
            key=str(getattr(data, type_.key)),
            payload=adapter.dump_json(data),
            cause=cause,
            service=service,
            message_id=message_id,
            now=now,
        )


def journal_row(
    *,
    type_: str,
    topic: str,
    key: str,
    payload: bytes,
    cause: Message,
    service: str,
    message_id: str,
    now: datetime,
) -> JournalRow:
    """Return the row with its envelope; a message that no broker would take is poison."""
    envelope = Envelope(
        id=message_id,
        source=f"/{service}",
        type=type_,
        subject=key,
        time=now,
        correlation_id=cause.correlation_id or key,
        causation_id=cause.id,
        traceparent=cause.traceparent or "",
    )
    headers = to_texts(envelope=envelope)
    size = len(payload) + sum(map(len, headers)) + sum(map(len, headers.values()))
    if size > MAX_MESSAGE_BYTES:
        raise Poison(f"{type_} is too large: {size} bytes of {MAX_MESSAGE_BYTES}")
    return JournalRow(
        message_id=message_id,
        type=type_,
        topic=topic,
        key=key,
        shard=cause.shard,
        headers=headers,
        payload=payload,
        written_at=now,
        traceparent=cause.traceparent,
    )
