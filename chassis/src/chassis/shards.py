"""The life of a shard: paused, bumped, verified, backlog queued, open, draining, closed. Only this says who owns it.

A shard is partition n of every topic that the service reads. The group's assignment is the lease, and the epoch in
the database is the fence that makes it safe:

1. *paused*. ``assigned`` is called while records may already arrive, without heartbeats, and what it raises is only
   logged. So its first and only act is to pause everything; a task does the rest. Pauses do not survive a rebalance:
   every one pauses again.
2. *bumped*. The task raises the epoch of each shard. From here on no other process can write for it; a write that
   stood on the old epoch has either committed before or is refused.
3. *verified*. A commit of offsets under the member's generation shows that the group still counts on this process: a
   process that stalled between 1 and 2 raised the epoch of somebody else's shard, and must not go on. That other one
   finds itself fenced, verifies, and raises again (6).
4. *queued*. The relay begins with what the outbox holds.
5. *open*. The tasks are loaded; then the partitions are resumed, from the last offset that was written: what arrived
   in between was passed over. Then *draining* (a rebalance or the end of the process: the running batch finishes, its
   offsets are committed) and *closed*.
6. *fenced*. A write was refused. After a jitter the same check as in 3: still a member -> from 2 again, no longer one
   -> nothing, the client joins again by itself and 1 follows.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import structlog

from chassis.broker import BrokerUnavailable, Member, NotMember, Place
from chassis.offsets import Offsets
from chassis.relay import Relay
from chassis.store.errors import StoreError
from chassis.store.protocol import Store
from chassis.tasks.runner import Tasks

log = structlog.get_logger()

PAUSES = (0.1, 0.3, 1.0, 2.0)
JITTER_SECONDS = (0.2, 1.0)


class Stage(StrEnum):
    """Where a shard is in its life."""

    PAUSED = "paused"
    BUMPED = "bumped"
    VERIFIED = "verified"
    QUEUED = "queued"
    OPEN = "open"
    DRAINING = "draining"
    FENCED = "fenced"
    CLOSED = "closed"


WRITING = frozenset({Stage.OPEN, Stage.DRAINING})


class Work(Protocol):
    """The running batch and what waits before it."""

    def drop(self, *, shards: Collection[int]) -> None:
        """Forget what waits for these shards: it will be read again."""
        ...

    async def settle(self, *, seconds: float) -> bool:
        """Wait, for a bounded time, until no batch is running."""
        ...


@dataclass(slots=True)
class Shards:
    """The shards of one process."""

    topics: Sequence[str]
    store: Store
    member: Member
    offsets: Offsets
    relay: Relay
    tasks: Tasks
    work: Work
    random: random.Random
    settle_seconds: float = 4.0
    term: int = 0
    _stages: dict[int, Stage] = field(default_factory=dict)
    _epochs: dict[int, int] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def epoch(self, shard: int, /) -> int | None:
        """Return the epoch under which this process may write for the shard, None when it may not."""
        return self._epochs.get(shard) if self._stages.get(shard) in WRITING else None

    def is_open(self, shard: int, /) -> bool:
        """Return whether messages of this shard are taken."""
        return self._stages.get(shard) is Stage.OPEN

    def stages(self) -> dict[int, str]:
        """Return the stage of each shard of the assignment."""
        return {shard: stage.value for shard, stage in sorted(self._stages.items())}

    def assigned(self, *, places: Collection[Place]) -> None:
        """Pause everything, and open the shards of which every topic's partition is here, in a task."""
        self.member.pause(places=places)
        self.term += 1
        self.offsets.forget()
        mine = frozenset(places)
        numbers = sorted({place.partition for place in mine})
        whole = [number for number in numbers if self._places(number) <= mine]
        self._stages = dict.fromkeys(numbers, Stage.PAUSED)
        if len(whole) < len(numbers):
            log.error("shards.partial", shards=[number for number in numbers if number not in whole])
        self._start(self._open(self.term, whole))

    async def revoked(self) -> None:
        """Let the running batch finish, commit its offsets, and close everything."""
        self._stop_opening()
        owned = [shard for shard, stage in self._stages.items() if stage is Stage.OPEN]
        self._move(owned, Stage.DRAINING)
        self.work.drop(shards=list(self._stages))
        if await self.work.settle(seconds=self.settle_seconds):
            await self.offsets.commit()
        self._leave(self._stages)
        self._stages = dict.fromkeys(self._stages, Stage.CLOSED)
        self._epochs = {}

    def fenced(self, *, shards: Collection[int]) -> None:
        """Stop working on shards whose epoch another process has raised, and find out whether that was right."""
        lost = [shard for shard in shards if self._stages.get(shard) is Stage.OPEN]
        if not lost:
            return
        log.warning("shards.fenced", shards=lost)
        self._move(lost, Stage.FENCED)
        self.member.pause(places=self._all_places(lost))
        self.work.drop(shards=lost)
        self._leave(lost)
        self._start(self._open(self.term, lost, again=True))

    async def close(self) -> None:
        """Stop what is still opening."""
        tasks = self._stop_opening()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _stop_opening(self) -> list[asyncio.Task[None]]:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        return tasks

    def _start(self, opening: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(opening)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open(self, term: int, shards: Sequence[int], *, again: bool = False) -> None:
        tries = 0
        while self.term == term:
            try:
                if again or tries:
                    await asyncio.sleep(
                        self.random.uniform(*JITTER_SECONDS) if again else PAUSES[min(tries, len(PAUSES)) - 1]
                    )
                    await self._verify(shards)
                await self._take(shards)
            except NotMember:
                # The client noticed it in the same answer and is joining again; a new assignment follows.
                log.warning("shards.not_member", shards=shards)
                return
            except (BrokerUnavailable, StoreError) as error:
                tries += 1
                self._move(shards, Stage.PAUSED)
                self._leave(shards)
                log.warning("shards.open_again", shards=shards, error=repr(error))
            else:
                return

    async def _take(self, shards: Sequence[int]) -> None:
        for shard in shards:
            self._epochs[shard] = await self.store.raise_epoch(shard=shard)
            self._move([shard], Stage.BUMPED)
        await self._verify(shards)
        self._move(shards, Stage.VERIFIED)
        for shard in shards:
            self.relay.enter(shard=shard)
        self._move(shards, Stage.QUEUED)
        self._move(shards, Stage.OPEN)
        for shard in shards:
            await self.tasks.enter(shard=shard)
        places = self._all_places(shards)
        self.member.seek(offsets=self.offsets.next_of(places=places))
        self.member.resume(places=places)
        log.info("shards.open", shards=list(shards), epochs=[self._epochs[shard] for shard in shards])

    async def _verify(self, shards: Iterable[int]) -> None:
        places = self._all_places(shards)
        await self.offsets.learn(places=places)
        await self.offsets.verify(places=places)

    def _leave(self, shards: Iterable[int]) -> None:
        for shard in shards:
            self.relay.leave(shard=shard)
            self.tasks.leave(shard=shard)

    def _move(self, shards: Iterable[int], stage: Stage) -> None:
        for shard in shards:
            self._stages[shard] = stage

    def _places(self, shard: int) -> frozenset[Place]:
        return frozenset(Place(topic, shard) for topic in self.topics)

    def _all_places(self, shards: Iterable[int]) -> list[Place]:
        return [Place(topic, shard) for shard in shards for topic in self.topics]
