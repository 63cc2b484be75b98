"""The worker of the floor in SQL: a task and a connection for each stage, in one process, woken by the stage before."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import asyncpg
import uvloop

from chassis.statements import read_statements

# Who is woken by whom; the first by the load generator.
NEXT: Mapping[str, Sequence[str]] = {
    "place": ("reserve",),
    "reserve": ("pay", "cancel"),
    "pay": ("ship", "release"),
    "ship": ("invoice",),
    "invoice": (),
    "release": ("cancel",),
    "cancel": (),
}
STOCK = ("reserve", "release")  # write the same rows: one after the other, or they could wait for each other in a ring

# Written while the queues are empty, a plan would read whole tables; a session that cannot keeps to the keys.
SETTINGS = {"enable_seqscan": "off"}


class Stages:
    """The stages and what wakes them."""

    def __init__(self) -> None:
        self._statements = read_statements(package="bench.flow", name="stages.sql")
        self._woken = {stage: asyncio.Event() for stage in NEXT}
        self._stock = asyncio.Lock()

    async def work(self, *, url: str) -> None:
        """Work until the process ends."""
        listener = await asyncpg.connect(url)
        await listener.add_listener("commands", lambda *_: self._woken["place"].set())
        async with asyncio.TaskGroup() as group:
            for stage in NEXT:
                group.create_task(self._stage(stage, await asyncpg.connect(url, server_settings=SETTINGS)))

    async def _stage(self, stage: str, connection: Any) -> None:
        statement = await connection.prepare(self._statements[stage])
        turn: AbstractAsyncContextManager[object] = self._stock if stage in STOCK else nullcontext()
        woken = self._woken[stage]
        while True:
            woken.clear()  # before looking: what comes while we look wakes us again
            async with turn:
                taken = await statement.fetchval()
            if taken:
                for after in NEXT[stage]:
                    self._woken[after].set()
            else:
                await woken.wait()


if __name__ == "__main__":
    uvloop.run(Stages().work(url=os.environ["BENCH_DATABASE_URL"]))
