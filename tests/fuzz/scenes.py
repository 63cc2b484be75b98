"""Books that are not empty: what the stores of a simulated history held, and the messages that came next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cache
from typing import Any

from chassis.message import Message
from chassis.processor import Processor
from chassis.store.memory import MemoryStore
from chassis.verdicts import Processed
from simulation import history
from simulation.quiet import silenced

PARTITIONS = 4
"""So many the simulated broker has."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One service between two batches."""

    service: str
    store: MemoryStore
    now: datetime
    messages: tuple[Message, ...]

    def books(self) -> MemoryStore:
        """Return the store as it was, to be written to."""
        return _copy(self.store)


@cache
def moments(*, seed: int = 3, orders: int = 20) -> Mapping[str, tuple[Moment, ...]]:
    """Run one simulated history and return the moments of each service, in order."""
    found: dict[str, list[Moment]] = {}
    # In a thread: the simulation has an event loop of its own, and this one may be running.
    with silenced(), _watched(found), ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(history.of_orders, seed=seed, orders=orders).result()
    return {service: tuple(some) for service, some in found.items()}


@contextmanager
def _watched(found: dict[str, list[Moment]]) -> Iterator[None]:
    """Note what every processor is given, and what is in its store then."""
    real = Processor.process

    async def process(self: Processor, **arguments: Any) -> Processed:
        service = self._decider.service
        store = getattr(self._store, "memory", None)
        if isinstance(store, MemoryStore):
            batch = tuple(arguments["batch"])
            found.setdefault(service, []).append(Moment(service, _copy(store), self._clock.now(), batch))
        return await real(self, **arguments)

    Processor.process = process  # type: ignore[method-assign]  # watched, not replaced
    try:
        yield
    finally:
        Processor.process = real  # type: ignore[method-assign]  # as it was


def _copy(store: MemoryStore) -> MemoryStore:
    """Copy the dictionaries; what is in them is frozen."""
    own: dict[str, Any] = {}
    for each in fields(store):
        value = getattr(store, each.name)
        if each.name in {"rows", "fed"}:
            own[each.name] = {name: dict(some) for name, some in value.items()}
        elif isinstance(value, dict | list):
            own[each.name] = value.copy()
    return replace(store, **own)
