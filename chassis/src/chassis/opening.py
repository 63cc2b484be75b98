"""Opens what one process of a service stands on: database, broker, telemetry, HTTP; and wires the parts over them."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TypeVar

import asyncpg
import structlog

from chassis.broker import BrokerUnavailable
from chassis.commands import Commands
from chassis.feeds import Feeds
from chassis.http import HttpPorts, Queries, Server, build_http, build_server, traceparent_of_request
from chassis.kafka.member import KafkaMember
from chassis.kafka.sender import KafkaSender
from chassis.kafka.subscriber import Group, Listener, Subscriber, Take
from chassis.kafka.topics import WrongTopics, check_topics
from chassis.migrating import pending
from chassis.offsets import Offsets
from chassis.parts import Parts, Surroundings, assemble, topics_read
from chassis.processor import jittered
from chassis.reporting import log_bad_ends
from chassis.republish import republish_listener
from chassis.service import Service
from chassis.sources import SystemClock, Uuid7Ids
from chassis.statements import read_statements
from chassis.status import Status
from chassis.store.errors import Unavailable
from chassis.store.pool import open_pool
from chassis.store.postgres import PostgresStore
from chassis.store.writing import Connection
from chassis.telemetry import Telemetry, traced

log = structlog.get_logger()

T = TypeVar("T")

OPEN_TRIES = 30


class NotMigrated(Exception):
    """The database lacks migrations; the message names them."""


@dataclass(slots=True)
class Opened:
    """One process, opened and not yet working."""

    service: Service
    parts: Parts
    store: PostgresStore
    subscriber: Subscriber
    feeds: Feeds | None
    feed_subscriber: Subscriber | None
    server: Server
    status: Status


async def open_service(*, service: Service, stack: AsyncExitStack) -> Opened:
    """Open everything; the stack closes it, in the opposite order."""
    telemetry = Telemetry.to(service=service.name, endpoint=service.settings.otlp_endpoint)
    stack.callback(telemetry.close)
    for close in service.closing:
        stack.push_async_callback(close)
    pool = await _pool(service)
    stack.callback(pool.terminate)
    await _check(service, pool)
    statements = read_statements(package=service.package)
    store = PostgresStore(pool=pool, queries=statements, tables=service.tables)
    edge_sender = _sender(service, "edge", stack)
    member, subscriber, parts = _wire(service, store, _sender(service, "relay", stack), telemetry)
    feeds, feed_subscriber = _feeds(service, store, edge_sender, parts)
    status = Status(service=service.name, parts=parts, member=member, subscriber=subscriber, store=store)
    ports = HttpPorts(Queries(pool, statements), _commands(service, edge_sender, parts), SystemClock())
    server = _server(service, ports, telemetry, status)
    return Opened(service, parts, store, subscriber, feeds, feed_subscriber, server, status)


async def _pool(service: Service) -> asyncpg.Pool:
    settings = service.settings
    url = settings.database_url.get_secret_value()
    return await _patiently(lambda: open_pool(url=url, size=settings.database_pool, application=service.name))


def _commands(service: Service, sender: KafkaSender, parts: Parts) -> Commands:
    return Commands(
        service=service.name,
        registry=service.registry,
        sender=sender,
        answers=parts.answers,
        clock=SystemClock(),
        wait_seconds=service.settings.command_wait,
        traceparent=traceparent_of_request,
    )


def _server(service: Service, ports: HttpPorts, telemetry: Telemetry, status: Status) -> Server:
    app = build_http(
        service=service.name,
        token=service.settings.api_token.get_secret_value(),
        telemetry=telemetry,
        ready=status.ready,
        status=status.show,
        router=service.http(ports) if service.http else None,
    )
    return build_server(app=app, host=service.settings.http_host, port=service.settings.http_port)


async def _check(service: Service, pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        missing = await pending(connection=connection, package=service.package)
        if missing:
            names = ", ".join(f"{each.source} {each.number:04}" for each in missing)
            raise NotMigrated(
                f"the database of {service.name} lacks {names}: run `python -m {service.package} migrate`"
            )
        stored = await _stored_shards(connection, service.shard_count)
    if stored != service.shard_count:
        raise WrongTopics(f"the database of {service.name} was made for {stored} shards, not {service.shard_count}")
    names_read = topics_read(service=service.name, routes=service.routes, registry=service.registry)
    wanted = [service.topic(name=name) for name in names_read]
    if wrong := [topic.name for topic in wanted if topic.partitions != service.shard_count]:
        raise WrongTopics(f"{', '.join(wrong)}: not the partition count of {service.name}.commands")
    settings = service.settings
    await _patiently(
        lambda: check_topics(bootstrap=settings.kafka_bootstrap, prefix=settings.topic_prefix, topics=wanted)
    )


async def _stored_shards(connection: Connection, declared: int) -> int:
    """Return for how many shards this database was first started: another number would move keys to other owners."""
    own = read_statements(package="chassis", name="chassis.sql")
    await connection.execute(own["declare_shards"], declared)
    return int(await connection.fetchval(own["count_shards"]))


async def _patiently(action: Callable[[], Awaitable[T]]) -> T:
    """Wait for servers that start beside this process; give up when they do not come."""
    tries = 0
    while True:
        try:
            return await action()
        except (BrokerUnavailable, Unavailable) as error:
            tries += 1
            if tries >= OPEN_TRIES:
                raise
            log.warning("opening.again", error=repr(error), tries=tries)
            await jittered(min(tries, 5))


def _sender(service: Service, role: str, stack: AsyncExitStack) -> KafkaSender:
    settings = service.settings
    sender = KafkaSender(
        bootstrap=settings.kafka_bootstrap, client_id=f"{service.name}.{role}", prefix=settings.topic_prefix
    )
    stack.push_async_callback(sender.close)
    return sender


def _wire(
    service: Service, store: PostgresStore, sender: KafkaSender, telemetry: Telemetry
) -> tuple[KafkaMember, Subscriber, Parts]:
    settings = service.settings
    member = KafkaMember(consumer=lambda: subscriber.consumer, prefix=settings.topic_prefix)
    parts = assemble(
        around=Surroundings(
            service=service.name,
            routes=service.all_routes,
            registry=service.all_types,
            publisher=service.publisher,
            gateways={name: traced(gateway, telemetry) for name, gateway in service.gateways.items()},
            call_seconds=service.call_seconds,
            store=store,
            member=member,
            sender=sender,
            clock=SystemClock(),
            ids=Uuid7Ids(),
            rng=random.Random(),  # noqa: S311 - spreads retries, guards no secret
            tracing=telemetry,
            shard_count=service.shard_count,
            batch_size=settings.batch_size,
            settle_seconds=settings.session_timeout_ms / 2_000,
        )
    )
    parts.loop.listeners = (
        *parts.loop.listeners,
        log_bad_ends,
        republish_listener(replay=lambda shard, since: parts.relay.replay(shard=shard, since=since)),
    )
    listener = Listener(
        prefix=settings.topic_prefix,
        assigned=lambda places: parts.shards.assigned(places=places),
        revoked=parts.shards.revoked,
    )
    subscriber = _subscriber(service, "", parts.topics, listener, lambda records: parts.loop.take(records=records))
    return member, subscriber, parts


def _feeds(
    service: Service, store: PostgresStore, sender: KafkaSender, parts: Parts
) -> tuple[Feeds | None, Subscriber | None]:
    if not service.feeds:
        return None, None
    member = KafkaMember(consumer=lambda: subscriber.consumer, prefix=service.settings.topic_prefix)
    feeds = Feeds(
        service=service.name,
        feeds=service.feeds,
        registry=service.registry,
        store=store,
        sender=sender,
        offsets=Offsets(member=member),
        counts=parts.loop.counts,
        clock=SystemClock(),
        ids=Uuid7Ids(),
        backoff=jittered,
    )
    listener = Listener(
        prefix=service.settings.topic_prefix,
        assigned=lambda places: feeds.assigned(places=places),
        revoked=feeds.revoked,
    )
    subscriber = _subscriber(service, ".feeds", feeds.topics, listener, lambda records: feeds.take(records=records))
    return feeds, subscriber


def _subscriber(service: Service, suffix: str, topics: Sequence[str], listener: Listener, take: Take) -> Subscriber:
    settings = service.settings
    group = Group(
        name=f"{service.name}{suffix}",
        topics=topics,
        bootstrap=settings.kafka_bootstrap,
        prefix=settings.topic_prefix,
        batch_size=settings.batch_size,
        session_timeout_ms=settings.session_timeout_ms,
    )
    return Subscriber(group=group, listener=listener, take=take)
