"""What many histories come to: how fast, what was injected, how orders ended, and the story of a failure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from simulation.coverage import Pair, possible
from simulation.history import History
from simulation.trace import Line

ORDER = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b")
WIDEST = 160
MOST_LINES = 40
MOST_VIOLATIONS = 10
MANY_SEEDS, ENOUGH = 1_000, 0.95
"""From so many histories on, at least this share of the rows of the state tables must have been taken."""


@dataclass(slots=True)
class Report:
    """The sums over histories."""

    seeds: int = 0
    orders: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    failed: list[int] = field(default_factory=list)
    taken: set[Pair] = field(default_factory=set)
    last_new: int = 0

    def add(self, history: History) -> None:
        """Add a history."""
        self.seeds += 1
        self.orders += sum(history.outcomes.values())
        self.faults += history.injected
        self.outcomes += history.outcomes
        if not history.taken <= self.taken:
            self.taken |= history.taken
            self.last_new = self.seeds
        if history.wrong:
            self.failed.append(history.seed)

    def uncovered(self) -> bool:
        """Return whether so many histories should have taken more of the state tables."""
        return self.seeds >= MANY_SEEDS and len(possible() - self.taken) > (1 - ENOUGH) * len(possible())

    def lines(self, *, seconds: float) -> Iterator[str]:
        """Return the summary, line by line."""
        yield f"{self.seeds} seeds, {self.orders} orders in {seconds:.1f} s: {self.seeds / seconds:.2f} seeds/s"
        yield f"outcomes: {_counts(self.outcomes)}"
        yield f"faults: {sum(self.faults.values())} injected: {_counts(self.faults)}"
        yield from self._coverage()
        yield f"violations: {len(self.failed)} seeds{': ' + _some(self.failed) if self.failed else ''}"

    def _coverage(self) -> Iterator[str]:
        rows, missing = possible(), sorted(possible() - self.taken)
        all_, left = (Counter(pair.table for pair in pairs) for pairs in (rows, missing))
        tables = ", ".join(f"{table} {all_[table] - left[table]} of {all_[table]}" for table in sorted(all_))
        share = 100 * (len(rows) - len(missing)) // len(rows)
        yield f"coverage: {share} % ({len(rows) - len(missing)} of {len(rows)}): {tables}"
        if self.seeds >= MANY_SEEDS or len(missing) < MOST_LINES:
            yield f"never taken: {'; '.join(map(str, missing)) or 'nothing'}"
        yield f"the last new pair was taken by history {self.last_new}"


def story(*, history: History) -> Iterator[str]:
    """Return what went wrong under a seed, and the trace of the first order that it went wrong with."""
    yield f"seed {history.seed}: faults {', '.join(history.faults) or 'none'}"
    for violation in history.wrong[:MOST_VIOLATIONS]:
        yield f"  {violation[: 2 * WIDEST]}"
    if len(history.wrong) > MOST_VIOLATIONS:
        yield f"  and {len(history.wrong) - MOST_VIOLATIONS} more"
    order_id = _first_order(history)
    if order_id:
        lines = [line for line in history.lines if line.key == order_id or _is_told(line)]
        yield f"  order {order_id}, {len(lines)} lines (full trace: --seed {history.seed} --trace {order_id})"
        shown = lines if len(lines) <= 2 * MOST_LINES else [*lines[:MOST_LINES], *lines[-MOST_LINES:]]
        yield from (f"  {_short(str(line), order_id)}" for line in shown)


def _is_told(line: Line) -> bool:
    """Return whether a line that is nobody's says what went wrong around the order."""
    return not line.key and not any(noise in line.text for noise in (" raises the epoch ", ": generation "))


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
