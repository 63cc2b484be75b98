"""The worker of the floor: a task and a connection for each service, in one process, woken by who says something."""

import asyncio
import os
from typing import Any

import asyncpg
import orjson
import uvloop

from bench.carried.services import SERVICES, Desk

BATCH = 256
# Written while the queues are empty, a plan would read whole tables; a session that cannot keeps to the keys.
SETTINGS = {"enable_seqscan": "off"}


class Worker:
    """The services and what wakes them."""

    def __init__(self) -> None:
        self._woken = {name: asyncio.Event() for name in SERVICES}

    async def work(self, *, url: str) -> None:
        """Work until the process ends."""
        listener = await asyncpg.connect(url)
        await listener.add_listener("submitted", lambda *_: self._woken["order"].set())
        async with asyncio.TaskGroup() as group:
            for name in SERVICES:
                group.create_task(self._serve(name, await asyncpg.connect(url, server_settings=SETTINGS)))

    async def _serve(self, name: str, connection: Any) -> None:
        woken = self._woken[name]
        while True:
            woken.clear()  # before looking: what comes while we look wakes us again
            if not await self.batch(name, connection):
                await woken.wait()

    async def batch(self, name: str, connection: Any) -> bool:
        """Handle a batch in one transaction; return whether there was one."""
        desk = Desk(connection)
        async with connection.transaction():
            taken = await connection.fetch(
                f"DELETE FROM to_{name} WHERE seq <= "  # noqa: S608 - by our table of services
                f"(SELECT max(seq) FROM (SELECT seq FROM to_{name} ORDER BY seq LIMIT {BATCH}) AS first) "
                "RETURNING seq, message"
            )
            if not taken:
                return False
            await SERVICES[name](desk, [orjson.loads(message) for _, message in sorted(taken)])
            for service, messages in desk.said.items():
                await connection.execute(
                    f"INSERT INTO to_{service} (message) SELECT unnest(CAST($1 AS text[]))",
                    [orjson.dumps(message).decode() for message in messages],
                )
            for end in desk.ends:
                await connection.execute(f"NOTIFY {end}")
        for service in desk.said:
            self._woken[service].set()
        return True


if __name__ == "__main__":
    uvloop.run(Worker().work(url=os.environ["BENCH_DATABASE_URL"]))
