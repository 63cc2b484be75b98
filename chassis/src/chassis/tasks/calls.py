"""Calls to the outside world: started before they are made, one at a time per key, asked until the answer is definite.

A call is committed as *started* before it is made, under the fence: a process that lost the shard makes no call. A
new owner that finds a started call cannot know whether it was made, so it asks again under the same idempotency key.
Only yes or no closes a call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import orjson
import structlog

from chassis.gateway import Ask, Gateway, Reply, Verdict
from chassis.sources import Clock
from chassis.store.errors import Fenced, StoreError
from chassis.store.protocol import Store
from chassis.store.values import Task
from chassis.tasks.timetable import Timetable

log = structlog.get_logger()

CALL_SECONDS = 20.0
"""How long one try of a call may take, unless its service says otherwise."""

AGAIN_SECONDS = (1, 2, 5, 15, 60, 300)


@dataclass(slots=True)
class Calls:
    """The calls that this process is making."""

    store: Store
    clock: Clock
    gateways: Mapping[str, Gateway]
    timetable: Timetable
    epoch: Callable[[int], int | None]
    on_answer: Callable[[Task, Mapping[str, object]], None]
    on_fenced: Callable[[frozenset[int]], None]
    call_seconds: Mapping[str, float] = field(default_factory=dict)
    again_seconds: Sequence[float] = AGAIN_SECONDS
    _asking: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _waiting: dict[str, list[Task]] = field(default_factory=dict)
    _busy: dict[str, Task] = field(default_factory=dict)

    async def begin(self, *, tasks: Sequence[Task]) -> None:
        """Start due calls and make them; those whose key is busy wait for it."""
        free = [task for task in tasks if self._claim(task)]
        fence = {task.shard: epoch for task in free if (epoch := self.epoch(task.shard)) is not None}
        wanted = [task for task in free if task.shard in fence]
        if not wanted:
            return
        try:
            started = await self.store.start(fence=fence, tasks=wanted, now=self.clock.now())
        except Fenced as fenced:
            self.on_fenced(fenced.shards)
            self._release(wanted, seconds=0.1)
        except StoreError as error:
            log.warning("calls.not_started", error=repr(error), calls=len(wanted))
            self._release(wanted, seconds=1.0)
        else:
            before = {task.id: task for task in wanted}
            for task in started:
                self._asking[task.id] = asyncio.create_task(
                    self._ask(task, again=before.pop(task.id).state == "started")
                )
            for task in before.values():
                self.ended(task_id=task.id)

    def ended(self, *, task_id: str) -> None:
        """Free the key of a call that is closed or dropped, and let the next one of that key begin."""
        self.timetable.end(task_id=task_id)
        self._free(task_id)

    def _free(self, task_id: str) -> None:
        for key in [key for key, task in self._busy.items() if task.id == task_id]:
            del self._busy[key]
            for task in self._waiting.pop(key, []):
                self.timetable.release(task=task)

    def leave(self, *, shard: int) -> None:
        """Forget the calls of a shard; one that is on its way is asked again by the next owner."""
        for key in [key for key, task in self._busy.items() if task.shard == shard]:
            del self._busy[key]
            self._waiting.pop(key, None)

    async def close(self, *, seconds: float) -> None:
        """Give calls on their way a bounded time to end."""
        tasks = list(self._asking.values())
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def under_way(self) -> int:
        """Return how many calls are being made."""
        return len(self._asking)

    def _claim(self, task: Task) -> bool:
        holder = self._busy.setdefault(task.key, task)
        if holder.id != task.id:
            self._waiting.setdefault(task.key, []).append(task)
        return holder.id == task.id and task.id not in self._asking

    async def _ask(self, task: Task, *, again: bool) -> None:
        try:
            reply = await self._reply(task, again=again)
            if reply.verdict is Verdict.UNKNOWN:
                await self._postpone(task, reply.reason)
            else:
                self.on_answer(task, {"verdict": reply.verdict.value, **reply.data})
        finally:
            self._asking.pop(task.id, None)

    async def _reply(self, task: Task, *, again: bool) -> Reply:
        gateway = self.gateways.get(task.name)
        if gateway is None:
            return Reply.unknown(f"no gateway for {task.name}")
        ask = Ask(task.id, task.name, task.key, task.data, again, task.started_at, task.traceparent)
        try:
            async with asyncio.timeout(self.call_seconds.get(task.name, CALL_SECONDS)):
                reply = await gateway(ask)
            orjson.dumps(reply.data)  # what JSON cannot say would never reach its handler
            return reply  # noqa: TRY300 - the reply is as much in doubt as the call
        except Exception as error:  # noqa: BLE001 - whatever a gateway raises: the outside world may have acted
            return Reply.unknown(repr(error))

    async def _postpone(self, task: Task, reason: str) -> None:
        pause = self.again_seconds[min(task.attempts, len(self.again_seconds)) - 1]
        later = replace(task, due=self.clock.now() + timedelta(seconds=pause), state="started")
        log.warning(
            "calls.unknown", call=task.name, task_id=task.id, order_id=task.key, tries=task.attempts, reason=reason
        )
        epoch = self.epoch(task.shard)
        if epoch is not None:
            try:
                await self.store.postpone(fence={task.shard: epoch}, tasks=[later])
            except Fenced as fenced:
                self.on_fenced(fenced.shards)
            except StoreError as error:
                log.warning("calls.not_postponed", task_id=task.id, error=repr(error))
        self.timetable.release(task=later)
        self._free(task.id)

    def _release(self, tasks: Sequence[Task], *, seconds: float) -> None:
        due = self.clock.now() + timedelta(seconds=seconds)
        for task in tasks:
            self.timetable.release(task=replace(task, due=due))
            self._free(task.id)
