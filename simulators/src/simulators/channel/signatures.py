"""Signatures over a timestamp and the raw body, the same both ways; a GET has an empty body."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

WINDOW_SECONDS = 300
SIGNATURE, TIMESTAMP, NOTICE_ID = "X-Signature", "X-Timestamp", "X-Notice-Id"


class ForgedError(Exception):
    """A request carries no signature of ours, or an old one; the message says which."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs and checks with the secret that both sides know."""

    secret: bytes = field(repr=False)

    def headers(self, *, body: bytes, now: int) -> dict[str, str]:
        """Return the headers that prove the body; now in unix seconds."""
        return {TIMESTAMP: str(now), SIGNATURE: self._signature(timestamp=str(now), body=body)}

    def check(self, *, headers: Mapping[str, str], body: bytes, now: int) -> None:
        """Raise ForgedError unless the headers prove the body and are not older or younger than the window."""
        timestamp = headers.get(TIMESTAMP, "")
        if not (timestamp.isascii() and timestamp.isdigit()):
            raise ForgedError(f"{TIMESTAMP} is missing or no number of unix seconds")
        if abs(now - int(timestamp)) > WINDOW_SECONDS:
            raise ForgedError(f"{TIMESTAMP} is more than {WINDOW_SECONDS} s away")
        expected = self._signature(timestamp=timestamp, body=body)
        if not hmac.compare_digest(expected.encode(), headers.get(SIGNATURE, "").encode()):
            raise ForgedError(f"{SIGNATURE} does not match the body")

    def _signature(self, *, timestamp: str, body: bytes) -> str:
        return hmac.new(self.secret, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
