"""The worker of the floor: a task and a connection for each service, in one process, woken by who says something."""

import os
from collections.abc import Iterable
from typing import Any

import orjson
import uvloop

from bench.carried.services import SERVICES, Desk
from bench.waking import Worker

BATCH = 256


class Services(Worker):
    """The five services."""

    def __init__(self) -> None:
        """Begin nothing."""
        super().__init__(stages=SERVICES, channel="submitted")

    async def batch(self, stage: str, connection: Any) -> Iterable[str] | None:
        """Handle a batch of a service's messages in one transaction; it wakes those it has said something to."""
        desk = Desk(connection)
        async with connection.transaction():
            taken = await connection.fetch(
                f"DELETE FROM to_{stage} WHERE seq <= "  # noqa: S608 - by our table of services
                f"(SELECT max(seq) FROM (SELECT seq FROM to_{stage} ORDER BY seq LIMIT {BATCH}) AS first) "
                "RETURNING seq, message"
            )
            if not taken:
                return None
            await SERVICES[stage](desk, [orjson.loads(message) for _, message in sorted(taken)])
            for service, messages in desk.said.items():
                await connection.execute(
                    f"INSERT INTO to_{service} (message) SELECT unnest(CAST($1 AS text[]))",
                    [orjson.dumps(message).decode() for message in messages],
                )
            for end in desk.ends:
                await connection.execute(f"NOTIFY {end}")
        return desk.said


if __name__ == "__main__":
    uvloop.run(Services().work(url=os.environ["BENCH_DATABASE_URL"]))
