"""CloudEvents 1.0 in Kafka's binary mode: the headers of a record, and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

CONTENT_TYPE = "application/json"
Headers = tuple[tuple[str, bytes], ...]


class EnvelopeError(ValueError):
    """A header is missing or cannot be read; the message names it."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the headers say of a message; the record's value is the JSON data alone."""

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    correlation_id: str
    causation_id: str
    traceparent: str = ""
    fingerprint: str = ""


def to_texts(*, envelope: Envelope) -> dict[str, str]:
    """Write the envelope as the texts of headers, in a fixed order; what is empty is left out."""
    texts = {
        "ce_specversion": "1.0",
        "ce_id": envelope.id,
        "ce_source": envelope.source,
        "ce_type": envelope.type,
        "ce_subject": envelope.subject,
        "ce_time": envelope.time.isoformat(),
        "ce_correlationid": envelope.correlation_id,
        "ce_causationid": envelope.causation_id,
    }
    if envelope.traceparent:
        texts["traceparent"] = envelope.traceparent
    if envelope.fingerprint:
        texts["ce_fingerprint"] = envelope.fingerprint
    texts["content-type"] = CONTENT_TYPE
    return texts if all(texts.values()) else {name: text for name, text in texts.items() if text}


def to_headers(*, envelope: Envelope) -> Headers:
    """Write the envelope as headers, in a fixed order."""
    return tuple([(name, text.encode()) for name, text in to_texts(envelope=envelope).items()])


def from_headers(*, headers: Iterable[tuple[str, bytes | None]]) -> Envelope:
    """Read headers tolerantly: unknown ones are ignored, optional ones may be absent or unreadable.

    EnvelopeError names the one that is wrong.
    """
    found = dict(headers)
    return Envelope(
        id=_needed(found, "ce_id"),
        type=_needed(found, "ce_type"),
        source=_needed(found, "ce_source"),
        time=_time(_needed(found, "ce_time")),
        subject=_optional(found, "ce_subject"),
        correlation_id=_optional(found, "ce_correlationid"),
        causation_id=_optional(found, "ce_causationid"),
        traceparent=_optional(found, "traceparent"),
        fingerprint=_optional(found, "ce_fingerprint"),
    )


def _needed(found: dict[str, bytes | None], name: str) -> str:
    value = found.get(name)
    if value is None:
        raise EnvelopeError(f"header {name} is missing or null")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise EnvelopeError(f"header {name} is not UTF-8") from None


def _optional(found: dict[str, bytes | None], name: str) -> str:
    value = found.get(name)
    if value is None:
        return ""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return ""


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise EnvelopeError(f"header ce_time is not RFC 3339: {text[:40]!r}") from None
    if time.tzinfo is None:
        raise EnvelopeError(f"header ce_time has no time zone: {text[:40]!r}")
    return time
