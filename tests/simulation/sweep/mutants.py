"""Defects put into the chassis on purpose that only a crash at the right step can show."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.lines import Line, Lines, Mode
from chassis.loop import Loop
from chassis.store.memory import MemoryStore


def acknowledged_before_commit(patch: pytest.MonkeyPatch) -> None:
    """The offsets of a batch are committed before the batch is written."""
    one_batch = Loop._one_batch

    async def eager(loop: Loop) -> None:
        loop.offsets.written(records=list(loop._records))
        await loop.offsets.commit()
        await one_batch(loop)

    patch.setattr(Loop, "_one_batch", eager)


def outbox_not_read(patch: pytest.MonkeyPatch) -> None:
    """A new owner sends what it commits itself, and not what it finds."""

    def from_memory(lines: Lines, *, shard: int) -> None:
        lines._lines[shard] = Line(mode=Mode.MEMORY)

    patch.setattr(Lines, "catch_up", from_memory)


def tasks_not_loaded(patch: pytest.MonkeyPatch) -> None:
    """A new owner remembers the tasks that it sets itself, and does not read those that are there."""

    async def nothing(_store: MemoryStore, **_given: Any) -> list[Any]:
        return []

    patch.setattr(MemoryStore, "tasks", nothing)
