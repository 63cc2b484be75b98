"""Kills one mutant: runs histories over the broken code until an invariant is broken, too."""

from __future__ import annotations

import inspect
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

import pytest

from simulation import deposits, history
from simulation.loop import Stalled, run
from simulation.quiet import silenced

ORDERS = 20
MOST_SEEDS = 40
BLUNDER = re.compile(r"\b(TypeError|AttributeError|NameError|ImportError|UnboundLocalError)\b")
"""What a mutant raises whose own code is wrong; a defect that somebody could have made raises none of these."""

UNFINISHED = ("I3 not at rest", "I3 not idle", "I3 there is always")
"""How it is said that a history does not come to its end; why it does not, other lines tell."""

Break = Callable[[pytest.MonkeyPatch], None]
Script = Callable[[], Awaitable[list[str]]]


class Run(Protocol):
    """One history that can kill a mutant."""

    @property
    def name(self) -> str:
        """What it is called in the table."""
        ...

    def wrong(self) -> list[str]:
        """Run it, and return what is wrong in the end."""
        ...


@dataclass(frozen=True, slots=True)
class Scripted:
    """A history that is written down."""

    script: Script

    @property
    def name(self) -> str:
        """The name of the script."""
        return self.script.__name__

    def wrong(self) -> list[str]:
        """Run it."""

        async def main() -> list[str]:
            return await self.script()

        return run(main())


@dataclass(frozen=True, slots=True)
class OfOrders:
    """A random history of the five services."""

    seed: int

    @property
    def name(self) -> str:
        """Its seed."""
        return f"orders, seed {self.seed}"

    def wrong(self) -> list[str]:
        """Run it."""
        return history.of_orders(seed=self.seed, orders=ORDERS).wrong


@dataclass(frozen=True, slots=True)
class OfDeposits:
    """A random history of the chassis and its toy services."""

    seed: int

    @property
    def name(self) -> str:
        """Its seed."""
        return f"deposits, seed {self.seed}"

    def wrong(self) -> list[str]:
        """Run it."""
        return deposits.history(seed=self.seed).wrong


@dataclass(frozen=True, slots=True)
class Mutant:
    """A defect, where it is, and the run that is known to kill it; when that does not, random ones are tried."""

    break_: Break
    where: str
    killer: Scripted | OfOrders | OfDeposits
    hole: int | None = None

    @property
    def name(self) -> str:
        """The name of the function that breaks the code."""
        return self.break_.__name__

    @property
    def says(self) -> str:
        """What is broken."""
        return inspect.cleandoc(self.break_.__doc__ or "").splitlines()[0]

    def runs(self) -> Iterator[Run]:
        """Return the runs to try, the most promising first; a seed is another history whenever the world changes."""
        yield self.killer
        if isinstance(self.killer, Scripted):
            return
        yield from (again for seed in range(MOST_SEEDS) if (again := replace(self.killer, seed=seed)) != self.killer)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant: who killed it and by which violation, or how many runs it survived."""

    mutant: str
    killer: Run | None
    violation: str
    runs: int
    seconds: float
    blunder: bool = field(default=False)

    @property
    def killed(self) -> bool:
        """Whether the defect itself was found out."""
        return self.killer is not None and not self.blunder


def hunt(*, mutant: Mutant) -> Verdict:
    """Break the code for good, and run until something is wrong; to be done in a process of its own."""
    begun, tried = time.process_time(), 0
    mutant.break_(pytest.MonkeyPatch())
    for each in mutant.runs():
        tried += 1
        wrong = found_by(each)
        if wrong:
            blunder = next((line for line in wrong if BLUNDER.search(line)), None)
            return Verdict(
                mutant=mutant.name,
                killer=each,
                violation=blunder or _cause(wrong),
                runs=tried,
                seconds=time.process_time() - begun,
                blunder=blunder is not None,
            )
    return Verdict(mutant.name, None, "", tried, time.process_time() - begun)


def found_by(each: Run) -> list[str]:
    """Return what is wrong at the end of a run, or that it has none."""
    with silenced():
        try:
            return each.wrong()
        except Stalled as stalled:
            return [f"it never ends: {stalled}"]


def _cause(wrong: list[str]) -> str:
    """Return the line that says most: a dead letter ends a history early, and then much else is unfinished."""
    telling = [line for line in wrong if not line.startswith(UNFINISHED)] or wrong
    return next((line for line in wrong if line.startswith("dead letter")), telling[0])
