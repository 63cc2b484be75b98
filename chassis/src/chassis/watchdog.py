"""Ends a process that no longer works: a supervisor starts it again, and the next owner of its shards goes on.

A process is alive while its event loop ticks and each of its workers comes round. A broker or a database that is down
does not end it: the workers retry, and that counts as coming round.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger()

Sign = Callable[[], float]
"""Returns how many seconds ago a worker last came round."""

CHECK_SECONDS = 1.0


def _exit() -> None:
    os._exit(1)


@dataclass(slots=True)
class Watchdog:
    """Watches signs of life from a thread of its own, since a blocked event loop could not watch itself."""

    stall_seconds: float
    signs: Mapping[str, Sign]
    kill: Callable[[], None] = _exit
    _ticked: float = 0.0
    _silent: bool = False
    _stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin to watch."""
        self._ticked = time.monotonic()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        """Stop watching."""
        self._stopped.set()

    def stalled(self) -> list[str]:
        """Return the workers that have not come round for too long."""
        return [name for name, sign in self.signs.items() if sign() > self.stall_seconds]

    async def tick(self) -> None:
        """Show that the event loop turns, until cancelled; a stalled worker ends the process."""
        while True:
            self._ticked = time.monotonic()
            if stalled := self.stalled():
                log.error("watchdog.stalled", workers=stalled)
                self.kill()
            await asyncio.sleep(CHECK_SECONDS)

    def look(self) -> None:
        """Look from outside whether the event loop turns; one that was silent twice in a row ends the process."""
        # Twice: a process that was stopped and goes on finds the clock far ahead of its last tick.
        was_silent, self._silent = self._silent, time.monotonic() - self._ticked > self.stall_seconds
        if was_silent and self._silent:
            log.error("watchdog.event_loop_blocked")
            self.kill()

    def _watch(self) -> None:
        while not self._stopped.wait(CHECK_SECONDS):
            self.look()


def since(*, beat: Callable[[], float]) -> Sign:
    """Make a sign of life of a worker that notes the event loop's time; its silence before that counts from now on."""
    begun = asyncio.get_running_loop().time()

    def sign() -> float:
        return asyncio.get_running_loop().time() - (beat() or begun)

    return sign
