"""Target: the parser of every service over records made of every example of the contracts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from random import Random

from chassis.message import Incoming, NotForUs
from chassis.parser import Parser
from contracts.topics import PARTITIONS
from fuzz.houses import NAMES, service
from fuzz.records import document_of, drawn, examples, record_of
from fuzz.target import Case, Target, Wrong

READ = 0.85


@cache
def _read(name: str) -> tuple[tuple[str, str], ...]:
    """Return the examples that a service reads."""
    routes = service(name=name).routes
    return tuple(each for each in examples() if each[0] in routes)


class Parsing:
    """Every record is a message, one for others, or a dead letter that says why."""

    def __init__(self) -> None:
        self._parsers = {
            name: Parser(service=name, routes=service(name=name).all_routes, registry=service(name=name).all_types)
            for name in NAMES
        }

    def draw(self, *, rng: Random) -> Case:
        """Draw a service, an example that it may read, and edits."""
        name = rng.choice(NAMES)
        type_, text = rng.choice(_read(name) if rng.random() < READ else examples())
        return Case((name, type_, text), drawn(rng=rng, document=document_of(text=text)))

    async def run(self, *, case: Case) -> bool:
        """Parse the record."""
        name, type_, text = case.seed
        record = record_of(type_=type_, document=document_of(text=text), edits=case.edits, partitions=PARTITIONS)
        found = self._parsers[name].record(record=record)
        if isinstance(found, Incoming):
            return True
        if isinstance(found, NotForUs):
            return False
        if not found.error or found.record != record or not found.id:
            raise Wrong(f"an unreadable record without its error, its id or itself: {found.error!r}")
        return False

    def show(self, *, case: Case) -> str:
        """Name the example."""
        return f"{case.seed[1]} read by {case.seed[0]}: {case.seed[2][:200]}"


@asynccontextmanager
async def parsing(address: str) -> AsyncIterator[Target]:
    """Open the target."""
    del address
    yield Parsing()
