"""The port to the outside world: a call with a stable idempotency key, and its three possible replies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Verdict(StrEnum):
    """How a call ended; unknown is not an end, it is asked again."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ask:
    """One try of a call. ``id`` is the idempotency key, the same on every try.

    ``again`` says that an earlier try may have reached the outside world: its outcome is unknown.
    """

    id: str
    name: str
    key: str
    data: Mapping[str, Any]
    again: bool
    first_asked_at: datetime | None
    traceparent: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Return what every HTTP request of this call carries."""
        trace = {"traceparent": self.traceparent} if self.traceparent else {}
        return {"Idempotency-Key": self.id, **trace}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the outside world said."""

    verdict: Verdict
    data: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""

    @classmethod
    def yes(cls, data: Mapping[str, Any] | None = None, /) -> Reply:
        """Say that it is done."""
        return cls(Verdict.YES, data or {})

    @classmethod
    def no(cls, data: Mapping[str, Any] | None = None, /) -> Reply:
        """Say that it is surely not done, and will not be."""
        return cls(Verdict.NO, data or {})

    @classmethod
    def unknown(cls, reason: str, /) -> Reply:
        """Say that nobody knows; the same call is made again later."""
        return cls(Verdict.UNKNOWN, {}, reason)


class Gateway(Protocol):
    """Asks the outside world once; an exception or a time-out counts as unknown."""

    async def __call__(self, ask: Ask, /) -> Reply:
        """Make the call."""
        ...
