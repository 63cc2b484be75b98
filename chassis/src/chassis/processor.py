"""Batches in, one fenced write out: load, decide, write, and what to do when any of it fails."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from chassis.attempt import Attempt, Result
from chassis.counts import Counts
from chassis.deciding import Decider, Patience
from chassis.dedupe import Recent, Sorted, sort_out
from chassis.hints import following, locked, named
from chassis.kept import Kept
from chassis.message import FromParked, Incoming, Message
from chassis.publisher import Publisher
from chassis.routes import Ref
from chassis.sources import Clock, Ids
from chassis.store.errors import BadData, Fenced, Redo, Repeated, StaleTask, Unavailable, UnknownOutcome
from chassis.store.protocol import Store
from chassis.store.values import Changes, InboxRow, Loaded, Stored, Write
from chassis.verdicts import Handled, Processed
from chassis.view import BatchView, NotLoaded
from contracts.topics import PARTITIONS

Epochs = Callable[[int], int | None]
"""Returns the epoch under which this process owns a shard, None when it does not (any more)."""

Backoff = Callable[[int], Awaitable[None]]
"""Waits before the n-th retry (from 1)."""

_PATIENT_REDOS = 3


async def jittered(attempt: int) -> None:
    """Wait 50 ms, doubled per attempt up to 5 s, between half and all of it."""
    longest = min(0.05 * 2 ** min(attempt - 1, 10), 5.0)
    await asyncio.sleep(longest * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries, guards no secret


class Processor:
    """Handles batches of messages over one store. One batch at a time."""

    def __init__(
        self,
        *,
        service: str,
        store: Store,
        publisher: Publisher,
        clock: Clock,
        ids: Ids,
        shards: int = PARTITIONS,
        patience: Patience | None = None,
        recent: int = 100_000,
        kept: int = 4_000,
        backoff: Backoff = jittered,
    ) -> None:
        self._store = store
        self._clock = clock
        self._backoff = backoff
        self._recent = Recent(size=recent)
        self._kept = Kept(size=kept, shards=shards)
        self._decider = Decider(
            service=service, publisher=publisher, ids=ids, shards=shards, patience=patience or Patience()
        )
        self.counts = Counts()

    async def process(self, *, batch: Sequence[Message], epochs: Epochs) -> Processed:
        """Handle a batch to its end: retry what passes, drop fenced shards, dead-letter poison.

        It raises only what must end the process. ``epochs`` is asked again on every try.
        """
        result = Result()
        await self._finish(list(batch), epochs, result)
        for handled in result.handled:
            origin = handled.message.origin
            topic = "parked" if isinstance(origin, FromParked) else handled.message.record.topic
            self.counts.add(topic=topic, verdict=handled.verdict.value)
        return result.processed()

    async def _finish(self, messages: list[Message], epochs: Epochs, result: Result) -> None:
        """Write all of it. What the database refuses is searched for by halves, and becomes a dead letter.

        What stands before it is written on the way; all that follows it, in one write with its dead letter.
        """
        condemned: dict[str, str] = {}
        stale: set[str] = set()
        size, suspects = len(messages), 0
        while messages:
            refusal = await self._part(messages[:size], epochs, result, Attempt(condemned=condemned, stale=stale))
            if refusal is None:
                messages, suspects = messages[size:], suspects - size
            elif size > 1:
                suspects = size
            else:
                _condemn(messages[0], refusal, condemned)
                suspects = 0
            size = max(suspects // 2, 1) if suspects > 0 else len(messages)

    async def _part(self, messages: list[Message], epochs: Epochs, result: Result, attempt: Attempt) -> BadData | None:
        """Write these messages, however many tries it takes; return why the database refuses them, if it does."""
        while True:
            fence, messages = _owned(messages, epochs, result)
            if not messages:
                return None
            try:
                await self._try(messages, fence, attempt, result)
            except BadData as error:
                return error
            except (Fenced, NotLoaded, Redo, UnknownOutcome, Unavailable) as error:
                await self._learn(error, fence, attempt, result)
            else:
                return None

    async def _learn(self, error: Exception, fence: Mapping[int, int], attempt: Attempt, result: Result) -> None:
        """Take from a failed try what the next one needs, and wait when haste would not help."""
        if isinstance(error, Fenced):
            result.fenced |= error.shards
            return
        if isinstance(error, NotLoaded):
            attempt.wants.update(dict.fromkeys(error.refs))
            return
        self._kept.forget(refs=attempt.loaded)
        attempt.loaded.clear()
        if isinstance(error, StaleTask):
            attempt.stale |= error.message_ids
        if isinstance(error, UnknownOutcome):
            result.uncertain |= fence.keys()
        if isinstance(error, (Repeated, UnknownOutcome)):
            attempt.look_up = True
        if isinstance(error, Redo):
            attempt.redos += 1
        if attempt.redos > _PATIENT_REDOS or isinstance(error, (UnknownOutcome, Unavailable)):
            attempt.waits += 1
            await self._backoff(attempt.waits)

    async def _try(self, messages: list[Message], fence: Mapping[int, int], attempt: Attempt, result: Result) -> None:
        batch = sort_out(messages=messages, known=await self._known(messages, attempt))
        if not batch.fresh and not batch.leaving:
            result.add(batch.resolve(()), None)
            return
        view, locks = await self._load(batch.fresh, fence, attempt)
        now = self._clock.now()
        decided: tuple[Changes, tuple[Handled, ...]] | None = None

        def decide(locked: Loaded) -> Changes:
            nonlocal decided
            view.add(wanted=locks, loaded=locked)
            decided = self._decide(batch, view, attempt, now)
            return decided[0]

        if not locks:
            changes = decide({})
            written = await self._store.write(write=Write(fence=fence, locks=(), decide=lambda _locked: changes))
        else:
            written = await self._store.write(write=Write(fence=fence, locks=tuple(locks), decide=decide))
        if decided is None:
            raise RuntimeError("the store committed without a decision")
        self._recent.remember(written.changes.inbox)
        self._kept.remember(saves=written.changes.saves, fence=fence)
        result.add(batch.resolve(decided[1]), written)

    def _decide(
        self, batch: Sorted, view: BatchView, attempt: Attempt, now: datetime
    ) -> tuple[Changes, tuple[Handled, ...]]:
        return self._decider.decide(
            fresh=batch.fresh,
            leaving=batch.leaving,
            view=view,
            now=now,
            condemned=attempt.condemned,
            stale=frozenset(attempt.stale),
        )

    async def _known(self, messages: Sequence[Message], attempt: Attempt) -> Mapping[str, InboxRow]:
        if attempt.look_up:
            return await self._store.known(message_ids=[message.id for message in messages])
        return {message.id: row for message in messages if (row := self._recent.get(message.id)) is not None}

    async def _load(
        self, fresh: Sequence[Message], fence: Mapping[int, int], attempt: Attempt
    ) -> tuple[BatchView, list[Ref]]:
        """Read what the messages name, then what that leads to; return it, and what is shared and to be locked."""
        hinting = [each for each in fresh if isinstance(each, Incoming) and each.id not in attempt.condemned]
        wants = {**attempt.wants, **named(messages=hinting)}
        plain = [ref for ref in wants if not ref[0].shared]
        view = BatchView(wanted=plain, loaded=await self._read(plain, fence, attempt))
        if more := [ref for ref in following(messages=hinting, view=view) if ref not in wants]:
            view.add(wanted=more, loaded=await self._read(more, fence, attempt))
        shared = {ref: None for ref in wants if ref[0].shared}
        return view, list({**shared, **locked(messages=hinting, view=view)})

    async def _read(
        self, plain: Sequence[Ref], fence: Mapping[int, int], attempt: Attempt
    ) -> Mapping[Ref, Stored | None]:
        attempt.loaded.update(self._kept.find(refs=[ref for ref in plain if ref not in attempt.loaded], fence=fence))
        if missing := [ref for ref in plain if ref not in attempt.loaded]:
            found = await self._store.load(refs=missing)
            attempt.loaded.update((ref, found.get(ref)) for ref in missing)
        return attempt.loaded


def _owned(messages: list[Message], epochs: Epochs, result: Result) -> tuple[dict[int, int], list[Message]]:
    """Return the epochs that the write stands on, and the messages of shards that this process still owns."""
    fence: dict[int, int] = {}
    for shard in sorted({message.shard for message in messages}):
        epoch = None if shard in result.fenced else epochs(shard)
        if epoch is None:
            result.fenced.add(shard)
        else:
            fence[shard] = epoch
    return fence, [message for message in messages if message.shard in fence]


def _condemn(message: Message, error: BadData, condemned: dict[str, str]) -> None:
    """Let the next try make a dead letter of it; when even that is refused, the process must end."""
    if message.id in condemned:
        raise RuntimeError(f"the dead letter of {message.id} cannot be written") from error
    condemned[message.id] = str(error)
