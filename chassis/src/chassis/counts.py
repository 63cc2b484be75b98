"""What went in and what became of it, per topic: consumed = applied + duplicates + conflicts + parked + dead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

CONSUMED = "consumed"
IGNORED = "ignored"


@dataclass(slots=True)
class Counts:
    """Counters that only grow. Messages of a lost shard are not counted: their next owner consumes them.

    A parked message is counted under its topic when it is parked, and under ``parked`` when it is tried again.
    """

    _topics: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, *, topic: str, verdict: str) -> None:
        """Count one consumed message and its end."""
        counter = self._topics.setdefault(topic, Counter())
        counter[CONSUMED] += 1
        counter[verdict] += 1

    def ignore(self, *, topic: str) -> None:
        """Count a record of a type that this service has no route for."""
        self._topics.setdefault(topic, Counter())[IGNORED] += 1

    def by_topic(self) -> Mapping[str, Mapping[str, int]]:
        """Return the counters."""
        return {topic: dict(counter) for topic, counter in self._topics.items()}

    def unbalanced(self) -> Mapping[str, int]:
        """Return by how much a topic's ends differ from what was consumed: empty when nothing was lost on the way."""
        gaps = {
            topic: counter[CONSUMED] - sum(n for name, n in counter.items() if name not in {CONSUMED, IGNORED})
            for topic, counter in self._topics.items()
        }
        return {topic: gap for topic, gap in gaps.items() if gap}
