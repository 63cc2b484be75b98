"""Tests of the envelope: CloudEvents in Kafka's binary mode."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contracts.envelope import Envelope, EnvelopeError, from_headers, to_headers

ENVELOPE = Envelope(
    id="0197f3c0-0000-7000-8000-000000000001",
    source="/order",
    type="order.placed.v1",
    subject="8f3c",
    time=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    correlation_id="8f3c",
    causation_id="0197f3c0-0000-7000-8000-000000000000",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
)


def test_there_and_back() -> None:
    """What is written as headers reads back as the same envelope."""
    assert from_headers(headers=to_headers(envelope=ENVELOPE)) == ENVELOPE


def test_required_attributes() -> None:
    """The attributes that CloudEvents 1.0 requires are all written."""
    names = {name for name, _ in to_headers(envelope=ENVELOPE)}
    assert {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"} <= names


@pytest.mark.parametrize("name", ["ce_id", "ce_type", "ce_source", "ce_time"])
def test_missing_header(name: str) -> None:
    """A missing required header is named."""
    headers = [(key, value) for key, value in to_headers(envelope=ENVELOPE) if key != name]
    with pytest.raises(EnvelopeError, match=f"header {name} is missing or null"):
        from_headers(headers=headers)


def test_null_header() -> None:
    """A null header is an error that names it, not a lost message."""
    headers = [(key, None if key == "ce_id" else value) for key, value in to_headers(envelope=ENVELOPE)]
    with pytest.raises(EnvelopeError, match="header ce_id is missing or null"):
        from_headers(headers=headers)


def test_unreadable_headers() -> None:
    """A required header that is not UTF-8 is an error; an optional one is left out."""
    bytes_in = {"ce_id": b"\xff", "traceparent": b"\xff"}
    spoilt = [
        (key, bytes_in["traceparent"] if key == "traceparent" else value)
        for key, value in to_headers(envelope=ENVELOPE)
    ]
    assert from_headers(headers=spoilt) == replace(ENVELOPE, traceparent="")
    spoilt = [(key, bytes_in.get(key, value)) for key, value in spoilt]
    with pytest.raises(EnvelopeError, match="header ce_id is not UTF-8"):
        from_headers(headers=spoilt)


@pytest.mark.parametrize("time", [b"yesterday", b"2026-01-02T03:04:05"])
def test_bad_time(time: bytes) -> None:
    """A time that is no date or has no zone is an error that names the header."""
    headers = [(key, time if key == "ce_time" else value) for key, value in to_headers(envelope=ENVELOPE)]
    with pytest.raises(EnvelopeError, match="ce_time"):
        from_headers(headers=headers)


def test_foreign_headers() -> None:
    """Headers that we do not know change nothing."""
    headers = [("x-other", b"1"), *to_headers(envelope=ENVELOPE), ("x-null", None)]
    assert from_headers(headers=headers) == ENVELOPE
