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


_OPTIONAL = {"ce_subject": "", "ce_correlationid": "", "ce_causationid": "", "traceparent": "", "ce_fingerprint": ""}


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
    texts = {name: _text(found, name) for name in ("ce_id", "ce_type", "ce_source", "ce_time")}
    rest = {name: _text(found, name, default) for name, default in _OPTIONAL.items()}
    return Envelope(
        id=texts["ce_id"],
        source=texts["ce_source"],
        type=texts["ce_type"],
        subject=rest["ce_subject"],
        time=_time(texts["ce_time"]),
        correlation_id=rest["ce_correlationid"],
        causation_id=rest["ce_causationid"],
        traceparent=rest["traceparent"],
        fingerprint=rest["ce_fingerprint"],
    )


def _text(found: dict[str, bytes | None], name: str, default: str | None = None) -> str:
    value = found.get(name)
    if value is None:
        if default is None:
            raise EnvelopeError(f"header {name} is missing or null")
        return default
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        if default is None:
            raise EnvelopeError(f"header {name} is not UTF-8") from None
        return default


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise EnvelopeError(f"header ce_time is not RFC 3339: {text[:40]!r}") from None
    if time.tzinfo is None:
        raise EnvelopeError(f"header ce_time has no time zone: {text[:40]!r}")
    return time
