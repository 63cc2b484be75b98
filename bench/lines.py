"""The load generator's end of the lines to a worker (`bench.engines.lines` is the other)."""

import asyncio
import json
from dataclasses import dataclass, field

from bench.checkout import End, checkout_of
from bench.workload import Order
from embedded.ports import LOOPBACK


@dataclass(slots=True, kw_only=True)
class Line:
    """A connection to one worker."""

    writer: asyncio.StreamWriter
    waiting: dict[str, list[asyncio.Future[bool]]] = field(default_factory=dict)
    listening: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, *, port: int) -> "Line":
        """Connect."""
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        line = cls(writer=writer)
        line.listening = asyncio.create_task(line.listen(reader=reader))
        return line

    async def carry(self, *, order: Order) -> bool:
        """Submit an order, twice if it comes twice, and return whether it was completed when all answers are there."""
        loop = asyncio.get_running_loop()
        ends = [loop.create_future() for _ in range(1 + order.twice)]
        self.waiting[order.order_id] = list(ends)
        text = json.dumps(checkout_of(order=order)).encode() + b"\n"
        self.writer.write(text * len(ends))
        completed = await asyncio.gather(*ends)
        return all(completed)

    async def listen(self, *, reader: asyncio.StreamReader) -> None:
        """Take answers until the worker hangs up; who still waits then is told so."""
        while text := await reader.readline():
            end: End = json.loads(text)
            self.waiting[end["order_id"]].pop().set_result(end["completed"])
        for future in (future for futures in self.waiting.values() for future in futures):
            future.set_exception(ConnectionResetError("the worker has hung up"))

    async def close(self) -> None:
        """Hang up."""
        if self.listening is not None:
            self.listening.cancel()
        self.writer.close()
