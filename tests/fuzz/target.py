"""What is fuzzed, and how: inputs are drawn by number, so that each can be had again alone, and shrunk edit by edit."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Protocol

from fuzz.edits import Edit

SHOWN = 3


class Wrong(Exception):
    """The target did with an input what it must not do."""


class Stalled(Wrong):
    """Something goes on trying for ever, and what comes after it waits."""


@dataclass(frozen=True, slots=True)
class Case:
    """One input: what it was made of, and its edits."""

    seed: Any
    edits: tuple[Edit, ...] = ()


class Target(Protocol):
    """Something that takes input from outside."""

    def draw(self, *, rng: Random) -> Case:
        """Draw an input."""
        ...

    async def run(self, *, case: Case) -> bool:
        """Bring the input; return whether it was accepted. What escapes is a finding."""
        ...

    def show(self, *, case: Case) -> str:
        """Say what the input is."""
        ...


Opening = Callable[[str], AbstractAsyncContextManager[Target]]
"""Opens a target; it is given the address of PostgreSQL, or nothing when it needs none."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A target by name, which part of all inputs it gets, what one of them costs, and whether it needs PostgreSQL."""

    name: str
    share: int
    opening: Opening
    cost: float = 0.2
    postgres: bool = False

    @property
    def weight(self) -> float:
        """How long the target takes, compared with others."""
        return self.share * self.cost


@dataclass(slots=True)
class Tally:
    """What came of the inputs of one target."""

    name: str
    accepted: int = 0
    rejected: int = 0
    unhandled: int = 0
    stalled: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def inputs(self) -> int:
        """How many there were."""
        return self.accepted + self.rejected + self.unhandled + self.stalled

    def __str__(self) -> str:
        """Say it in one line."""
        stalled = f", {self.stalled:,} stalled" if self.stalled else ""
        return (
            f"fuzz: {self.name}: {self.inputs:,} inputs, {self.unhandled:,} unhandled{stalled}; "
            f"rejected {self.rejected:,}, accepted {self.accepted:,}"
        )


async def fuzz(*, plan: Plan, address: str, seed: int, first: int, inputs: int) -> Tally:
    """Bring so many inputs to a target."""
    tally = Tally(name=plan.name)
    kinds: set[str] = set()
    async with plan.opening(address) as target:
        for number in range(first, first + inputs):
            case = target.draw(rng=Random(f"{seed} {plan.name} {number}"))
            error = await _outcome(target, case, tally)
            if error is not None and (kind := _kind(error)) not in kinds and len(kinds) < SHOWN:
                kinds.add(kind)
                smallest = await _shrunk(target, case, kind)
                tally.findings.append(_story(plan, target, smallest, error, seed, number))
    return tally


async def _outcome(target: Target, case: Case, tally: Tally) -> Exception | None:
    try:
        accepted = await target.run(case=case)
    except Stalled as error:
        tally.stalled += 1
        return error
    except Exception as error:  # noqa: BLE001 - whatever escapes is what the fuzzer looks for
        tally.unhandled += 1
        return error
    tally.accepted += accepted
    tally.rejected += not accepted
    return None


async def _shrunk(target: Target, case: Case, kind: str) -> Case:
    """Leave out every edit without which it still goes wrong in the same way."""
    for edit in case.edits:
        smaller = replace(case, edits=tuple(each for each in case.edits if each is not edit))
        error = await _outcome(target, smaller, Tally(name="shrinking"))
        if error is not None and _kind(error) == kind:
            case = smaller
    return case


def _kind(error: Exception) -> str:
    """Return what tells one defect from another: the class, and where it was raised or what was wrong."""
    if isinstance(error, Wrong):
        return f"{type(error).__name__} {str(error)[:60]}"
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} {last.filename}:{last.lineno}"


def _story(plan: Plan, target: Target, case: Case, error: Exception, seed: int, number: int) -> str:
    told = str(error) if isinstance(error, Wrong) else "".join(traceback.format_exception(error)[-4:]).rstrip()
    lines = [
        f"fuzz: FOUND in {plan.name}, input {number}: {type(error).__name__}",
        *(f"  {line}" for line in told.splitlines()),
        f"  input: {target.show(case=case)}",
        *(f"  edit: {edit}" for edit in case.edits),
        f'  replay: PYTHONPATH=tests .venv/bin/python -m fuzz --seed {seed} --only "{plan.name}" --input {number}',
    ]
    return "\n".join(lines)
