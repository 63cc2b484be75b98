"""Tasks come back when they are due, whatever the process was told of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from examples import NOW, task
from toy.messages import REGISTRY
from toy.service import ROUTES

from chassis.message import Message
from chassis.parser import Parser
from chassis.sources import ManualClock
from chassis.store.errors import Unavailable
from chassis.store.memory import MemoryStore
from chassis.store.values import Task
from chassis.tasks.calls import Calls
from chassis.tasks.runner import Tasks
from chassis.tasks.timetable import Timetable
from chassis.verdicts import Handled, Processed, Verdict

TIMER = task("t1", name="hold-ended", data={"booking_id": "b1"})


class Stumbling(MemoryStore):
    """Fails the first reads of tasks."""

    failures = 0

    async def tasks(self, *, shards: Sequence[int], until: object, limit: int) -> Sequence[Task]:
        if self.failures:
            self.failures -= 1
            raise Unavailable("no connection")
        return list(self.waiting.values())


def _tasks(store: MemoryStore, delivered: list[Message]) -> Tasks:
    clock, timetable = ManualClock(time=NOW), Timetable()
    calls = Calls(
        store=store,
        clock=clock,
        gateways={},
        timetable=timetable,
        epoch=lambda _shard: 1,
        on_answer=lambda _task, _answer: None,
        on_fenced=lambda _shards: None,
    )
    parser = Parser(service="toy", routes=ROUTES, registry=REGISTRY, shards=1)
    return Tasks(store=store, clock=clock, parser=parser, timetable=timetable, calls=calls, deliver=delivered.extend)


async def _brought_back(tasks: Tasks, delivered: list[Message]) -> list[str]:
    running = asyncio.create_task(tasks.run())
    for _ in range(20):
        await asyncio.sleep(0)
    running.cancel()
    return [message.id for message in delivered]


async def test_timer_of_an_unknown_commit() -> None:
    """A timer that a commit of unknown outcome has set is read from the database, and comes back in time."""
    delivered: list[Message] = []
    store = MemoryStore()
    tasks = _tasks(store, delivered)
    await tasks.enter(shard=0)
    store.waiting[TIMER.id] = TIMER
    tasks.learn(processed=Processed(uncertain=frozenset({0})))
    assert [TIMER.message_id] == await _brought_back(tasks, delivered)


async def test_message_of_an_earlier_setting() -> None:
    """A message of a timer that was moved since ends nothing: the timer comes back as it was last set."""
    delivered: list[Message] = []
    tasks = _tasks(MemoryStore(), delivered)
    await tasks.enter(shard=0)
    tasks.learn(processed=Processed(tasks=(replace(TIMER, message_id="moved"),)))
    late = Handled(message=tasks.parser.timer(task=TIMER), verdict=Verdict.DUPLICATE, outcome="stale", answer=None)
    tasks.learn(processed=Processed(handled=(late,)))
    assert ["moved"] == await _brought_back(tasks, delivered)


async def test_read_of_tasks_that_fails() -> None:
    """A shard whose tasks could not be read is read again, and nothing of it is late."""
    delivered: list[Message] = []
    store = Stumbling()
    tasks = _tasks(store, delivered)
    await tasks.enter(shard=0)
    store.failures = 1
    with pytest.raises(Unavailable):
        await tasks.enter(shard=0)
    store.waiting[TIMER.id] = TIMER
    assert [TIMER.message_id] == await _brought_back(tasks, delivered)
