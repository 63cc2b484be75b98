import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta

from ports import NOW
from toys.messages import REGISTRY
from toys.teller.service import ROUTES, Audit

from chassis.message import FromTask, Incoming, Message
from chassis.parser import Parser
from chassis.sources import ManualClock
from chassis.store.memory import MemoryStore
from chassis.store.values import Task
from chassis.tasks.calls import Calls
from chassis.tasks.runner import HORIZON, Tasks
from chassis.tasks.timetable import Timetable
from chassis.verdicts import Handled, Processed, Verdict
from embedded.eventually import eventually

AUDIT = Task(
    id="a1",
    shard=0,
    kind="timer",
    name="audit",
    key="alice",
    due=NOW,
    message_id="m1",
    data={"account": "alice"},
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
)


class Desk:
    def __init__(self, *tasks: Task) -> None:
        self.clock = ManualClock(NOW)
        self.store = MemoryStore(waiting={task.id: task for task in tasks})
        self.delivered: list[Message] = []
        timetable = Timetable()
        self.tasks = Tasks(
            store=self.store,
            clock=self.clock,
            parser=Parser(service="teller", routes=ROUTES, registry=REGISTRY, shards=1),
            timetable=timetable,
            calls=Calls(
                store=self.store,
                clock=self.clock,
                gateways={},
                timetable=timetable,
                epoch=lambda _shard: 1,
                on_answer=lambda _task, _answer: None,
                on_fenced=lambda _shards: None,
            ),
            deliver=self.delivered.extend,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        await self.tasks.enter(shard=0)
        task = asyncio.create_task(self.tasks.run())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_due_timer_becomes_a_message() -> None:
    """A timer of a shard that was taken over comes back as a message, in the trace of what set it."""
    desk = Desk(AUDIT)
    async with desk.running():
        await eventually(lambda: desk.delivered)
    (message,) = desk.delivered
    assert isinstance(message, Incoming)
    assert ("m1", "timer.audit", Audit("alice")) == (message.id, message.type, message.command)
    assert (FromTask("a1", "timer"), AUDIT.traceparent) == (message.origin, message.traceparent)


async def test_a_timer_set_by_a_batch_is_known_at_once() -> None:
    """What a batch set becomes due without the database being asked; what it ended does not come."""
    desk = Desk()
    soon = replace(AUDIT, id="a2", message_id="m2", due=NOW + timedelta(seconds=5))
    gone = replace(AUDIT, id="a3", message_id="m3", due=NOW + timedelta(seconds=5))
    async with desk.running():
        desk.tasks.learn(processed=Processed(tasks=(soon, gone)))
        desk.tasks.learn(processed=Processed(ended=("a3",)))
        desk.clock.advance(by=timedelta(seconds=5))
        desk.tasks.learn(processed=Processed())
        await eventually(lambda: [message.id for message in desk.delivered] == ["m2"])


async def test_a_far_timer_is_loaded_when_it_comes_near() -> None:
    """A timer beyond the horizon is not kept in memory, and comes when it is due."""
    desk = Desk(replace(AUDIT, due=NOW + 2 * HORIZON))
    async with desk.running():
        assert 0 == len(desk.tasks.timetable)
        desk.clock.advance(by=2 * HORIZON)
        desk.tasks.learn(processed=Processed())
        await eventually(lambda: [message.id for message in desk.delivered] == ["m1"])


async def test_a_handled_task_is_over_and_a_lost_shard_forgotten() -> None:
    """A task is forgotten when its message was handled, and with its shard."""
    desk = Desk(AUDIT, replace(AUDIT, id="later", message_id="m9", due=NOW + timedelta(minutes=1)))
    async with desk.running():
        await eventually(lambda: desk.delivered)
        handled = Handled(desk.delivered[0], Verdict.APPLIED, "applied", None)
        desk.tasks.learn(processed=Processed(handled=(handled,)))
        assert 1 == len(desk.tasks.timetable)
        desk.tasks.leave(shard=0)
        assert 0 == len(desk.tasks.timetable)


class Interrupted(MemoryStore):
    """While the tasks of one shard are read, something happens, once."""

    happens: Callable[[], None] | None = None

    async def tasks(self, *, shards: Sequence[int], until: datetime, limit: int) -> Sequence[Task]:
        found = await super().tasks(shards=shards, until=until, limit=limit)
        happens, self.happens = self.happens, None
        if happens is not None:
            happens()
        return found


async def test_a_shard_that_is_left_while_another_is_read_stays_left() -> None:
    """The next look ahead does not take up a shard again that was lost while it read the tasks of another one."""
    desk = Desk()
    store = Interrupted()
    desk.tasks.store = store
    for shard in (0, 1):
        await desk.tasks.enter(shard=shard)
    store.happens = lambda: desk.tasks.leave(shard=1)
    desk.clock.advance(by=HORIZON)
    looking = asyncio.create_task(desk.tasks.run())
    await eventually(lambda: not desk.tasks.timetable.uncovered(until=desk.clock.now() + HORIZON / 2))
    looking.cancel()
    assert not desk.tasks.timetable.covers(shard=1)
