"""What happened in a run, line by line: two runs of one seed are equal when their hashes are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple

from simulation.loop import running


class Line(NamedTuple):
    """One event: when, whose key it concerns (empty: everybody's), and what."""

    at: float
    key: str
    text: str

    def __str__(self) -> str:
        return f"{self.at:9.3f}  {self.text}"


@dataclass(slots=True)
class Trace:
    """The lines of a run; whose key each message id belongs to; what each service handled, in order, and parked."""

    lines: list[Line] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    handled: dict[str, list[str]] = field(default_factory=dict)
    parked: dict[str, set[str]] = field(default_factory=dict)

    def note(self, text: str, *, key: str = "") -> None:
        """Add a line."""
        self.lines.append(Line(running().now, key, text))

    def of(self, *, key: str) -> list[Line]:
        """Return the lines that concern a key, with those that concern everybody in between."""
        mine = [line for line in self.lines if line.key == key]
        if not mine:
            return []
        first, last = mine[0].at, mine[-1].at
        return [line for line in self.lines if line.key == key or (not line.key and first <= line.at <= last)]

    def digest(self) -> str:
        """Return the hash of all lines."""
        text = "\n".join(f"{line.at!r} {line.key} {line.text}" for line in self.lines)
        return hashlib.sha256(text.encode()).hexdigest()
