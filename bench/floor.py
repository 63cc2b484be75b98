"""Two floors: the checkout in batches over PostgreSQL alone, decided in a program or by the statements themselves.

No system that does more can cost less.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from bench.checkout import checkout_of
from bench.shop_peer import ShopPeer
from bench.workload import Order
from chassis.statements import read_statements

_ENDS = {"invoices": True, "cancellations": False}


class Floor(ShopPeer):
    """Five services that carry messages through tables: the least that services can do who decide in a program."""

    name = "floor"
    package = "bench.carried"
    statements = "statements.sql"
    schemas = (Path(__file__).with_name("carried") / "tables.sql",)

    async def begin(self) -> None:
        """Start the worker, and listen for ends."""
        self._statements = read_statements(package=self.package, name=self.statements)
        self._waiting: dict[str, asyncio.Future[bool]] = {}
        self._submitted: list[Order] = []
        self._woken = {name: asyncio.Event() for name in ("submit", *_ENDS)}
        self._connections = [await asyncpg.connect(self.database_url) for _ in self._woken]
        submitting, *looking = self._connections
        self._tasks = [asyncio.create_task(self._submit(submitting))]
        for connection, (table, completed) in zip(looking, _ENDS.items(), strict=True):
            await connection.add_listener(table, lambda *_, woken=self._woken[table]: woken.set())
            self._tasks.append(asyncio.create_task(self._look(connection, table, completed=completed)))
        self.programs.run(
            name="worker",
            argv=(sys.executable, "-m", self.package),
            environment={"BENCH_DATABASE_URL": self.database_url},
        )

    async def carry(self, order: Order) -> bool:
        """Hand the order in with all others that come up meanwhile."""
        end: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[order.order_id] = end
        self._submitted.extend([order] * (1 + order.twice))
        self._woken["submit"].set()
        return await end

    async def end(self) -> None:
        """Let go of the connections."""
        for task in getattr(self, "_tasks", ()):
            task.cancel()
        for connection in getattr(self, "_connections", ()):
            connection.terminate()

    def columns(self, orders: Sequence[Order]) -> tuple[list[Any], ...]:
        """Return the parameters of the statement that hands these orders in."""
        return ([orjson.dumps({**checkout_of(order=order), "type": "place-order"}).decode() for order in orders],)

    async def _submit(self, connection: Any) -> None:
        statement = await connection.prepare(self._statements["submit"])
        while True:
            await self._woken["submit"].wait()
            self._woken["submit"].clear()
            orders, self._submitted = self._submitted, []
            await statement.fetchval(*self.columns(orders))

    async def _look(self, connection: Any, table: str, *, completed: bool) -> None:
        last = 0
        while True:
            await self._woken[table].wait()
            self._woken[table].clear()
            # Not prepared by hand: after that a server tells of nothing before the next statement has ended.
            for number, order_id in await connection.fetch(self._statements[table], last):
                last = number
                self._waiting.pop(order_id).set_result(completed)


class FloorSql(Floor):
    """Five stages, each one statement: no order travels to a program and back, which is less than a service can do."""

    name = "floor-sql"
    package = "bench.flow"
    statements = "stages.sql"
    schemas = (Path(__file__).with_name("flow") / "tables.sql",)

    def columns(self, orders: Sequence[Order]) -> tuple[list[Any], ...]:
        """Return the orders as the columns of the table they wait in."""
        first, second = ([order.lines[number] for order in orders] for number in range(2))
        return (
            [order.order_id for order in orders],
            [order.customer for order in orders],
            [order.total for order in orders],
            *([line.sku for line in lines] for lines in (first, second)),
            *([line.quantity for line in lines] for lines in (first, second)),
        )
