"""Reference data of upstream systems: topics keyed otherwise, read by a group of their own, upserted idempotently.

A feed has no shards and no fence: any process may apply any record at any time, since the higher ``sequence`` of the
source wins. Offsets are committed after the database has the batch; a batch that cannot be written now is tried again
and blocks its feed, not the service.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import structlog
from pydantic import TypeAdapter, ValidationError

from chassis.broker import Outgoing, Place, Sender
from chassis.counts import Counts
from chassis.deadletters import clean, words
from chassis.decision import Kind
from chassis.message import Record, explain, lossy
from chassis.nul import REFUSED, nul_at
from chassis.offsets import Offsets
from chassis.processor import Backoff
from chassis.sources import Clock, Ids
from chassis.store.errors import BadData, StoreError
from chassis.store.protocol import Store
from chassis.verdicts import Verdict
from contracts.envelope import Envelope, EnvelopeError, from_headers, to_headers
from contracts.registry import Registry

log = structlog.get_logger()

SEND_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Feed:
    """A type of a feed topic and the kind that it becomes: by the same field names, or as ``value`` converts it.

    It is kept under the key of its record, or under the key that ``key`` makes of the model.
    """

    type: str
    kind: Kind[Any]
    value: Callable[[Any], Any] | None = None
    key: Callable[[Any], str] | None = None


class _Refused(Exception):
    """The record cannot be applied, for this reason."""


@dataclass(frozen=True, slots=True)
class _Item:
    """A record that could be read: what it upserts."""

    feed: Feed
    key: str
    sequence: int
    aggregate: Any
    record: Record


@dataclass(slots=True)
class Feeds:
    """Applies the records of all feeds of one service."""

    service: str
    feeds: Sequence[Feed]
    registry: Registry
    store: Store
    sender: Sender
    offsets: Offsets
    counts: Counts
    clock: Clock
    ids: Ids
    backoff: Backoff
    _assignment: int = field(init=False, default=0)
    _by_type: Mapping[str, Feed] = field(init=False)
    _adapters: Mapping[str, TypeAdapter[Any]] = field(init=False)

    def __post_init__(self) -> None:
        self._by_type = {feed.type: feed for feed in self.feeds}
        self._adapters = {feed.type: TypeAdapter(feed.kind.of) for feed in self.feeds}
        self.offsets.open()

    @property
    def topics(self) -> list[str]:
        """Return the topics to read."""
        found = [self.registry.find(feed.type) for feed in self.feeds]
        return sorted({each.topic for each in found if each is not None})

    def assigned(self, *, places: Collection[Place]) -> None:
        """Learn what is assigned; records of it may have come before."""
        self.offsets.expect(places=places)

    async def revoked(self) -> None:
        """Commit what was applied, and begin a new assignment."""
        await self.offsets.commit()
        self._assignment += 1
        self.offsets.open()

    async def take(self, *, records: Sequence[Record]) -> None:
        """Apply one poll; return when the database has it, however long that takes."""
        assignment = self._assignment
        items: list[_Item] = []
        for record in records:
            try:
                items.append(self._read(record))
            except _Refused as refused:
                await self._set_aside(record, str(refused))
        by_kind: dict[str, list[_Item]] = {}
        for item in items:
            by_kind.setdefault(item.feed.kind.name, []).append(item)
        for group in by_kind.values():
            await self._apply(group)
        if assignment == self._assignment:  # else another may have gone on from where this process was
            self.offsets.written(records=records)

    async def _apply(self, items: Sequence[_Item]) -> None:
        newest: dict[str, _Item] = {}
        for item in items:
            if item.key not in newest or newest[item.key].sequence < item.sequence:
                newest[item.key] = item
        values = [(item.key, item.sequence, item.aggregate) for item in newest.values()]
        try:
            new = await self._persist(lambda: self.store.feed(kind=items[0].feed.kind, items=values))
        except BadData as error:
            if len(items) == 1:
                await self._set_aside(items[0].record, f"{type(error).__name__}: {error}")
                return
            middle = len(items) // 2
            await self._apply(items[:middle])
            await self._apply(items[middle:])
            return
        for number, item in enumerate(items):
            self.counts.add(topic=item.record.topic, verdict=Verdict.APPLIED if number < new else Verdict.DUPLICATE)

    async def _persist(self, action: Callable[[], Awaitable[int]]) -> int:
        tries = 0
        while True:
            try:
                return await action()
            except BadData:
                raise
            except (StoreError, TimeoutError) as error:
                tries += 1
                log.warning("feeds.again", error=repr(error), tries=tries)
                await self.backoff(tries)

    def _read(self, record: Record) -> _Item:
        try:
            envelope = from_headers(headers=record.headers)
        except EnvelopeError as error:
            raise _Refused(str(error)) from error
        type_ = self.registry.find(envelope.type)
        feed = self._by_type.get(envelope.type)
        if feed is None or type_ is None:
            raise _Refused(f"unknown type {envelope.type[:80]!r}")
        if record.value is None:
            raise _Refused("a feed says what is, and has no deletions")
        try:
            model = type_.model.model_validate_json(record.value)
            place = nul_at(document=model.model_dump(), written=record.value)
            aggregate = (
                feed.value(model) if feed.value else self._adapters[feed.type].validate_python(model.model_dump())
            )
        except ValidationError as error:
            raise _Refused(f"{feed.type}: {explain(error)}") from error
        except Exception as error:  # whatever a conversion raises concerns this record alone
            raise _Refused(f"{feed.type}: {words(error)}") from error
        if place is not None:
            raise _Refused(f"{feed.type}: {place}: {REFUSED}")
        key = str(getattr(model, type_.key))
        if (record.key or b"") != key.encode():
            raise _Refused(f"{type_.key}: {key!r} is not the key of the record")
        kept = feed.key(model) if feed.key else key
        return _Item(
            feed=feed, key=kept, sequence=int(getattr(model, "sequence", 0)), aggregate=aggregate, record=record
        )

    async def _set_aside(self, record: Record, error: str) -> None:
        log.warning(
            "feeds.dead_letter", topic=record.topic, partition=record.partition, offset=record.offset, error=error
        )
        now = self.clock.now()
        letter = dead_feed_record(record=record, error=error, service=self.service, id_=self.ids.draw(), now=now)
        tries = 0
        while True:
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    await (await self.sender.send(record=letter))
            except Exception as raised:  # noqa: BLE001 - whatever a producer raises: nothing is dropped, so it is sent again
                tries += 1
                log.warning("feeds.dead_letter_not_sent", error=repr(raised), tries=tries)
                await self.backoff(tries)
                await self.sender.rebuild()
            else:
                self.counts.add(topic=record.topic, verdict=Verdict.DEAD)
                return


def dead_feed_record(*, record: Record, error: str, service: str, id_: str, now: datetime) -> Outgoing:
    """Make the dead letter of a feed's record: where it is and why it failed, not what is in it."""
    key = lossy(record.key) or id_  # cut: a dead letter that is too large itself would be sent again for ever
    data = {
        "message_id": id_,
        "key": key,
        "type": "",
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "error": clean(error),
        "failed_at": now.isoformat(),
    }
    envelope = Envelope(
        id=id_,
        source=f"/{service}",
        type=f"{service}.dead-lettered.v1",
        subject=key,
        time=now,
        correlation_id=key,
        causation_id="",
    )
    return Outgoing(
        topic=f"{service}.dead-letters",
        key=key.encode(),
        value=orjson.dumps(data),
        headers=to_headers(envelope=envelope),
    )
