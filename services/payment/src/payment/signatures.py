"""Signatures of requests and notices: HMAC-SHA256 over the timestamp and the raw body, within a window of time."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

WINDOW_SECONDS = 300
SIGNATURE, TIMESTAMP, NOTICE_ID = "X-Signature", "X-Timestamp", "X-Notice-Id"


class Forgery(StrEnum):
    """Why a signature is not accepted."""

    NO_TIMESTAMP = "timestamp_missing"
    OUTSIDE_WINDOW = "timestamp_outside_window"
    NO_MATCH = "signature_does_not_match"


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs and checks with a secret that both sides know."""

    secret: bytes = field(repr=False)

    def headers(self, *, body: bytes, now: int) -> dict[str, str]:
        """Return the headers that prove a body; now is in unix seconds."""
        return {TIMESTAMP: str(now), SIGNATURE: self._signature(timestamp=str(now), body=body)}

    def forgery(self, *, headers: Mapping[str, str], body: bytes, now: int) -> Forgery | None:
        """Return why the headers do not prove the body, or None when they do."""
        timestamp = headers.get(TIMESTAMP, "")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < len(str(now)) + 2):
            return Forgery.NO_TIMESTAMP
        if abs(now - int(timestamp)) > WINDOW_SECONDS:
            return Forgery.OUTSIDE_WINDOW
        expected = self._signature(timestamp=timestamp, body=body)
        given = headers.get(SIGNATURE, "")
        return None if hmac.compare_digest(expected.encode(), given.encode()) else Forgery.NO_MATCH

    def _signature(self, *, timestamp: str, body: bytes) -> str:
        return hmac.new(self.secret, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
