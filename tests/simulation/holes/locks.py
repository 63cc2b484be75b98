"""The row locks of a transaction whose process stands still, and the time-outs by which the server ends it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from importlib.resources import files

from chassis.store.errors import Unavailable
from chassis.store.postgres import RAISE_WAIT
from chassis.store.values import Write, Written
from simulation.loop import running
from simulation.process import Process

NEVER = float("inf")


def role_seconds(name: str) -> float:
    """Return a time-out of the role that serves, as every server is set up with it; what is not set never ends."""
    text = (files("embedded") / "service.sql").read_text()
    found = re.findall(rf"ALTER ROLE :\"runner\" SET {name} = '(\d+)s'", text)
    return float(found[-1]) if found else NEVER


@dataclass(slots=True)
class Locks:
    """One transaction of a process that stops inside it; its locks are held until the server ends its session.

    It has sent a statement and does not hear the answer, so that it is not idle: only the whole time counts.
    """

    old: Process
    most_seconds: float = field(default_factory=lambda: role_seconds("transaction_timeout"))
    wait_seconds: float = float(RAISE_WAIT.removesuffix("s"))
    _held: dict[int, float] = field(default_factory=dict)

    async def stop_inside(self, *, write: Write) -> Written:
        """Lock the owners' rows, and stand still."""
        self._held = dict.fromkeys(write.fence, running().now + self.most_seconds)
        self.old.freeze()
        await asyncio.sleep(0)
        raise Unavailable("the server has ended the session")

    async def raise_epoch(self, raised: Callable[..., Awaitable[int]], *, shard: int) -> int:
        """Wait for the lock, and no longer than the server lets anybody wait."""
        left = self._held.get(shard, 0.0) - running().now
        if left > self.wait_seconds:
            await asyncio.sleep(self.wait_seconds)
            raise Unavailable("canceling statement due to lock timeout")
        await asyncio.sleep(max(left, 0.0))
        return await raised(shard=shard)
