"""What an operator does from the command line: reads go to the database, everything else is a message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson

from chassis.broker import BrokerUnavailable, Outgoing
from chassis.deadletters import replay
from chassis.http import Queries
from chassis.kafka.sender import KafkaSender
from chassis.message import Record
from chassis.operator import Operator
from chassis.parser import TASKS
from chassis.republish import republish_records
from chassis.service import Service
from chassis.sources import SystemClock, Uuid7Ids
from chassis.statements import read_statements
from chassis.store.pool import open_pool
from chassis.store.postgres import PostgresStore
from contracts.envelope import Envelope, to_headers
from contracts.values import Contract

SEND_SECONDS = 10.0


class NoSagas(Exception):
    """This service has no sagas to operate."""


class NotReplayable(Exception):
    """This dead letter cannot be published again."""


@dataclass(slots=True)
class Administration:
    """One command's connections."""

    service: Service
    store: PostgresStore
    queries: Queries
    sender: KafkaSender

    @classmethod
    @asynccontextmanager
    async def of(cls, *, service: Service) -> AsyncIterator[Administration]:
        """Open them for one command."""
        settings = service.settings
        statements = read_statements(package=service.package)
        url = settings.database_url.get_secret_value()
        pool = await open_pool(url=url, size=2, application=f"{service.name}.operator")
        sender = KafkaSender(
            bootstrap=settings.kafka_bootstrap, client_id=f"{service.name}.operator", prefix=settings.topic_prefix
        )
        store = PostgresStore(pool=pool, queries=statements, tables=service.tables)
        try:
            yield cls(service=service, store=store, queries=Queries(pool, statements), sender=sender)
        finally:
            await sender.close()
            await pool.close()

    async def sagas(self) -> list[dict[str, Any]]:
        """Return the sagas that are not at their end."""
        return [dict(row) for row in await self.queries.fetch(self._operator().ls)]

    async def sagas_of(self, *, order_id: str) -> list[dict[str, Any]]:
        """Return the sagas of one order."""
        return [dict(row) for row in await self.queries.fetch(self._operator().show, order_id)]

    async def operate(
        self, *, verb: str, order_id: str, saga: str, operator: str, reason: str, step: str | None = None
    ) -> str:
        """Send a verb on a saga as a message; return its id."""
        command = self._operator().verb(
            order_id=order_id, saga=saga, verb=verb, operator=operator, reason=reason, step=step
        )
        message_id = Uuid7Ids().draw()
        await self._send([self._record(command, message_id)])
        return message_id

    async def publish(self, *, command: Contract, message_id: str) -> asyncio.Future[object]:
        """Send a command to the service; the future ends when the broker has it."""
        return await self.sender.send(record=self._record(command, message_id))

    def _record(self, command: Contract, message_id: str) -> Outgoing:
        type_ = self.service.registry.of(type(command))
        key = str(getattr(command, type_.key))
        envelope = Envelope(
            id=message_id,
            source=f"/{self.service.name}/operator",
            type=type_.name,
            subject=key,
            time=SystemClock().now(),
            correlation_id=key,
            causation_id="",
        )
        # Sorted as commands of HTTP are: the same command is the same bytes by both ways in.
        value = orjson.dumps(command.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
        return Outgoing(type_.topic, key.encode(), value, to_headers(envelope=envelope))

    async def republish(self, *, since: datetime) -> int:
        """Ask the owner of each shard to send its log since a time again; return how many were asked."""
        records = list(
            republish_records(
                service=self.service.name,
                since=since,
                shards=self.service.shard_count,
                clock=SystemClock(),
                ids=Uuid7Ids(),
            )
        )
        await self._send(records)
        return len(records)

    async def dead_letters(self, *, limit: int) -> list[dict[str, Any]]:
        """Return dead letters without what is in them."""
        letters = await self.store.dead_letters(limit=limit)
        return [
            {
                **{name: value for name, value in asdict(each).items() if name != "record"},
                "topic": each.record.topic,
                "partition": each.record.partition,
                "offset": each.record.offset,
            }
            for each in letters
        ]

    async def replay(self, *, message_id: str) -> bool:
        """Publish the record of a dead letter again, as it was; return whether there is one."""

        async def publish(record: Record) -> None:
            if record.topic == TASKS:
                raise NotReplayable(f"{message_id} came from a task: there is no record to publish again")
            headers = tuple((name, value) for name, value in record.headers if value is not None)
            await self._send([Outgoing(record.topic, record.key or b"", record.value, headers, record.partition)])

        found = await replay(store=self.store, message_id=message_id, publish=publish, clock=SystemClock())
        return found is not None

    def _operator(self) -> Operator:
        if self.service.operator is None:
            raise NoSagas(f"{self.service.name} has no sagas")
        return self.service.operator

    async def _send(self, records: Iterable[Outgoing]) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                for future in [await self.sender.send(record=record) for record in records]:
                    await future
        except TimeoutError:
            raise BrokerUnavailable("the broker did not take the message in time") from None
