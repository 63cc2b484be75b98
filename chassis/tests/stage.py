"""A processor over a store, and what it is fed with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from examples import NOW
from toy import service as toy

from chassis.counts import Counts
from chassis.deciding import Patience
from chassis.message import Message, NotForUs, Record, shard_of
from chassis.parser import Parser
from chassis.processor import Processor
from chassis.routes import Ref
from chassis.sources import ManualClock, SeededIds
from chassis.store.protocol import Store
from chassis.store.values import Changes, Loaded, Saved, Write, Written
from chassis.verdicts import Processed
from contracts.envelope import Envelope, to_headers
from contracts.values import Contract

SHARDS = 4


class Stage:
    """A processor over a store, with what it needs to be fed."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = ManualClock(time=NOW)
        self.ids = SeededIds(clock=self.clock)
        self.parser = Parser(service="toy", routes=toy.ROUTES, registry=toy.REGISTRY, shards=SHARDS)
        self.epochs: dict[int, int] = {}
        self.waits: list[int] = []
        self.processor = self.another()

    def another(self) -> Processor:
        """Return a processor with no memory, as a new process has."""
        return Processor(
            service="toy",
            store=self.store,
            publisher=toy.PUBLISH,
            clock=self.clock,
            ids=self.ids,
            shards=SHARDS,
            patience=Patience(tries=2, first=timedelta(seconds=1)),
            backoff=self.wait,
        )

    async def wait(self, attempt: int) -> None:
        self.waits.append(attempt)

    async def open(self, free: int = 100) -> Stage:
        for shard in range(SHARDS):
            self.epochs[shard] = await self.store.raise_epoch(shard=shard)
        for show in ("hamlet", "lear"):
            await self.set(Saved(toy.SHOW, show, 1, None, toy.Show(show, free)))
        return self

    async def set(self, saved: Saved) -> None:
        what = Changes(now=NOW, saves=(saved,))
        await self.store.write(write=Write(fence=self.epochs, locks=(), decide=lambda _locked: what))

    def record(self, contract: Contract, message_id: str, **envelope: Any) -> Record:
        type_ = toy.REGISTRY.of(type(contract))
        key = str(getattr(contract, type_.key))
        head = Envelope(
            id=message_id,
            source="/test",
            type=type_.name,
            subject=key,
            time=NOW,
            correlation_id=key,
            causation_id="",
            **envelope,
        )
        return Record(
            topic=type_.topic,
            partition=shard_of(key, SHARDS),
            offset=0,
            key=key.encode(),
            value=contract.model_dump_json().encode(),
            headers=to_headers(envelope=head),
        )

    def message(self, contract: Contract, message_id: str, **envelope: Any) -> Message:
        return self.read(self.record(contract, message_id, **envelope))

    def read(self, record: Record) -> Message:
        message = self.parser.record(record=record)
        assert not isinstance(message, NotForUs)
        return message

    async def process(self, *messages: Message, processor: Processor | None = None) -> Processed:
        return await (processor or self.processor).process(batch=messages, epochs=self.epochs.get)

    async def free(self, show: str) -> int:
        seen: list[toy.Show] = []

        def decide(locked: Loaded) -> Changes:
            seen.extend(each.aggregate for each in locked.values())
            return Changes(now=NOW)

        await self.store.write(write=Write(fence={}, locks=((toy.SHOW, show),), decide=decide))
        return seen[0].free

    async def booking(self, booking_id: str) -> toy.Booking | None:
        stored = (await self.store.load(refs=[(toy.BOOKING, booking_id)])).get((toy.BOOKING, booking_id))
        return None if stored is None else stored.aggregate

    async def said(self) -> list[str]:
        rows = [row for shard in range(SHARDS) for row in await self.store.outbox(shard=shard, after=0, limit=100)]
        return [row.row.type for row in sorted(rows, key=lambda row: row.seq)]


class Reads:
    """A store that notes which plain aggregates are read together."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.seen: list[list[str]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def load(self, *, refs: Sequence[Ref]) -> Loaded:
        self.seen.append([key for _, key in refs])
        return await self._store.load(refs=refs)


class Fails:
    """A store whose first writes fail with the given errors: before anything happens, or after all of it."""

    def __init__(self, store: Store, *errors: Exception, after: bool = False) -> None:
        self._store = store
        self._errors = list(errors)
        self._after = after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write(self, *, write: Write) -> Written:
        if not self._errors:
            return await self._store.write(write=write)
        if self._after:
            await self._store.write(write=write)
        raise self._errors.pop(0)


def hold(booking_id: str = "b1", seats: int = 2, show: str = "hamlet", note: str = "") -> toy.HoldSeatsV1:
    return toy.HoldSeatsV1(booking_id=booking_id, show=show, seats=seats, note=note)


def ends(processed: Processed) -> dict[str, tuple[str, str]]:
    return {each.message.id: (each.verdict.value, each.outcome) for each in processed.handled}


def balanced(counts: Counts) -> Mapping[str, int]:
    assert counts.unbalanced() == {}
    return {f"{topic}/{name}": n for topic, names in counts.by_topic().items() for name, n in names.items()}


class OnStage:
    @pytest.fixture
    async def stage(self, store: Store) -> Stage:
        return await Stage(store).open()
