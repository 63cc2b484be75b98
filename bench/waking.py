"""A worker of either floor: a task and a connection for each stage, in one process, woken by the stage before."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import asyncpg

# Written while the queues are empty, a plan would read whole tables; a session that cannot keeps to the keys.
_SETTINGS = {"enable_seqscan": "off"}


class Worker(ABC):
    """Stages and what wakes them: the first one a channel, the others whoever has something for them."""

    def __init__(self, *, stages: Iterable[str], channel: str) -> None:
        """Begin nothing; the first stage is the one that the channel wakes."""
        self._woken = {stage: asyncio.Event() for stage in stages}
        self._channel = channel

    @abstractmethod
    async def batch(self, stage: str, connection: Any) -> Iterable[str] | None:
        """Do a batch of a stage; return which others it wakes, None when there was nothing to do."""

    async def work(self, *, url: str) -> None:
        """Work until the process ends."""
        first = next(iter(self._woken.values()))
        listener = await asyncpg.connect(url)
        await listener.add_listener(self._channel, lambda *_: first.set())
        async with asyncio.TaskGroup() as group:
            for stage in self._woken:
                group.create_task(self._serve(stage, await asyncpg.connect(url, server_settings=_SETTINGS)))

    async def _serve(self, stage: str, connection: Any) -> None:
        woken = self._woken[stage]
        while True:
            woken.clear()  # before looking: what comes while we look wakes us again
            wakes = await self.batch(stage, connection)
            if wakes is None:
                await woken.wait()
            for after in wakes or ():
                self._woken[after].set()
