"""The messages of a model: each content once, whoever says it and however often."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from chassis.message import Record, shard_of
from contracts.envelope import Envelope, to_headers
from contracts.registry import REGISTRY
from contracts.topics import PARTITIONS
from contracts.values import Contract

KEPT = frozenset({"hold_until", "deadline"})
"""Times that a participant decides by; any other time in a message is for the eye."""


@dataclass(frozen=True, slots=True)
class Said:
    """One content: its type, its topic, and the record that carries it."""

    type: str
    topic: str
    record: Record
    words: str


@dataclass(slots=True)
class Messages:
    """All contents that were said so far, by number."""

    all: list[Said] = field(default_factory=list)
    _known: dict[Hashable, int] = field(default_factory=dict)

    def of(self, *, contract: Contract) -> int:
        """Return the number of what somebody outside says."""
        type_ = REGISTRY.of(type(contract))
        key = str(getattr(contract, type_.key))
        return self.said(type_=type_.name, topic=type_.topic, key=key, payload=contract.model_dump_json().encode())

    def said(self, *, type_: str, topic: str, key: str, payload: bytes) -> int:
        """Return the number of a content."""
        known = (type_, payload)
        number = self._known.get(known)
        if number is None:
            content = (type_, _without_times(orjson.loads(payload)))
            number = self._known.setdefault(content, len(self.all))
            self._known[known] = number
            if number == len(self.all):
                self.all.append(_said(number, type_, topic, key, payload))
        return number


def _said(number: int, type_: str, topic: str, key: str, payload: bytes) -> Said:
    envelope = Envelope(
        id=f"message-{number}",
        source="/model",
        type=type_,
        subject=key,
        time=datetime(2026, 1, 5, tzinfo=UTC),
        correlation_id=key,
        causation_id="",
    )
    record = Record(
        topic=topic,
        partition=shard_of(key, PARTITIONS),
        offset=0,
        key=key.encode(),
        value=payload,
        headers=to_headers(envelope=envelope),
    )
    return Said(type=type_, topic=topic, record=record, words=_words(type_, orjson.loads(payload)))


TOLD = ("cause", "reason", "amount", "captured", "refund_id", "why", "intercepted", "too_late", "code", "lines")


def _words(type_: str, payload: dict[str, Any]) -> str:
    """Return a message as a person reads it: its name, and what tells it from others of its name."""
    told = [f"{name} {_short(payload[name])}" for name in TOLD if payload.get(name)]
    return f"{type_.removesuffix('.v1')}{' (' + ', '.join(told) + ')' if told else ''}"


def _short(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(_short(each) for each in value)
    if isinstance(value, dict):
        return f"{value.get('line_id', '?')}:{value.get('quantity', '?')}"
    text = str(value)
    return text if len(text) <= 36 else "#" + text[36:]


def _without_times(value: Any, name: str = "") -> Hashable:
    if isinstance(value, dict):
        return tuple((key, _without_times(each, key)) for key, each in sorted(value.items()))
    if isinstance(value, list):
        return tuple(_without_times(each, name) for each in value)
    is_time = isinstance(value, str) and (name.endswith("_at") or name == "since")
    return "some time" if is_time and name not in KEPT else value
