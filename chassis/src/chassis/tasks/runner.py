"""Brings tasks back when they are due: timers and parked messages as messages, calls to their gateways."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog

from chassis.message import FromTask, Message
from chassis.parser import Parser
from chassis.sources import Clock
from chassis.store.errors import StoreError
from chassis.store.protocol import Store
from chassis.store.values import Task
from chassis.tasks.calls import Calls
from chassis.tasks.timetable import Timetable
from chassis.verdicts import Processed

log = structlog.get_logger()

HORIZON = timedelta(minutes=10)
LOAD = 20_000
TAKE = 500
SLEEP_SECONDS = 1.0


@dataclass(slots=True)
class Tasks:
    """The tasks of the open shards. ``deliver`` hands messages to the loop, which may forget those of a lost shard."""

    store: Store
    clock: Clock
    parser: Parser
    timetable: Timetable
    calls: Calls
    deliver: Callable[[Sequence[Message]], None]
    beat: float = 0.0
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    async def enter(self, *, shard: int) -> None:
        """Load what is due before the horizon."""
        until = self.clock.now() + HORIZON
        # Covered before it is read: a task that is set while the read is under way must not fall between the two.
        self.timetable.cover(shard=shard, until=until)
        try:
            tasks = await self.store.tasks(shards=[shard], until=until, limit=LOAD)
        except StoreError:
            self.timetable.doubt(shards=[shard])
            raise
        if len(tasks) == LOAD and self.timetable.covers(shard=shard):
            self.timetable.cover(shard=shard, until=tasks[-1].due)
        self.timetable.set(tasks=tasks)
        self._wake.set()

    def leave(self, *, shard: int) -> None:
        """Forget the shard's tasks."""
        self.timetable.drop_shard(shard=shard)
        self.calls.leave(shard=shard)

    def learn(self, *, processed: Processed) -> None:
        """Take in what a batch finished, dropped, set and moved.

        What a commit of unknown outcome did to the tasks of its shards only the database can tell: they are read again.
        """
        for handled in processed.handled:
            origin = handled.message.origin
            if isinstance(origin, FromTask) and self.timetable.holds(origin.task_id, handled.message.id):
                self.calls.ended(task_id=origin.task_id)
        for task_id in processed.ended:
            self.calls.ended(task_id=task_id)
        self.timetable.set(tasks=processed.tasks)
        self.timetable.doubt(shards=processed.uncertain)
        self._wake.set()

    def answered(self, task: Task, answer: Mapping[str, object], /) -> None:
        """Turn the definite answer to a call into a message."""
        self.deliver([self.parser.answer(task=task, answer=answer)])

    async def run(self) -> None:
        """Bring back what is due, until cancelled."""
        while True:
            self.beat = asyncio.get_running_loop().time()
            await self._extend()
            taken = self.timetable.take(now=self.clock.now(), limit=TAKE)
            if not taken:
                await self._sleep()
                continue
            timers = [self.parser.timer(task=task) for task in taken if task.kind == "timer"]
            if timers:
                self.deliver(timers)
            await self._unpark([task for task in taken if task.kind == "retry"])
            await self.calls.begin(tasks=[task for task in taken if task.kind == "call"])

    async def _sleep(self) -> None:
        due = self.timetable.next_due()
        seconds = (
            SLEEP_SECONDS if due is None else min(SLEEP_SECONDS, max(0.0, (due - self.clock.now()).total_seconds()))
        )
        with suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0.005)):
                await self._wake.wait()
        self._wake.clear()

    async def _extend(self) -> None:
        for shard in self.timetable.uncovered(until=self.clock.now() + HORIZON / 2):
            # It may have been left while another one was read. Taken then, its tasks would be delivered to nobody, and
            # who opens it again would believe them taken.
            if not self.timetable.covers(shard=shard):
                continue
            try:
                await self.enter(shard=shard)
            except StoreError as error:
                log.warning("tasks.not_loaded", shard=shard, error=repr(error))
                await asyncio.sleep(SLEEP_SECONDS)

    async def _unpark(self, tasks: Sequence[Task]) -> None:
        if not tasks:
            return
        wanted = {task.message_id: task for task in tasks}
        try:
            parked = await self.store.parked(message_ids=list(wanted))
        except StoreError as error:
            log.warning("tasks.not_unparked", error=repr(error))
            later = self.clock.now() + timedelta(seconds=SLEEP_SECONDS)
            for task in tasks:
                self.timetable.release(task=replace(task, due=later))
            return
        self.deliver([self.parser.parked(parked=each) for each in parked])
        for message_id in wanted.keys() - {each.message_id for each in parked}:
            self.timetable.end(task_id=wanted[message_id].id)
