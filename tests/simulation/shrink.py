"""From a history that breaks an invariant to a small one that breaks the same: fewer orders, faults, and strikes."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from simulation.history import STORM_SECONDS, WHOLE, Cut, History

MOST_TRIES = 60
BESIDES = ("channel", "whims")
"""What goes wrong in every history without being drawn, and can be left out."""

Run = Callable[[Cut], History]


@dataclass(slots=True)
class Shrinking:
    """The smallest history so far; a smaller one takes its place when it breaks the same invariant."""

    run: Run
    history: History
    invariant: str
    tries: int = MOST_TRIES
    cut: Cut = WHOLE

    def attempt(self, cut: Cut) -> bool:
        """Run a smaller history; keep it and return true when it breaks the same invariant."""
        if self.tries <= 0 or cut == self.cut:
            return False
        self.tries -= 1
        found = self.run(cut)
        if self.invariant not in {invariant_of(wrong) for wrong in found.wrong}:
            return False
        self.cut, self.history = cut, found
        return True


def shrunk(*, history: History, orders: int, run: Run, tries: int = MOST_TRIES) -> tuple[Cut, History]:
    """Return what to leave of this history and what then happens, after so many tries at most."""
    state = Shrinking(run=run, history=history, invariant=invariant_of(history.wrong[0]), tries=tries)
    state.cut = replace(WHOLE, orders=tuple(range(orders)))
    _fewer_orders(state)
    _fewer_faults(state)
    _fewer_strikes(state)
    _shorter_storm(state)
    _fewer_orders(state)
    return state.cut, state.history


def invariant_of(violation: str) -> str:
    """Return which invariant a violation breaks: its first word."""
    return violation.split(maxsplit=1)[0].rstrip(":")


def command_line(*, seed: int, cut: Cut) -> str:
    """Return what to type to see this history again."""
    return shlex.join(["python", "-m", "simulation", "--seed", str(seed), *_options(cut)])


def _options(cut: Cut) -> Iterator[str]:
    if cut.orders is not None:
        yield from ("--only", ",".join(map(str, cut.orders)))
    if cut.without:
        yield from ("--without", ",".join(sorted(cut.without)))
    if cut.strikes is not None:
        yield from ("--strikes", str(cut.strikes))
    if cut.storm != STORM_SECONDS:
        yield from ("--storm", str(cut.storm))


def _fewer_orders(state: Shrinking) -> None:
    """Keep one order that is concerned, or leave out one half, quarter, eighth after the other."""
    for number in state.history.concerned:
        if state.attempt(replace(state.cut, orders=(number,))):
            return
    size = len(state.cut.orders or ()) // 2
    while size:
        for some in _chunks(state.cut.orders or (), size):
            left = tuple(number for number in state.cut.orders or () if number not in some)
            if left:
                state.attempt(replace(state.cut, orders=left))
        size //= 2


def _fewer_faults(state: Shrinking) -> None:
    everything = frozenset({*state.history.faults, *BESIDES})
    if not state.attempt(replace(state.cut, without=everything)):
        for name in sorted(everything):
            state.attempt(replace(state.cut, without=state.cut.without | {name}))


def _fewer_strikes(state: Shrinking) -> None:
    """Find, by halving, after how few strikes of the constant faults it still happens."""
    low, high = -1, sum(state.history.injected.values())
    while high - low > 1 and state.tries > 0:
        middle = (low + high) // 2
        if state.attempt(replace(state.cut, strikes=middle)):
            high = middle
        else:
            low = middle


def _shorter_storm(state: Shrinking) -> None:
    while state.cut.storm > 1.0 and state.attempt(replace(state.cut, storm=state.cut.storm / 2)):
        continue


def _chunks(numbers: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]
