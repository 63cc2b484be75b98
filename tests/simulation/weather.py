"""What goes wrong and how often: chances of a seed, and the count of what was injected."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

CALM = (0.001, 0.004)


@dataclass(slots=True)
class Weather:
    """How network, broker, databases and processes behave at the moment. Chances are per step."""

    draw: random.Random
    network: tuple[float, float] = CALM
    database: tuple[float, float] = CALM
    lost_ack: float = 0.0
    refused: float = 0.0
    broker_down: bool = False
    unavailable: float = 0.0
    database_down: frozenset[str] = frozenset()
    unknown: float = 0.0
    refused_by_database: float = 0.0
    read_only: frozenset[str] = frozenset()
    crash: float = 0.0
    crash_in_commit: float = 0.0
    freeze: float = 0.0
    freeze_at_write: float = 0.0
    held_back: frozenset[int] = frozenset()
    strikes_left: int | None = None
    injected: Counter[str] = field(default_factory=Counter)

    def strikes(self, name: str, chance: float) -> bool:
        """Return whether this fault happens now, and count it."""
        if not chance or self.draw.random() >= chance or self.strikes_left == 0:
            return False
        if self.strikes_left is not None:
            self.strikes_left -= 1
        self.injected[name] += 1
        return True

    def clear_up(self) -> None:
        """Let nothing go wrong from now on; what was injected stays counted."""
        calm = Weather(draw=self.draw)
        for name in set(self.__slots__) - {"draw", "injected"}:
            setattr(self, name, getattr(calm, name))
