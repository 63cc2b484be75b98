"""An event loop whose time is virtual: it never waits, and the same program runs the same way on every machine.

It also knows which simulated process each piece of work belongs to, by the context in which it was started. So a
process can be stopped or killed between any two steps as SIGSTOP and SIGKILL do it: nothing of it runs any more, no
``finally`` either, while what it has sent goes on its way.
"""

from __future__ import annotations

import asyncio
import gc
import heapq
from asyncio.base_events import BaseEventLoop
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from typing import Any, TypeVar, TypeVarTuple

from simulation.guard import pure

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

MOST_TURNS = 50_000


class Stalled(Exception):
    """The program waits for something that can never come, or for nothing at all."""


class Life:
    """Whether a simulated process runs; what it wants to run while it does not is held back, in order."""

    def __init__(self, *, name: str) -> None:
        self.name = name
        self.running = True
        self.held: list[_Step] = []


LIFE: ContextVar[Life | None] = ContextVar("life", default=None)


class _Step(asyncio.TimerHandle):
    """Something to call, now or at a time. A history makes tens of thousands: each holds no more than it needs."""

    __slots__ = ()
    _callback: Callable[..., object]
    _args: tuple[Any, ...]
    _cancelled: bool
    _context: Context
    _when: float

    def __init__(self, callback: Callable[..., object], args: tuple[Any, ...], context: Context | None) -> None:
        self._callback = callback
        self._args = args
        self._cancelled = False
        self._context = copy_context() if context is None else context

    def cancel(self) -> None:
        """Call nothing."""
        self._cancelled = True


class VirtualLoop(BaseEventLoop):
    """Runs work in the order in which it became ready; ``now`` is the time in seconds since the start."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.lives: list[Life] = []
        self.tasks: dict[asyncio.Task[Any], Context] = {}
        self._ready: deque[_Step] = deque()
        # Of two timers for one moment the first one set comes first; tuples are compared without a line of Python.
        self._timers: list[tuple[float, int, _Step]] = []
        self._timers_set = 0
        self._turns = 0
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

    def hold(self, life: Life, *, work: str) -> None:
        """Let the tasks of a process that do this work stay where they are for ever; all others go on."""
        stuck = Life(name=f"{life.name}, {work}")
        stuck.running = False
        self.lives.append(stuck)
        for task, context in self.tasks.items():
            if not task.done() and context.get(LIFE) is life and getattr(task.get_coro(), "__qualname__", "") == work:
                context.run(LIFE.set, stuck)

    def outside(self, when: float, callback: Callable[[*Ts], object], *args: *Ts) -> None:
        """Call something at a time as the world does it, whoever asks: no process's end prevents it."""
        self.call_at(when, callback, *args, context=Context())

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Call in the next turn, unless the process that asks for it does not run then."""
        step = _Step(callback, args, context)
        self._ready.append(step)
        return step

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call at a virtual time, unless the process that asks for it does not run then."""
        step = _Step(callback, args, context)
        step._when = when
        self._timers_set += 1
        heapq.heappush(self._timers, (when, self._timers_set, step))
        return step

    def call_later(
        self, delay: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call after some virtual time, unless the process that asks for it does not run then."""
        return self.call_at(self.now + delay, callback, *args, context=context)

    def _run_once(self) -> None:
        """Run what is ready; when nothing is, move the time on to what comes next instead of waiting for it."""
        ready, timers = self._ready, self._timers
        while timers and timers[0][2]._cancelled:
            heapq.heappop(timers)
        if ready:
            self._turns += 1
            if self._turns > MOST_TURNS:
                raise Stalled("something turns round and round while the time stands still")
        elif timers:
            self._turns = 0
            self.now = max(self.now, timers[0][0])
        else:
            raise Stalled("no task is ready and no timer is set")
        while timers and timers[0][0] <= self.now:
            ready.append(heapq.heappop(timers)[2])
        for _ in range(len(ready)):
            step = ready.popleft()
            if step._cancelled:
                continue
            life = step._context.get(LIFE)
            if life is None or life.running:
                step._context.run(step._callback, *step._args)
            else:
                life.held.append(step)

    def _remember(
        self, loop: asyncio.AbstractEventLoop, work: Any, *, context: Context | None = None
    ) -> asyncio.Task[Any]:
        # The base loop holds tasks weakly: one that only waits for itself would vanish whenever memory is collected.
        own = copy_context() if context is None else context.copy()
        task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, context=own)
        self.tasks[task] = own
        return task


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in virtual time; whatever it leaves running is cancelled."""
    with _uncollected():
        return _run(main)


def _run(main: Coroutine[Any, Any, T]) -> T:
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    try:
        with pure(now=loop.time):
            return loop.run_until_complete(main)
    finally:
        _cancel_all(loop)
        asyncio.set_event_loop(None)
        loop.close()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Collect no memory during a history: nearly all of it lives as long. What is left of the one before goes first."""
    gc.collect(1)
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


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
