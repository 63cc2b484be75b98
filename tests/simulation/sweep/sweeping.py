"""Plays cases by the thousand, on all cores, and says how many of them an order has survived."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from simulation.sweep.branching import play_after
from simulation.sweep.playing import Case, Played, calm, play, unlike
from simulation.sweep.sagas import MAIN

T = TypeVar("T")

COMMAND = "PYTHONPATH=tests .venv/bin/python -m simulation.sweep"
CHUNK = 16
MOST_SHOWN = 200
TELL_EVERY = 2_000


@dataclass(slots=True)
class Sweep:
    """The sagas to sweep; ``pairs`` is how many of each main saga, None is all. What failed is kept."""

    sagas: Sequence[str]
    jobs: int
    pairs: int | None = 0
    failed: list[Case] = field(default_factory=list)
    _before: dict[str, Played] = field(default_factory=dict)
    _singles: dict[str, dict[int, int]] = field(default_factory=dict)
    _played: int = 0

    def run(self, *, points: int | None = None) -> Iterator[str]:
        """Sweep; yield what there is to say. ``points`` is how many of each saga, None is all."""
        with ProcessPoolExecutor(max_workers=self.jobs) as pool:
            for saga in self.sagas:
                yield from self._calm(saga)
                numbers = range(1, self._before[saga].steps + 1)
                cases = [Case(saga, (number,)) for number in _some(numbers, points, saga)]
                yield from self._count(pool.map(play, cases, chunksize=CHUNK), of=len(cases))
            swept = self._played
            yield f"sweep: {len(self.sagas)} sagas, {swept:,} crash points, {swept - len(self.failed):,} survived"
            if self.pairs != 0:
                yield from self._pairs(pool)

    def _calm(self, saga: str) -> Iterator[str]:
        self._before[saga], services = calm(saga=saga)
        played = self._before[saga]
        told = ", ".join(f"{service} {count}" for service, count in sorted(services.items()))
        yield f"{saga}: ends {played.outcome.state}, {played.steps} steps: {told}"
        if wrong := list(unlike(played=played, before=played)):
            yield from self._fail(played, wrong)

    def _pairs(self, pool: ProcessPoolExecutor) -> Iterator[str]:
        before, failed = self._played, len(self.failed)
        for saga in [each for each in self.sagas if each in MAIN]:
            singles = self._singles.get(saga, {})
            pairs = [(first, second) for first, steps in singles.items() for second in range(first + 1, steps + 1)]
            chosen = _some(pairs, self.pairs, saga)
            yield f"{saga}: {len(chosen):,} of {len(pairs):,} pairs"
            if chosen is pairs:
                branches = pool.map(play_after, [Case(saga, (first,)) for first in singles])
                played: Iterator[Played] = chain.from_iterable(branches)
            else:
                played = pool.map(play, [Case(saga, pair) for pair in chosen], chunksize=CHUNK)
            yield from self._count(played, of=len(chosen))
        count = self._played - before
        yield f"sweep: {count:,} pairs of crash points, {count - len(self.failed) + failed:,} survived"

    def _count(self, cases: Iterable[Played], *, of: int) -> Iterator[str]:
        for number, played in enumerate(cases, start=1):
            self._played += 1
            case = played.case
            if len(case.at) == 1:
                self._singles.setdefault(case.saga, {})[case.at[0]] = played.steps
            if wrong := list(unlike(played=played, before=self._before[case.saga])):
                yield from self._fail(played, wrong)
            if not number % TELL_EVERY:
                yield f"  {number:,} of {of:,}"

    def _fail(self, played: Played, wrong: Sequence[str]) -> Iterator[str]:
        self.failed.append(played.case)
        if len(self.failed) <= MOST_SHOWN:
            yield f"  FAILED {played.case.saga}, killed at {', '.join(played.places) or 'no step'}"
            yield from (f"    {violation}" for violation in wrong)
            yield f"    {COMMAND} {played.case}"


def _some(found: Sequence[T], most: int | None, seed: str) -> Sequence[T]:
    if most is None or most >= len(found):
        return found
    return random.Random(seed).sample(found, most)
