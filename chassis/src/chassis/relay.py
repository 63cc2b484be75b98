"""Sends what was journalled, shard by shard in commit order, and deletes the pointers of what the broker has.

A shard's line has three modes. *memory*: the rows just committed are sent at once. *catch-up*, at take-over and after
any gap (a commit of unknown outcome, a full queue, a failed send): the outbox is read in seq order until it is empty,
and what is committed meanwhile is not queued. *replay*: the log since a time is sent again, live rows held back.

Sending a row twice is harmless (inboxes); sending a later row of a key before an earlier one is not. So an error sends
its shards to catch-up, and nothing of them that is queued goes out before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from chassis.broker import Outgoing, Sender
from chassis.lines import Line, Lines, Mode
from chassis.store.errors import StoreError
from chassis.store.protocol import Store
from chassis.store.values import JournalRow, OutboxRow
from chassis.verdicts import Processed

log = structlog.get_logger()

PAGE = 1_000
FULL = 20_000
FORGET_ROWS = 2_000
FORGET_SECONDS = 1.0
SEND_SECONDS = 10.0
PAUSES = (0.1, 0.3, 1.0, 2.0)


@dataclass(slots=True)
class RelayCounts:
    """What the relay has done since the process started."""

    sent: int = 0
    failed: int = 0
    forgotten: int = 0


@dataclass(slots=True)
class Relay:
    """The only way out of a service."""

    store: Store
    sender: Sender
    lines: Lines = field(default_factory=lambda: Lines(full=FULL))
    page: int = PAGE
    counts: RelayCounts = field(default_factory=RelayCounts)
    beat: float = 0.0
    _acked: dict[int, None] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _settled: asyncio.Event = field(default_factory=asyncio.Event)
    _some: asyncio.Event = field(default_factory=asyncio.Event)
    _many: asyncio.Event = field(default_factory=asyncio.Event)
    _sending: bool = False
    _errors: int = 0

    def enter(self, *, shard: int) -> None:
        """Begin with what the shard's outbox holds."""
        self.lines.catch_up(shard=shard)
        self._stir()

    def leave(self, *, shard: int) -> None:
        """Send nothing more of this shard."""
        self.lines.drop(shard=shard)

    def offer(self, *, rows: Sequence[OutboxRow], uncertain: Iterable[int] = ()) -> None:
        """Take rows just committed, in seq order; the outbox of uncertain shards is read again."""
        self.lines.doubt(shards=uncertain)
        for row in rows:
            self.lines.offer(row=row)
        self._stir()

    def learn(self, *, processed: Processed) -> None:
        """Take the rows of a batch."""
        self.offer(rows=processed.outbox, uncertain=processed.uncertain)

    def replay(self, *, shard: int, since: datetime) -> None:
        """Send the shard's log since a time again, oldest first, and then its outbox."""
        self.lines.replay(shard=shard, since=since)
        self._stir()

    def modes(self) -> dict[int, str]:
        """Return the mode of each shard."""
        return self.lines.modes()

    @property
    def waiting(self) -> int:
        """Return how many rows are queued or not yet deleted."""
        return len(self.lines) + len(self._acked)

    async def run(self) -> None:
        """Send and delete until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._forward())
            group.create_task(self._sweep())

    async def flush(self, *, seconds: float) -> bool:
        """Wait, for a bounded time, until everything offered is sent and its pointers are deleted."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._busy():
                    self._stir()
                    await self._settled.wait()
                while self._acked:
                    await self._forget()
        return not self._busy() and not self._acked

    def _busy(self) -> bool:
        return self._sending or len(self.lines) > 0 or len(self.lines.reading()) > 0

    def _stir(self) -> None:
        self._settled.clear()
        self._wake.set()

    async def _forward(self) -> None:
        while True:
            self.beat = asyncio.get_running_loop().time()
            if not self._busy():
                self._settled.set()
                with suppress(TimeoutError):
                    async with asyncio.timeout(1.0):
                        await self._wake.wait()
            self._wake.clear()
            try:
                await self._turn()
            except StoreError as error:
                await self._pause(error)

    async def _turn(self) -> None:
        for shard, line in self.lines.reading():
            await self._read_on(shard, line)
        if rows := self.lines.take(most=self.page):
            await self._send(rows)

    async def _read_on(self, shard: int, line: Line) -> None:
        self.beat = asyncio.get_running_loop().time()  # a page may take its whole time-out, and there are many shards
        line.marked = False
        rows = await self._rows_after(shard, line)
        if not self.lines.is_current(shard=shard, line=line):
            return
        ended = line.took(rows=rows)
        if rows:
            await self._send([row for row in rows if row.seq not in self._acked or line.mode is Mode.REPLAY])
        elif line.mode is Mode.REPLAY:
            self.lines.catch_up(shard=shard)
        elif ended:
            line.mode = Mode.MEMORY

    async def _rows_after(self, shard: int, line: Line) -> Sequence[OutboxRow]:
        if line.since is not None:
            return await self.store.log(shard=shard, since=line.since, after=line.after, limit=self.page)
        return await self.store.outbox(shard=shard, after=line.after, limit=self.page)

    async def _send(self, rows: Sequence[OutboxRow]) -> None:
        self._sending = True
        try:
            sent, error = await self._push(rows)
            results = [_result(each) for each in sent]
            failed = {row.row.shard for row, result in zip(rows, results, strict=False) if result is not None}
            failed |= {row.row.shard for row in rows[len(results) :]}
            self._ack([row.seq for row, result in zip(rows, results, strict=False) if result is None])
            if failed:
                await self._recover(failed, error or next(result for result in results if result is not None))
            else:
                self._errors = 0
        finally:
            self._sending = False

    async def _push(self, rows: Sequence[OutboxRow]) -> tuple[list[asyncio.Future[object]], BaseException | None]:
        sent: list[asyncio.Future[object]] = []
        try:
            async with asyncio.timeout(SEND_SECONDS):
                for row in rows:
                    sent.append(await self.sender.send(record=record_of(row=row.row)))  # noqa: PERF401 - a prefix survives
                for each in sent:  # those of one request end together, so that few are waited for
                    if not each.done():
                        await asyncio.wait([each])
        except Exception as error:  # noqa: BLE001 - whatever a producer raises: the outbox still has the rows
            return sent, error
        return sent, None

    async def _recover(self, shards: set[int], error: BaseException) -> None:
        self.counts.failed += 1
        self.lines.doubt(shards=shards)
        await self._pause(error)
        await self.sender.rebuild()

    def _ack(self, seqs: Sequence[int]) -> None:
        self.counts.sent += len(seqs)
        self._acked.update(dict.fromkeys(seqs))
        self._some.set()
        if len(self._acked) >= FORGET_ROWS:
            self._many.set()

    async def _pause(self, error: BaseException) -> None:
        log.warning("relay.error", error=repr(error))
        await asyncio.sleep(PAUSES[min(self._errors, len(PAUSES) - 1)])
        self._errors += 1

    async def _sweep(self) -> None:
        while True:
            if not self._acked:
                self._some.clear()
                await self._some.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(FORGET_SECONDS):
                    await self._many.wait()
            self._many.clear()
            await self._forget()

    async def _forget(self) -> None:
        seqs = list(self._acked)[:FORGET_ROWS]
        try:
            await self.store.forget(seqs=seqs)
        except StoreError as error:
            log.warning("relay.forget", error=repr(error))
            await asyncio.sleep(PAUSES[-1])
            return
        for seq in seqs:
            self._acked.pop(seq, None)
        self.counts.forgotten += len(seqs)


def _result(sent: asyncio.Future[object]) -> BaseException | None:
    if sent.done():
        return TimeoutError("the producer was thrown away") if sent.cancelled() else sent.exception()
    sent.add_done_callback(_look_away)
    return TimeoutError("the broker did not acknowledge in time")


def _look_away(sent: asyncio.Future[object]) -> None:
    # The row was already given back to its outbox; asyncio complains of exceptions that nobody reads.
    if not sent.cancelled():
        sent.exception()


def record_of(*, row: JournalRow) -> Outgoing:
    """Turn a journal row into a record, with the trace of the message that caused it."""
    headers = {**row.headers, "traceparent": row.traceparent} if row.traceparent else row.headers
    encoded = tuple([(name, value.encode()) for name, value in headers.items()])
    return Outgoing(topic=row.topic, key=row.key.encode(), value=row.payload, headers=encoded)
