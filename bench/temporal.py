"""Temporal: its development server with a file for its state, and a worker of its Python SDK."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from bench.lines import Line
from bench.peer import Run
from bench.programs import ENVIRONMENT, THEIRS, free_port, listens, missing_environment
from bench.shop_peer import ShopPeer
from bench.workload import Order
from embedded.ports import LOOPBACK

# One synchronised write for each of its transactions; without the write-ahead log there are several.
_DURABLE = ("--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=FULL")

MOST_IN_FLIGHT = 32  # the server has one connection to its file: with many more, requests wait there until they fail


class Temporal(ShopPeer):
    """A workflow per order, an activity per step."""

    name = "temporal"
    options: ClassVar[Sequence[str]] = ()

    def absent(self) -> str | None:
        """Return what is missing: the environment of the peers."""
        return missing_environment()

    async def begin(self) -> None:
        """Start the server and the worker."""
        server, port = await self._serve(), free_port()
        worker = (str(THEIRS), "-m", "bench.engines.temporal_worker", "--port", str(port), "--address", server)
        await asyncio.to_thread(
            lambda: self.programs.run(
                name="worker",
                argv=(*worker, *self.options),
                environment={"BENCH_DATABASE_URL": self.database_url},
                ready=lambda: listens(port=port),
            )
        )
        self._line = await Line.open(port=port)

    async def closed(self, *, orders: Sequence[Order], window: int) -> Run:
        """Carry the orders with so many in flight as the server bears."""
        return await super().closed(orders=orders, window=min(window, MOST_IN_FLIGHT))

    async def carry(self, order: Order) -> bool:
        """Tell the worker."""
        return await self._line.carry(order=order)

    async def end(self) -> None:
        """Hang up."""
        if hasattr(self, "_line"):
            await self._line.close()

    async def _serve(self) -> str:
        port = free_port()
        state = str(self.programs.folder / "temporal.db")
        command = (str(ENVIRONMENT / "bin" / "temporal"), "server", "start-dev", "--headless", "--port", str(port))
        await asyncio.to_thread(
            lambda: self.programs.run(
                name="temporal",
                argv=(*command, "--ip", LOOPBACK, "--db-filename", state, *_DURABLE, "--log-level", "error"),
                ready=lambda: listens(port=port),
            )
        )
        return f"{LOOPBACK}:{port}"


class TemporalLocal(Temporal):
    """The same with local activities, which the worker takes without asking the server for each."""

    name = "temporal-local"
    options = ("--local",)
