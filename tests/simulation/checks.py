"""What must be true of the chassis after every history: nothing lost, nothing twice, order kept, all accounted for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from chassis.message import Record, shard_of
from simulation.broker import header
from simulation.world import World


def violations(*, world: World) -> list[str]:
    """Return what is wrong; only what was poisoned on purpose may be a dead letter."""
    return [
        *(f"a process ended by itself: {error!r}" for error in world.errors),
        *_unpublished(world),
        *_uncommitted(world),
        *_unhandled(world),
        *_disordered(world),
        *_uncounted(world),
        *_dead(world),
        *_left(world),
    ]


def published(*, world: World) -> dict[str, Record]:
    """Return the first delivery of every message, by id, at its place among all that its partition ever had."""
    first: dict[str, Record] = {}
    for log in world.broker.ever.values():
        for number, record in enumerate(log):
            message_id = header(record, "ce_id")
            if message_id not in first and record.partition == _partition(world, record):
                first[message_id] = record if record.offset == number else replace(record, offset=number)
    return first


def _partition(world: World, record: Record) -> int:
    """Return where a record belongs; one that lies elsewhere is nobody's."""
    count = world.broker.others.get(record.topic, world.broker.partitions)
    return shard_of((record.key or b"").decode("utf-8", "replace"), count)


def _unpublished(world: World) -> Iterable[str]:
    """I6: every journalled message is published, in order per topic and key on first delivery."""
    first = published(world=world)
    for service, store in world.stores.items():
        last: dict[tuple[str, str, int], int] = {}
        for entry in store.event_log:
            record = first.get(entry.row.message_id)
            # Of a key that is not the cause's own, each shard's messages have an order, and no more.
            place = (entry.row.topic, entry.row.key, entry.row.shard)
            if record is None:
                yield f"I6 {service}: journalled and never published: {entry.row.type} of {entry.row.key}"
            elif record.offset < last.get(place, -1):
                yield f"I6 {service}: overtaken by a later one: {entry.row.type} of {entry.row.key}"
            else:
                last[place] = record.offset


def _uncommitted(world: World) -> Iterable[str]:
    """I6: nothing is published that was not committed."""
    committed = {entry.row.message_id for store in world.stores.values() for entry in store.event_log}
    for message_id, record in published(world=world).items():
        source = header(record, "ce_source")
        if record.topic.endswith(".dead-letters"):
            continue  # a feed has no journal: what it cannot read it tells of directly
        if source.strip("/") in world.stores and message_id not in committed:
            yield f"I6 published and never committed: {header(record, 'ce_type')} {message_id} of {source}"


def _unhandled(world: World) -> Iterable[str]:
    """I9: everything that a service has a route for is in its inbox."""
    for record in published(world=world).values():
        type_, message_id = header(record, "ce_type"), header(record, "ce_id")
        for service, plan in world.plans.items():
            if type_ in plan.routes and message_id not in world.stores[service].inbox:
                yield f"I9 {service} never handled {type_} {message_id} of {(record.key or b'').decode()}"


def _disordered(world: World) -> Iterable[str]:
    """First deliveries of one key and topic are handled in their order, but for those that had to wait or were lost."""
    if world.broker_lost:
        return
    first = published(world=world)
    for service, handled in world.trace.handled.items():
        last: dict[tuple[str, bytes], int] = {}
        late = world.trace.parked.get(service, set())
        for message_id in handled:
            record = first.get(message_id)
            if record is None or message_id in late:
                continue
            place = (record.topic, record.key or b"")
            if record.offset < last.get(place, -1):
                yield f"order: {service} handled {header(record, 'ce_type')} {message_id} after a later one of its key"
            last[place] = max(last.get(place, -1), record.offset)


def _uncounted(world: World) -> Iterable[str]:
    """I9: consumed = applied + duplicates + conflicts + parked + dead, in every process."""
    for process in world.all:
        if gaps := process.parts.counts.unbalanced():
            yield f"I9 {process.name}: {gaps}"


def _dead(world: World) -> Iterable[str]:
    for service, store in world.stores.items():
        for letter in store.dead.values():
            if letter.message_id not in world.poisoned:
                yield f"dead letter of {service}: {letter.type} {letter.message_id}: {letter.error}"


def _left(world: World) -> Iterable[str]:
    """Nothing waits for ever: no parked message, no task that is overdue, no pointer to an unsent row."""
    for service, store in world.stores.items():
        overdue = sorted(task.id for task in store.waiting.values() if task.due < world.clock.now())
        yield from _if(overdue, f"I3 {service}: overdue tasks")
        yield from _if(sorted(store.parked_messages), f"I3 {service}: parked messages")
        yield from _if(sorted(store.pointers), f"I6 {service}: rows in the outbox")


def _if(found: Sequence[object], what: str) -> Iterable[str]:
    if found:
        yield f"{what}: {list(found)[:5]}{' ...' if len(found) > len(found[:5]) else ''}"
