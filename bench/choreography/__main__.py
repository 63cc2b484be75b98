"""One service: a consumer that handles each event in a transaction, and a relay that polls the outbox."""

import argparse
import asyncio
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bench.choreography.reactions import LISTENS, PARTITIONS, REACTIONS, Event, Reaction
from bench.steps import arguments, statements

IDLE_SECONDS = 0.01  # between two looks into an empty outbox
PAGE = 256
_NOTHING = "UPDATE 0"


class Bare(asyncpg.Connection):
    """A connection that is not asked to forget its settings each time it goes back to the pool: it has none."""

    def get_reset_query(self) -> str:
        """Return nothing to do."""
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service of the choreography."""

    name: str
    pool: Any
    sql: dict[str, str] = field(default_factory=statements)

    async def consume(self, *, consumer: Any) -> None:
        """Handle events, those of each partition in their order; commit their places when all have been handled."""
        while True:
            found = await consumer.getmany(timeout_ms=1_000)
            if found:
                await asyncio.gather(*(self._partition(records) for records in found.values()))
                await consumer.commit()

    async def _partition(self, records: Sequence[Any]) -> None:
        for record in records:
            event: Event = orjson.loads(record.value)
            reaction = REACTIONS[self.name].get(event["type"])
            if reaction is not None:
                await self._handle(event, reaction)

    async def _handle(self, event: Event, reaction: Reaction) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            inbox = f"INSERT INTO inbox_{self.name} (event_id) VALUES ($1) ON CONFLICT DO NOTHING"  # noqa: S608 - by our table of services
            if await connection.execute(inbox, event["id"]) == "INSERT 0 0":
                return
            step = reaction.step
            status = await connection.execute(self.sql[step], *arguments(step=step, checkout=event))
            type_ = reaction.refused if reaction.refused and status == _NOTHING else reaction.event
            after = event | {"id": str(uuid.uuid4()), "type": type_}
            outbox = f"INSERT INTO outbox_{self.name} (key, event) VALUES ($1, $2)"  # noqa: S608 - by our table of services
            await connection.execute(outbox, event["order_id"], orjson.dumps(after).decode())

    async def relay(self, *, producer: Any) -> None:
        """Publish what the outbox holds, oldest first, and take it out when Kafka has it."""
        page = f"SELECT seq, key, event FROM outbox_{self.name} ORDER BY seq LIMIT {PAGE}"  # noqa: S608 - by our table of services
        done = f"DELETE FROM outbox_{self.name} WHERE seq = ANY($1)"  # noqa: S608 - by our table of services
        while True:
            rows = await self.pool.fetch(page)
            if not rows:
                await asyncio.sleep(IDLE_SECONDS)
                continue
            sent = [await producer.send(self.name, row["event"].encode(), key=row["key"].encode()) for row in rows]
            await asyncio.gather(*sent)
            await self.pool.execute(done, [row["seq"] for row in rows])


async def serve(*, name: str, url: str, bootstrap: str) -> None:
    """Work until the process ends."""
    consumer = AIOKafkaConsumer(
        *LISTENS[name],
        bootstrap_servers=bootstrap,
        group_id=name,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    connections = PARTITIONS + 1
    async with (
        asyncpg.create_pool(url, min_size=connections, max_size=connections, connection_class=Bare) as pool,
        consumer,
        producer,
        asyncio.TaskGroup() as group,
    ):
        service = Service(name=name, pool=pool)
        group.create_task(service.consume(consumer=consumer))
        group.create_task(service.relay(producer=producer))


def main() -> None:
    """Run the service that is named."""
    parser = argparse.ArgumentParser(prog="python -m bench.choreography", description=__doc__)
    parser.add_argument("service", choices=sorted(REACTIONS))
    name = parser.parse_args().service
    uvloop.run(serve(name=name, url=os.environ["BENCH_DATABASE_URL"], bootstrap=os.environ["BENCH_KAFKA"]))


if __name__ == "__main__":
    main()
