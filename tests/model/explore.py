"""Breadth-first over all states of a model: shortest ways to what is wrong, and states from which nothing ends."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

S = TypeVar("S", bound=Hashable)

PROGRESS = 100_000


class Model(Protocol[S]):
    """What can be explored: a first state, what may happen in a state, and what must hold."""

    def first(self) -> S:
        """Return the first state."""
        ...

    def successors(self, state: S, /) -> Iterable[tuple[str, S, tuple[str, ...]]]:
        """Return what may happen: its name, the state after it, and what is wrong with this step."""
        ...

    def wrong(self, state: S, /) -> list[str]:
        """Return what is wrong with a state."""
        ...

    def end(self, state: S, /) -> str:
        """Return how everything has ended, nothing when it has not."""
        ...

    def ends(self) -> frozenset[str]:
        """Return the ends that there must be a way to."""
        ...

    def optional(self, label: str, /) -> bool:
        """Whether this may as well never happen, so that no end may depend on it."""
        ...


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong, and the shortest way to it."""

    what: str
    path: tuple[str, ...]


@dataclass(slots=True)
class Explored(Generic[S]):
    """What was found; ``capped`` says that there is more than was looked at."""

    states: int = 0
    transitions: int = 0
    depth: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    capped: bool = False


@dataclass(slots=True)
class Search(Generic[S]):
    """One exploration."""

    model: Model[S]
    most_states: int
    progress: Callable[[int, int], None]
    numbers: dict[S, int] = field(default_factory=dict)
    found: Explored[S] = field(default_factory=Explored)
    _parents: array[int] = field(default_factory=lambda: array("l"))
    _labels: list[str] = field(default_factory=list)
    _edges: tuple[array[int], array[int]] = field(default_factory=lambda: (array("l"), array("l")))
    _ends: list[int] = field(default_factory=list)

    def run(self) -> Explored[S]:
        """Explore until nothing is new or something is wrong."""
        layer = [self._met(self.model.first(), 0, "")[0]]
        while layer and not self.found.violations and not self.found.capped:
            following: list[S] = []
            for state in layer:
                following.extend(self._expand(state))
                if self.found.violations:
                    break
            layer = following
            self.found.depth += bool(layer)
        if not self.found.violations and not self.found.capped:
            self._all_end()
            if missing := self.model.ends() - self.found.ends.keys():
                self._blame((f"no way to {', '.join(sorted(missing))}",), 0, None)
        self.found.states = len(self.numbers)
        return self.found

    def _expand(self, state: S) -> list[S]:
        number = self.numbers[state]
        fresh = []
        stuck = True
        for label, after, wrong in self.model.successors(state):
            stuck = False
            if wrong:
                self._blame(wrong, number, label)
                return []
            met, new = self._met(after, number, label)
            self.found.transitions += 1
            if not self.model.optional(label):
                self._edges[0].append(number)
                self._edges[1].append(self.numbers[met])
            if new:
                fresh.append(met)
        ended = self.model.end(state)
        if ended:
            self._ends.append(number)
            self.found.ends[ended] += 1
        if wrong_here := self.model.wrong(state):
            self._blame(wrong_here, number, None)
        elif stuck and not ended:
            self._blame(("deadlock: nothing can happen, and nothing has ended",), number, None)
        return fresh

    def _met(self, state: S, parent: int, label: str) -> tuple[S, bool]:
        number = self.numbers.setdefault(state, len(self.numbers))
        if number < len(self._parents):
            return state, False
        self._parents.append(parent)
        self._labels.append(label)
        if len(self.numbers) % PROGRESS == 0:
            self.progress(len(self.numbers), self.found.depth)
        self.found.capped = len(self.numbers) >= self.most_states
        return state, True

    def _all_end(self) -> None:
        """Go backward from the ends, by what must happen; what is not met on the way may never end."""
        sources, targets = self._edges
        starts = array("l", [0]) * (len(self.numbers) + 1)
        for target in targets:
            starts[target + 1] += 1
        for number in range(len(self.numbers)):
            starts[number + 1] += starts[number]
        into, places = array("l", [0]) * len(targets), array("l", starts)
        for source, target in zip(sources, targets, strict=True):
            into[places[target]] = source
            places[target] += 1
        ends = bytearray(len(self.numbers))
        todo = list(self._ends)
        for number in todo:
            ends[number] = 1
        while todo:
            number = todo.pop()
            for source in into[starts[number] : starts[number + 1]]:
                if not ends[source]:
                    ends[source] = 1
                    todo.append(source)
        lost = ends.find(0)
        if lost >= 0:
            self._blame(
                (f"need not end: {ends.count(0)} states from which no end is sure to be reachable",), lost, None
            )

    def _blame(self, wrong: Iterable[str], number: int, label: str | None) -> None:
        path = [label] if label is not None else []
        while number:
            path.append(self._labels[number])
            number = self._parents[number]
        self.found.violations.append(Violation("; ".join(wrong), tuple(reversed(path))))
