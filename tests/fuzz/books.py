"""A service on a real database that is not empty: processor, HTTP, and what its writes publish handled at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from fastapi import FastAPI

from chassis.answers import Answers
from chassis.broker import Outgoing
from chassis.commands import Commands
from chassis.http import HttpPorts, Queries, build_http
from chassis.message import Message, NotForUs, Record, shard_of
from chassis.migrating import migrate
from chassis.parser import Parser
from chassis.poured import poured
from chassis.processor import Processor
from chassis.service import Service
from chassis.sources import Clock, ManualClock, Uuid7Ids
from chassis.statements import read_statements
from chassis.store.pool import open_pool
from chassis.store.postgres import PostgresStore
from chassis.store.protocol import Store
from chassis.telemetry import Telemetry
from chassis.testing import Bench
from chassis.verdicts import Processed
from embedded.templates import Databases, Template
from fuzz.asgi import Answered, Asked, ask
from fuzz.houses import TOKEN, service
from fuzz.scenes import PARTITIONS, moments
from fuzz.target import Stalled

TRIES = 12
"""So often a batch may be tried again before it counts as stalled: nothing here is away, and nobody else writes."""
MIDDLE = 0.6
WAIT_SECONDS = 5.0
"""How long a request waits for its answer: longer than a machine needs, shorter than a run may take."""


@dataclass(slots=True)
class Books:
    """One service over its database at a moment in the middle of the history; it owns all shards."""

    made: Service
    store: PostgresStore
    pool: asyncpg.Pool
    parser: Parser
    processor: Processor
    clock: Clock
    epochs: dict[int, int] = field(default_factory=dict)
    retries: int = 0

    async def take(self, *, records: list[Record]) -> Processed:
        """Handle records in one batch; those of types for others are passed over."""
        parsed = [self.parser.record(record=record) for record in records]
        messages: list[Message] = [each for each in parsed if not isinstance(each, NotForUs)]
        self.retries = 0
        return await self.processor.process(batch=messages, epochs=self.epochs.get)

    async def backoff(self, attempt: int) -> None:
        """Wait for nothing; a batch that is tried too often is stalled."""
        self.retries += 1
        if attempt > TRIES:
            raise Stalled(f"a batch of {self.made.name} was tried again {attempt} times")


Take = Callable[..., Coroutine[Any, Any, Processed]]


@dataclass(slots=True)
class Loopback:
    """A broker that hands what HTTP publishes to the service beside the request."""

    take: Take
    answers: Answers
    sent: int = 0
    handling: list[asyncio.Task[None]] = field(default_factory=list)

    async def send(self, *, record: Outgoing) -> asyncio.Future[object]:
        """Have the record at once; it is handled while the request waits for its answer."""
        self.sent += 1
        key = record.key.decode()
        came = Record(record.topic, shard_of(key, PARTITIONS), self.sent, record.key, record.value, record.headers)
        self.handling.append(asyncio.create_task(self._handle(came)))
        done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    async def settle(self) -> None:
        """Raise what was raised by the handling of what was sent."""
        handling, self.handling = self.handling, []
        await asyncio.gather(*handling)

    async def _handle(self, record: Record) -> None:
        self.answers.learn(processed=await self.take(records=[record]))

    async def rebuild(self) -> None:
        """Nothing breaks here."""


@contextmanager
def databases(*, address: str) -> Iterator[Callable[[str], str]]:
    """Make databases for services by name, and drop them."""
    made = Databases(admin_url=address)
    copies = []

    def fresh(name: str) -> str:
        async def build(url: str) -> None:
            await migrate(url=url, package=name)

        copies.append(made.fresh(template=Template(name=name, build=build)))
        return copies[-1].url

    try:
        yield fresh
    finally:
        for each in copies:
            made.drop(database=each)
        made.close()


@asynccontextmanager
async def open_books(*, name: str, url: str) -> AsyncIterator[Books]:
    """Pour the middle of the history into a database and open a service over it."""
    made = service(name=name)
    found = moments()[name]
    moment = found[int(len(found) * MIDDLE)]
    bench = Bench(service=name, routes=made.routes, publisher=made.publisher, store=moment.books(), now=moment.now)
    async with poured(bench=bench, tables=made.tables, package=name, url=url):
        pass
    pool = await open_pool(url=url, size=3, application=name)
    clock = ManualClock(time=moment.now)
    store = PostgresStore(pool=pool, queries=read_statements(package=name), tables=made.tables)
    books = Books(made, store, pool, _parser(made), _processor(made, store, clock), clock)
    books.processor._backoff = books.backoff
    try:
        for shard in range(PARTITIONS):
            books.epochs[shard] = await store.raise_epoch(shard=shard)
        yield books
    finally:
        await pool.close()


@dataclass(frozen=True, slots=True)
class Site:
    """The HTTP side of a service."""

    app: FastAPI
    loopback: Loopback

    async def ask(self, *, asked: Asked) -> Answered:
        """Bring a request, and wait for what it has set going."""
        answered = await ask(app=self.app, asked=asked)
        await self.loopback.settle()
        return answered


@asynccontextmanager
async def open_site(
    *,
    made: Service,
    store: Store,
    clock: Clock,
    take: Take,
    pool: asyncpg.Pool | None,
    wait_seconds: float = WAIT_SECONDS,
) -> AsyncIterator[Site]:
    """Give the HTTP side of a service; without a pool it can only write."""
    answers = Answers(store=store)
    loopback = Loopback(take, answers)
    commands = Commands(
        service=made.name,
        registry=made.registry,
        sender=loopback,
        answers=answers,
        clock=clock,
        wait_seconds=wait_seconds,
        traceparent=lambda _request: None,
    )
    nothing: Any = pool
    ports = HttpPorts(Queries(nothing, read_statements(package=made.package)), commands, clock)
    waking = asyncio.create_task(answers.run())
    try:
        app = build_http(
            service=made.name,
            token=TOKEN,
            telemetry=Telemetry.to(service=made.name, endpoint=None),
            ready=_ready,
            status=dict,
            router=made.http(ports) if made.http else None,
        )
        yield Site(app, loopback)
    finally:
        waking.cancel()
        await asyncio.gather(waking, return_exceptions=True)


def _parser(made: Service) -> Parser:
    return Parser(service=made.name, routes=made.all_routes, registry=made.all_types, shards=PARTITIONS)


def _processor(made: Service, store: PostgresStore, clock: Clock) -> Processor:
    return Processor(
        service=made.name, store=store, publisher=made.publisher, clock=clock, ids=Uuid7Ids(), shards=PARTITIONS
    )


async def _ready() -> dict[str, Any]:
    return {}
