"""Takes what has arrived (records, due tasks, answers) to the processor, batch by batch, and tells what came of it.

A batch is what has arrived; nothing is waited for. While one is being written the next one gathers: small when idle,
large when busy.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from chassis.counts import Counts
from chassis.message import Message, NotForUs, Record
from chassis.offsets import Offsets
from chassis.parser import Parser
from chassis.processor import Processor
from chassis.verdicts import Processed

BATCHES_WAITING = 2


class Listener(Protocol):
    """Whoever wants to know what became of a batch, after its commit."""

    def __call__(self, *, processed: Processed) -> None:
        """Take it in; must not wait and must not fail."""
        ...


class Tracing(Protocol):
    """Puts a span around each message of a batch."""

    def begin(self, *, batch: Sequence[Message]) -> list[Message]:
        """Return the messages with their spans as the trace context of what they cause."""
        ...

    def end(self, *, processed: Processed) -> None:
        """End the spans of the batch."""
        ...


@dataclass(slots=True)
class Loop:
    """The one way in."""

    processor: Processor
    parser: Parser
    offsets: Offsets
    counts: Counts
    tracing: Tracing
    batch_size: int
    is_open: Callable[[int], bool]
    epochs: Callable[[int], int | None]
    term: Callable[[], int]
    listeners: Sequence[Listener] = ()
    on_fenced: Callable[[Collection[int]], None] | None = None
    beat: float = 0.0
    batches: int = 0
    _records: deque[Record] = field(default_factory=deque)
    _messages: deque[Message] = field(default_factory=deque)
    _drops: Counter[int] = field(default_factory=Counter)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _taken: asyncio.Event = field(default_factory=asyncio.Event)
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = False

    async def take(self, *, records: Sequence[Record]) -> None:
        """Take records of a poll; wait while enough of them are here already.

        Records of a shard that is not open, or was dropped while this waited, are passed over: when the shard opens,
        reading goes back to what was written last.
        """
        drops = {each: self._drops[each] for each in {record.partition for record in records} if self.is_open(each)}
        while len(self._records) >= BATCHES_WAITING * self.batch_size and not self._stopping:
            self._taken.clear()
            await self._taken.wait()
        if not self._stopping:
            kept = {each for each, drop in drops.items() if self._drops[each] == drop}
            self._records.extend(record for record in records if record.partition in kept)
            self._arrived.set()

    def deliver(self, messages: Sequence[Message], /) -> None:
        """Take messages that are not records: due tasks, answers."""
        if not self._stopping:
            self._messages.extend(message for message in messages if self.is_open(message.shard))
            self._arrived.set()

    def drop(self, *, shards: Collection[int]) -> None:
        """Forget what waits for these shards: it is in the log or in the database, and is read again."""
        gone = set(shards)
        self._drops.update(gone)
        self._records = deque(record for record in self._records if record.partition not in gone)
        self._messages = deque(message for message in self._messages if message.shard not in gone)
        self._taken.set()

    def stop_taking(self) -> None:
        """Take nothing more: the process is about to end."""
        self._stopping = True
        self._records.clear()
        self._messages.clear()
        self._taken.set()

    async def settle(self, *, seconds: float) -> bool:
        """Wait, for a bounded time, until no batch is running; return whether that came true."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        return self._idle.is_set()

    async def run(self) -> None:
        """Handle batches until cancelled; what escapes the processor ends the process."""
        self._idle.set()
        while True:
            self.beat = asyncio.get_running_loop().time()
            if not self._records and not self._messages:
                await self._wait()
                continue
            self._idle.clear()
            try:
                await self._one_batch()
            finally:
                self._idle.set()

    async def _wait(self) -> None:
        self._arrived.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await self._arrived.wait()

    async def _one_batch(self) -> None:
        messages = [self._messages.popleft() for _ in range(min(self.batch_size, len(self._messages)))]
        room = max(self.batch_size - len(messages), 1)
        records = [self._records.popleft() for _ in range(min(room, len(self._records)))]
        self._taken.set()
        term = self.term()
        batch = [*messages, *self._read(records)]
        fenced: frozenset[int] = frozenset()
        if batch:
            processed = await self.processor.process(batch=self.tracing.begin(batch=batch), epochs=self.epochs)
            fenced = processed.fenced
            self._tell(processed)
        if term == self.term():
            self.offsets.written(records=[record for record in records if record.partition not in fenced])
        self.batches += 1

    def _read(self, records: Sequence[Record]) -> list[Message]:
        messages: list[Message] = []
        for record in records:
            message = self.parser.record(record=record)
            if isinstance(message, NotForUs):
                self.counts.ignore(topic=record.topic)
            else:
                messages.append(message)
        return messages

    def _tell(self, processed: Processed) -> None:
        self.tracing.end(processed=processed)
        for listener in self.listeners:
            listener(processed=processed)
        if processed.fenced and self.on_fenced is not None:
            self.on_fenced(processed.fenced)
