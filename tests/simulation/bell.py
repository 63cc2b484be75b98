"""A call that wakes who waits for it, for a bounded time: an event for what waits ten thousand times a history."""

from __future__ import annotations

import asyncio

from simulation.loop import running


class Bell:
    """One waits at a time. ``asyncio.timeout`` around an event does the same with a cancellation and two exceptions."""

    def __init__(self) -> None:
        self._waiting: asyncio.Future[None] | None = None

    def ring(self) -> None:
        """Wake who waits now; nobody hears it later."""
        _wake(self._waiting)

    async def heard(self, *, seconds: float) -> None:
        """Wait until it rings, or so long."""
        loop = running()
        self._waiting = loop.create_future()
        timer = loop.call_later(seconds, _wake, self._waiting)
        try:
            await self._waiting
        finally:
            timer.cancel()


def _wake(waiting: asyncio.Future[None] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)
