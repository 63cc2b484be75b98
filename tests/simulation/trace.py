"""What happened in a run, line by line: two runs of one seed are equal when their hashes are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from simulation.loop import running


class Line(NamedTuple):
    """One event: when, whose key it concerns (empty: everybody's), and what, put into words when they are wanted."""

    at: float
    key: str
    said: object

    @property
    def text(self) -> str:
        """What happened, in words."""
        return str(self.said)

    def __str__(self) -> str:
        return f"{self.at:9.3f}  {self.text}"


@dataclass(slots=True)
class Trace:
    """The lines of a run; whose key each message id belongs to; what each service handled, in order, and parked."""

    lines: list[Line] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    handled: dict[str, list[str]] = field(default_factory=dict)
    parked: dict[str, set[str]] = field(default_factory=dict)

    def note(self, said: object, *, key: str = "") -> None:
        """Add a line: its words, or what has them when it is asked."""
        self.lines.append(Line(running().now, key, said))

    def of(self, *, key: str) -> list[Line]:
        """Return the lines that concern a key, with those that concern everybody in between."""
        mine = [line for line in self.lines if line.key == key]
        if not mine:
            return []
        first, last = mine[0].at, mine[-1].at
        return [line for line in self.lines if line.key == key or (not line.key and first <= line.at <= last)]


def digest_of(*, lines: Iterable[Line]) -> str:
    """Return the hash of all lines."""
    text = "\n".join(f"{line.at!r} {line.key} {line.text}" for line in lines)
    return hashlib.sha256(text.encode()).hexdigest()
