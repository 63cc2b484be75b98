"""What is due when, in memory: the tasks of the open shards up to a horizon; the database has all of them."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chassis.store.values import Task

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Timetable:
    """Tasks by due time. A task is taken once; it comes back only when it is set again or released."""

    _known: dict[str, Task] = field(default_factory=dict)
    _taken: dict[str, str] = field(default_factory=dict)
    _heap: list[tuple[datetime, str, str]] = field(default_factory=list)
    _covered: dict[int, datetime] = field(default_factory=dict)

    def cover(self, *, shard: int, until: datetime) -> None:
        """Keep this shard's tasks that are due until then; later ones are left to the database."""
        self._covered[shard] = until

    def covers(self, *, shard: int) -> bool:
        """Return whether the shard's tasks are kept: it may have been lost while they were read."""
        return shard in self._covered

    def doubt(self, *, shards: Iterable[int]) -> None:
        """Take these shards for uncovered: their tasks may have changed without a word."""
        for shard in shards:
            if shard in self._covered:
                self._covered[shard] = NEVER

    def holds(self, task_id: str, message_id: str, /) -> bool:
        """Return whether this setting of the task is the known one; a message of an earlier one ends nothing."""
        known = self._known.get(task_id)
        return known is not None and known.message_id == message_id

    def drop_shard(self, *, shard: int) -> None:
        """Forget a shard and its tasks."""
        self._covered.pop(shard, None)
        for task in [each for each in self._known.values() if each.shard == shard]:
            self.end(task_id=task.id)

    def uncovered(self, *, until: datetime) -> list[int]:
        """Return the shards whose tasks are not known up to this time."""
        return [shard for shard, covered in self._covered.items() if covered < until]

    def set(self, *, tasks: Iterable[Task]) -> None:
        """Take in tasks that are new, moved, or loaded once more."""
        for task in tasks:
            covered = self._covered.get(task.shard)
            known = self._known.get(task.id)
            if known is not None and known.message_id == task.message_id and known.due == task.due:
                continue
            self.end(task_id=task.id)
            if covered is None or task.due > covered:
                continue
            self._known[task.id] = task
            heapq.heappush(self._heap, (task.due, task.id, task.message_id))

    def end(self, *, task_id: str) -> None:
        """Forget a task that is finished or dropped."""
        self._known.pop(task_id, None)
        self._taken.pop(task_id, None)

    def release(self, *, task: Task) -> None:
        """Put a task that was taken back, perhaps with another due time."""
        if self._known.get(task.id) is not None and self._taken.get(task.id) == task.message_id:
            self.end(task_id=task.id)
            self.set(tasks=[task])

    def take(self, *, now: datetime, limit: int) -> list[Task]:
        """Return tasks that are due and not yet taken, earliest first."""
        due: list[Task] = []
        while self._heap and len(due) < limit and self._heap[0][0] <= now:
            when, task_id, message_id = heapq.heappop(self._heap)
            task = self._known.get(task_id)
            stale = task is None or task.message_id != message_id or task.due != when
            if task is None or stale or self._taken.get(task_id) == message_id:
                continue
            self._taken[task_id] = message_id
            due.append(task)
        return due

    def next_due(self) -> datetime | None:
        """Return when the earliest task is due."""
        return self._heap[0][0] if self._heap else None

    def __len__(self) -> int:
        return len(self._known)
