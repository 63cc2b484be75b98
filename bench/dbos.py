"""DBOS: a library that keeps workflows in PostgreSQL, in two worker processes."""

import asyncio

from bench.lines import Line
from bench.programs import THEIRS, free_port, listens, missing_environment
from bench.shop_peer import ShopPeer
from bench.workload import Order

WORKERS = 2


class Dbos(ShopPeer):
    """A workflow per order."""

    name = "dbos"

    def absent(self) -> str | None:
        """Return what is missing: the environment of the peers."""
        return missing_environment()

    async def begin(self) -> None:
        """Start the workers, the first alone: it makes the tables of DBOS."""
        self._lines = [await self._worker(number) for number in range(WORKERS)]

    async def carry(self, order: Order) -> bool:
        """Tell a worker, always the same of the same order."""
        return await self._lines[int(order.order_id[-1], 16) % WORKERS].carry(order=order)

    async def end(self) -> None:
        """Hang up."""
        for line in getattr(self, "_lines", ()):
            await line.close()

    async def _worker(self, number: int) -> Line:
        port = free_port()
        argv = (str(THEIRS), "-m", "bench.engines.dbos_worker", "--number", str(number), "--port", str(port))
        await asyncio.to_thread(
            lambda: self.programs.run(
                name=f"worker {number}",
                argv=argv,
                environment={"BENCH_DATABASE_URL": self.database_url},
                ready=lambda: listens(port=port),
            )
        )
        return await Line.open(port=port)
