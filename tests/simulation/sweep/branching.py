"""Every second crash after a first one, played from one history: at each later step a child process branches off.

It is killed there and plays on, while the parent waits and then goes on as if nothing had been. So the steps before the
second crash are played once, and not once for each second crash.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import traceback
from os import fork  # taken, like the next two, before any history begins: within one nobody may
from random import getstate, setstate
from typing import NoReturn

from simulation.loop import running
from simulation.sweep.crashes import Crashes
from simulation.sweep.playing import Case, Played, played_with


class Branches(Crashes):
    """Kills at one number, and in a child process of its own at each later one."""

    def __init__(self, *, first: int) -> None:
        super().__init__(at=(first,))
        self.ends: list[bytes] = []
        self._tell: int | None = None

    @property
    def is_branch(self) -> bool:
        """Whether this is a child by now."""
        return self._tell is not None

    def strike(self, *, process: str) -> bool:
        """Count a step; return whether the process is killed there, in this history or in a branch of it."""
        struck = super().strike(process=process)
        if self.is_branch or not self.armed or len(self.steps) <= self.at[0]:
            return struck
        return self._branch()

    def leave(self, end: bytes) -> NoReturn:
        """Tell the parent how this branch has ended, and be no more."""
        if self._tell is not None:
            with os.fdopen(self._tell, "wb") as pipe:
                pipe.write(end)
        os._exit(0)

    def _branch(self) -> bool:
        loop, generator = running(), getstate()
        hear, tell = os.pipe()
        child = fork()
        if not child:
            os.close(hear)
            self._tell, self.at = tell, (*self.at, len(self.steps))
            # In a child asyncio forgets the loop, and the generator that all share is seeded anew.
            asyncio._set_running_loop(loop)
            setstate(generator)
            return True
        os.close(tell)
        with os.fdopen(hear, "rb") as pipe:
            self.ends.append(pipe.read())
        os.waitpid(child, 0)
        return False


def play_after(case: Case, /) -> list[Played]:
    """Run a case with one crash; return what becomes of each second crash after it, in their order."""
    branches = Branches(first=case.at[0])
    try:
        played, _ = played_with(branches, saga=case.saga)
        if branches.is_branch:
            branches.leave(pickle.dumps(played))
    except BaseException:
        if not branches.is_branch:
            raise
        traceback.print_exc()
        branches.leave(b"")
    if not all(branches.ends):
        raise RuntimeError(f"a branch of {case} broke off")
    return [pickle.loads(end) for end in branches.ends]  # noqa: S301 - said by our own children
