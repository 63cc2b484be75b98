"""How a worker is told orders: a line of JSON for each, over TCP, and a line back when it has ended."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from bench.checkout import Checkout, End

Carry = Callable[[Checkout], Awaitable[bool]]

HOST = "127.0.0.1"


async def serve(*, port: int, carry: Carry) -> None:
    """Carry what comes until the process ends; a duplicate of an order is answered too."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def one(line: bytes) -> None:
            checkout: Checkout = json.loads(line)
            end: End = {"order_id": checkout["order_id"], "completed": await carry(checkout)}
            writer.write(json.dumps(end).encode() + b"\n")

        async with asyncio.TaskGroup() as group:
            while line := await reader.readline():
                group.create_task(one(line))

    server = await asyncio.start_server(talk, HOST, port)
    await server.serve_forever()
