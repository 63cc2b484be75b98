"""Where processes are killed: the steps of all of them are numbered, and some numbers are the last of their process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from simulation.process import Process


class Crashes:
    """Counts steps from the moment that it is armed, over all processes: one number is one moment of a history."""

    def __init__(self, *, at: Sequence[int]) -> None:
        self.at = tuple(at)
        self.armed = False
        self.steps: list[str] = []

    def strike(self, *, process: str) -> bool:
        """Count a step of a process; return whether it is killed there."""
        if not self.armed:
            return False
        self.steps.append(process)
        return len(self.steps) in self.at

    def place(self, *, number: int) -> str:
        """Return whose step that was, by the process's own count."""
        process = self.steps[number - 1]
        return f"{process}@{self.steps[:number].count(process)}"


class Mortal(Process):
    """A process that is killed at the steps where it is to be, and otherwise lives in calm weather."""

    def __init__(self, *, crashes: Crashes, **given: Any) -> None:
        self._crashes = crashes
        super().__init__(**given)

    async def step(self) -> None:
        """Be between two steps, and perhaps go no further."""
        if self._crashes.strike(process=self.name):
            self.kill()
            await asyncio.sleep(0)
