"""The worker of the floor in SQL: a task and a connection for each stage, in one process, woken by the stage before."""

import asyncio
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import uvloop

from bench.waking import Worker
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


class Stages(Worker):
    """The stages, each of which is one statement."""

    def __init__(self) -> None:
        """Begin nothing."""
        super().__init__(stages=NEXT, channel="commands")
        self._statements = read_statements(package="bench.flow", name="stages.sql")
        self._stock = asyncio.Lock()

    async def batch(self, stage: str, connection: Any) -> Iterable[str] | None:
        """Run the statement of a stage; it wakes all that may follow."""
        turn: AbstractAsyncContextManager[object] = self._stock if stage in STOCK else nullcontext()
        async with turn:
            taken = await connection.fetchval(self._statements[stage])
        return NEXT[stage] if taken else None


if __name__ == "__main__":
    uvloop.run(Stages().work(url=os.environ["BENCH_DATABASE_URL"]))
