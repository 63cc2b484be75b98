"""Where time and ids come from: injected, so that a simulated run is the same on every machine."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

import uuid_utils


class Clock(Protocol):
    """Says what time it is."""

    def now(self) -> datetime:
        """Return the time, with its zone."""
        ...


class Ids(Protocol):
    """Draws ids of messages."""

    def draw(self) -> str:
        """Return a new UUIDv7."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time of the machine in UTC."""
        return datetime.now(tz=UTC)


class Uuid7Ids:
    """UUIDv7 of the machine's time and random source."""

    def draw(self) -> str:
        """Return a new UUIDv7."""
        return str(uuid_utils.uuid7())


@dataclass(slots=True)
class ManualClock:
    """A clock that a test or the simulation moves."""

    time: datetime

    def now(self) -> datetime:
        """Return the time that was set."""
        return self.time

    def advance(self, *, by: timedelta) -> datetime:
        """Move the clock and return its time."""
        self.time += by
        return self.time


@dataclass(slots=True)
class SeededIds:
    """UUIDv7 of an injected clock and a seed: the same run draws the same ids."""

    clock: Clock
    seed: int = 0
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - ids of a simulated run, not secrets

    def draw(self) -> str:
        """Return the next UUIDv7 of this seed."""
        milliseconds = int(self.clock.now().timestamp() * 1000)
        bits = self._random.getrandbits(74)
        value = (milliseconds & (1 << 48) - 1) << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & (1 << 62) - 1
        return str(uuid.UUID(int=value))
