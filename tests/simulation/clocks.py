"""What time it is: virtual time, and the clock of a machine that may be off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from simulation.loop import running

BEGINNING = datetime.fromisoformat("2026-01-05T09:00:00+00:00")


@dataclass(slots=True)
class WorldClock:
    """The time of all: the virtual time, and how far it was put forward while nothing was under way."""

    forward: timedelta = timedelta()

    def now(self) -> datetime:
        """Return the time."""
        return BEGINNING + timedelta(seconds=running().now) + self.forward


@dataclass(slots=True)
class ProcessClock:
    """The time of one process, whose machine's clock may be off."""

    world: WorldClock
    skew: timedelta = timedelta()

    def now(self) -> datetime:
        """Return the time of this process."""
        return self.world.now() + self.skew
