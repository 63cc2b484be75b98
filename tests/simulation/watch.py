"""The watchdog of a simulated process: production's own, over virtual time, with a life of its own for its thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chassis.parts import Parts
from chassis.watchdog import CHECK_SECONDS, Watchdog
from simulation.loop import Life, running

STALL_SECONDS = 30.0
"""Longer than a process is frozen at a time and the ten seconds between two confirmations: none of them is a wedge."""
ONE_FREEZE_SECONDS = 12.0
"""As long as a process is frozen at a time, at most."""

EVENT_LOOP = "the event loop"
WORKERS = ("Loop.run", "Relay._forward", "Tasks.run", "Offsets.run", "GroupMember.run", "Process._fetch")
WEDGES = (EVENT_LOOP, *WORKERS)


class Watch:
    """Ticks within the event loop of its process and looks at it from outside, as the thread does."""

    def __init__(self, *, life: Life, parts: Parts, bark: Callable[[], None]) -> None:
        self.wedged = ""
        self._life = life
        self._thread, context = running().born(name=f"{life.name}, watchdog")
        self._polled = running().now
        self._handing_over = False
        self._frozen: list[tuple[float, float]] = []
        self._frozen_since = 0.0
        self._watchdog = Watchdog(stall_seconds=STALL_SECONDS, signs={**parts.signs(), "polls": self._idle}, kill=bark)
        self._looking = running().create_task(self._look(), context=context)

    async def tick(self) -> None:
        """Show that the event loop turns."""
        await self._watchdog.tick()

    def found(self) -> str:
        """Return what does not work."""
        return ", ".join(self._watchdog.stalled()) or EVENT_LOOP

    def polled(self) -> None:
        """Note that the consumer asks for records."""
        self._polled = running().now

    @property
    def at_work(self) -> bool:
        """Whether nothing of it is wedged yet, and its records do not wait for the loop, which would be no silence."""
        return not self.wedged and not self._handing_over

    @contextmanager
    def handing_over(self) -> Iterator[None]:
        """Hold no silence against a consumer whose records wait for the loop, as production does."""
        self._handing_over = True
        yield
        self._handing_over = False
        self.polled()

    @property
    def hardly_ran(self) -> bool:
        """Whether it was frozen again and again, so that it could not show that it lives: to end it then is right."""
        begin = running().now - STALL_SECONDS
        return sum(max(0.0, end - max(since, begin)) for since, end in self._frozen) > ONE_FREEZE_SECONDS

    def freeze(self) -> None:
        """Stop the thread with its process."""
        if self._thread.running:
            self._frozen_since = running().now
        self._thread.running = False

    def thaw(self) -> None:
        """Let the thread and the event loop go on, unless that is blocked."""
        self._frozen.append((self._frozen_since, running().now))
        running().wake(self._thread)
        if self.wedged != EVENT_LOOP:
            running().wake(self._life)

    def wedge(self, work: str) -> None:
        """Block the event loop, or hold one worker."""
        self.wedged = work
        if work == EVENT_LOOP:
            self._life.running = False
        else:
            running().hold(self._life, work=work)

    def _idle(self) -> float:
        return 0.0 if self._handing_over else running().now - self._polled

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            self._watchdog.look()
