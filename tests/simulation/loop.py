"""An event loop whose time is virtual: it never waits, and the same program runs the same way on every machine.

It also knows which simulated process each piece of work belongs to, by the context in which it was started. So a
process can be stopped or killed between any two steps as SIGSTOP and SIGKILL do it: nothing of it runs any more, no
``finally`` either, while what it has sent goes on its way.
"""

from __future__ import annotations

import asyncio
import heapq
from asyncio.base_events import BaseEventLoop
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar
from typing import Any, TypeVar, TypeVarTuple

from simulation.guard import pure

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

MICROSECOND = 1e-6
MOST_TURNS = 50_000


class Stalled(Exception):
    """The program waits for something that can never come, or for nothing at all."""


class Life:
    """Whether a simulated process runs; what it wants to run while it does not is held back, in order."""

    def __init__(self, *, name: str) -> None:
        self.name = name
        self.running = True
        self.held: list[asyncio.Handle] = []


LIFE: ContextVar[Life | None] = ContextVar("life", default=None)


class _Guarded(asyncio.Handle):
    __slots__ = ()
    _context: Context

    def _run(self) -> None:
        life = self._context.get(LIFE)
        if life is None or life.running:
            super()._run()
        else:
            life.held.append(self)


class _GuardedTimer(_Guarded, asyncio.TimerHandle):
    __slots__ = ()
    _scheduled: bool


class _NoSelector:
    """Stands where a loop asks the kernel: instead of waiting it moves the time on."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._turns = 0

    def select(self, timeout: float | None) -> list[object]:
        if timeout is None:
            raise Stalled("no task is ready and no timer is set")
        self._turns = 0 if timeout else self._turns + 1
        if self._turns > MOST_TURNS:
            raise Stalled("something turns round and round while the time stands still")
        self._loop.now += timeout
        return []

    def close(self) -> None:
        """Hold nothing, free nothing."""


class VirtualLoop(BaseEventLoop):
    """Runs work in the order in which it became ready; ``now`` is the time in seconds since the start."""

    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.lives: list[Life] = []
        self.tasks: list[asyncio.Task[Any]] = []
        self._selector = _NoSelector(self)
        self._clock_resolution = MICROSECOND
        self.set_task_factory(self._remember)

    def time(self) -> float:
        """Return the virtual time."""
        return self.now

    def born(self, *, name: str) -> tuple[Life, Context]:
        """Return a new life and the context in which its work is to be started."""
        life, context = Life(name=name), Context()
        context.run(LIFE.set, life)
        self.lives.append(life)
        return life, context

    def wake(self, life: Life) -> None:
        """Let a stopped process go on, beginning with what was held back."""
        life.running = True
        self._ready.extend(life.held)
        life.held.clear()

    def outside(self, when: float, callback: Callable[[*Ts], object], *args: *Ts) -> None:
        """Call something at a time as the world does it, whoever asks: no process's end prevents it."""
        self.call_at(when, callback, *args, context=Context())

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call at a virtual time, unless the process that asks for it does not run then."""
        timer = _GuardedTimer(when, callback, args, self, context)
        heapq.heappush(self._scheduled, timer)
        timer._scheduled = True
        return timer

    def _call_soon(self, callback: Callable[..., object], args: Any, context: Context | None) -> asyncio.Handle:
        handle = _Guarded(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def _remember(
        self, loop: asyncio.AbstractEventLoop, work: Any, *, context: Context | None = None
    ) -> asyncio.Task[Any]:
        # The base loop holds tasks weakly: one that only waits for itself would vanish whenever memory is collected.
        task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, context=context)
        self.tasks.append(task)
        return task

    def _process_events(self, event_list: list[object]) -> None:
        """Have no events: nothing comes from outside."""

    def _write_to_self(self) -> None:
        """Need no wake-up: no other thread is there."""


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in virtual time; whatever it leaves running is cancelled."""
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    try:
        with pure(now=loop.time):
            return loop.run_until_complete(main)
    finally:
        _cancel_all(loop)
        asyncio.set_event_loop(None)
        loop.close()


def running() -> VirtualLoop:
    """Return the virtual loop that runs now."""
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualLoop):
        raise TypeError("the simulation runs on a virtual loop only")
    return loop


def _cancel_all(loop: VirtualLoop) -> None:
    left = [task for task in loop.tasks if not task.done()]
    for task in left:
        task.cancel()
    for life in loop.lives:
        loop.wake(life)
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
