"""What many histories come to: how fast, what was injected, how orders ended, and the story of a failure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from simulation.history import History

ORDER = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b")
WIDEST = 160
MOST_LINES = 40
MOST_VIOLATIONS = 10


@dataclass(slots=True)
class Report:
    """The sums over histories."""

    seeds: int = 0
    orders: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    failed: list[int] = field(default_factory=list)

    def add(self, history: History) -> None:
        """Add a history."""
        self.seeds += 1
        self.orders += sum(history.outcomes.values())
        self.faults += history.injected
        self.outcomes += history.outcomes
        if history.wrong:
            self.failed.append(history.seed)

    def lines(self, *, seconds: float) -> Iterator[str]:
        """Return the summary, line by line."""
        yield f"{self.seeds} seeds, {self.orders} orders in {seconds:.1f} s: {self.seeds / seconds:.2f} seeds/s"
        yield f"outcomes: {_counts(self.outcomes)}"
        yield f"faults: {sum(self.faults.values())} injected: {_counts(self.faults)}"
        yield f"violations: {len(self.failed)} seeds{': ' + _some(self.failed) if self.failed else ''}"


def story(*, history: History) -> Iterator[str]:
    """Return what went wrong under a seed, and the trace of the first order that it went wrong with."""
    yield f"seed {history.seed}: faults {', '.join(history.faults) or 'none'}"
    for violation in history.wrong[:MOST_VIOLATIONS]:
        yield f"  {violation[: 2 * WIDEST]}"
    if len(history.wrong) > MOST_VIOLATIONS:
        yield f"  and {len(history.wrong) - MOST_VIOLATIONS} more"
    order_id = _first_order(history)
    if order_id:
        lines = [line for line in history.lines if line.key == order_id]
        yield f"  order {order_id}, {len(lines)} lines (full trace: --seed {history.seed} --trace {order_id})"
        shown = lines if len(lines) <= 2 * MOST_LINES else [*lines[:MOST_LINES], *lines[-MOST_LINES:]]
        yield from (f"  {_short(str(line), order_id)}" for line in shown)


def _first_order(history: History) -> str | None:
    keys = {line.key for line in history.lines}
    named: list[str] = [found for violation in history.wrong for found in ORDER.findall(violation) if found in keys]
    if named:
        return named[0]
    ids = {word.rstrip(":") for violation in history.wrong for word in violation.split()}
    return next((line.key for line in history.lines if line.key and ids & set(line.text.split())), None)


def _short(line: str, order_id: str) -> str:
    return line.replace(order_id, "#")[:WIDEST]


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items(), key=lambda each: (-each[1], each[0])))


def _some(seeds: Iterable[int]) -> str:
    found = sorted(seeds)
    return ", ".join(map(str, found[:20])) + (" ..." if len(found) > len(found[:20]) else "")
