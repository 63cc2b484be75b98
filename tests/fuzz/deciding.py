"""Target: the handlers of every service, on empty books and on those of a simulated history."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from random import Random

from chassis.message import FromParked, FromTask, NotForUs, Record, Unreadable
from chassis.store.memory import MemoryStore
from chassis.testing import MONDAY, Bench
from chassis.verdicts import Handled, Verdict
from fuzz.edits import Edit, drawn_edits, written
from fuzz.houses import NAMES, service
from fuzz.records import document_of, examples, record_of
from fuzz.scenes import PARTITIONS, Moment, moments
from fuzz.target import Case, Target, Wrong

NAMED = ("Poison: ", "came too early ")
"""How the reason of a dead letter begins when a handler has named it; any other is an exception that escaped."""
CONSTRAINTS = (" is there already", ": a CHECK forbids it")
"""How it ends when the memory store refuses a row, as a constraint of PostgreSQL does."""
FROM_HISTORY = 0.8


@dataclass(frozen=True, slots=True)
class Brought:
    """A record, the service that reads it, and at which moment of the history; none means on empty books."""

    service: str
    at: int | None
    record: Record
    origin: FromTask | FromParked | None = None


@cache
def empty_seeds(*, name: str) -> tuple[Record, ...]:
    """Return the records of those examples that a service reads."""
    read = service(name=name).routes
    return tuple(
        record_of(type_=type_, document=document_of(text=text), edits=(), partitions=PARTITIONS)
        for type_, text in examples()
        if type_ in read
    )


def drawn_brought(*, rng: Random, names: tuple[str, ...] = NAMES) -> Brought:
    """Draw a message and the books that it meets: those of its moment, or earlier or later ones."""
    name = rng.choice(names)
    if rng.random() >= FROM_HISTORY:
        return Brought(name, None, rng.choice(empty_seeds(name=name)))
    found = moments()[name]
    at = rng.randrange(len(found))
    source = found[at if rng.random() < 0.6 else rng.randrange(len(found))]
    message = rng.choice(source.messages)
    return Brought(name, at, message.record, message.origin)


def edits_of(*, rng: Random, brought: Brought) -> tuple[Edit, ...]:
    """Draw edits; a timer's data is our own and stays."""
    if isinstance(brought.origin, FromTask):
        return ()
    return drawn_edits(rng=rng, document=json.loads(brought.record.value or b"{}"), most=2, raw=0.02, mild=0.6)


def edited_record(*, case: Case) -> Record:
    """Return the record with its edits."""
    record: Record = case.seed.record
    if not case.edits:
        return record
    return replace(record, value=written(document=json.loads(record.value or b"{}"), edits=case.edits))


def refused_by_name(*, handled: Handled) -> bool:
    """Return whether the message was accepted; Wrong when it died of what no handler has named."""
    if handled.verdict is not Verdict.DEAD:
        return handled.verdict is Verdict.APPLIED and handled.outcome == "applied"
    reason = str((handled.answer or {}).get("reason", ""))
    if not reason.startswith(NAMED) and not reason.endswith(CONSTRAINTS):
        raise Wrong(f"a handler raised {reason!r}")
    return False


class Deciding:
    """What passes the contract is decided, refused by name, parked, or poison that the handler has named."""

    def draw(self, *, rng: Random) -> Case:
        """Draw a message, books and edits."""
        brought = drawn_brought(rng=rng)
        return Case(brought, edits_of(rng=rng, brought=brought))

    async def run(self, *, case: Case) -> bool:
        """Handle the message."""
        brought: Brought = case.seed
        bench = _bench(brought)
        message = bench.parser.record(record=edited_record(case=case))
        if isinstance(message, NotForUs | Unreadable):
            return False
        fresh = replace(message, id="fuzzed", shard=message.record.partition, origin=brought.origin)
        if isinstance(brought.origin, FromTask):
            fresh = replace(fresh, id=_task_message(bench, brought.origin) or "fuzzed")
        (handled,) = (await bench.processor.process(batch=[fresh], epochs=bench.store.owners.get)).handled
        return refused_by_name(handled=handled)

    def show(self, *, case: Case) -> str:
        """Name the message, and the books."""
        brought: Brought = case.seed
        books = "empty books" if brought.at is None else f"the books of moment {brought.at}"
        return f"to {brought.service} on {books}: {(brought.record.value or b'')[:300]!r}"


def _task_message(bench: Bench, origin: FromTask) -> str:
    task = bench.store.waiting.get(origin.task_id)
    return "" if task is None else task.message_id


def _bench(brought: Brought) -> Bench:
    moment: Moment | None = None if brought.at is None else moments()[brought.service][brought.at]
    made = service(name=brought.service)
    return Bench(
        service=made.name,
        routes=made.routes,
        publisher=made.publisher,
        now=MONDAY if moment is None else moment.now,
        shards=PARTITIONS,
        store=MemoryStore() if moment is None else moment.books(),
    )


@asynccontextmanager
async def deciding(address: str) -> AsyncIterator[Target]:
    """Open the target; the history is made first."""
    del address
    moments()
    yield Deciding()
