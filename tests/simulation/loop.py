"""An event loop whose time is virtual: it never waits, and the same program runs the same way on every machine."""

from __future__ import annotations

import asyncio
from asyncio.base_events import BaseEventLoop
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Stalled(Exception):
    """Nothing is ready and no timer is set: the program waits for something that can never come."""


class _NoSelector:
    """Stands where a loop asks the kernel: instead of waiting it moves the time on."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[object]:
        if timeout is None:
            raise Stalled("no task is ready and no timer is set")
        self._loop.now += timeout
        return []

    def close(self) -> None:
        """Hold nothing, free nothing."""


class VirtualLoop(BaseEventLoop):
    """Runs tasks in the order in which they became ready; ``now`` is the time in seconds since the start."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._selector = _NoSelector(self)
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Return the virtual time."""
        return self.now

    def _process_events(self, event_list: list[object]) -> None:
        """Have no events: nothing comes from outside."""

    def _write_to_self(self) -> None:
        """Need no wake-up: no other thread is there."""


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in virtual time; whatever it leaves running is cancelled."""
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(main)
    finally:
        _cancel_all(loop)
        asyncio.set_event_loop(None)
        loop.close()


def _cancel_all(loop: VirtualLoop) -> None:
    left = sorted(asyncio.all_tasks(loop), key=lambda task: task.get_name())
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
