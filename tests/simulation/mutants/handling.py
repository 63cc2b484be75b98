"""Defects between a record and the commit of its effect: offsets, inbox, redo, poison, what is parked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from chassis.batch import BatchChanges
from chassis.broker import Place
from chassis.deciding import Decider
from chassis.gateway import Reply, Verdict
from chassis.loop import Loop
from chassis.message import Incoming, Message, Record
from chassis.offsets import Offsets
from chassis.processor import Processor
from chassis.store.errors import BadData, Unavailable
from chassis.store.memory import MemoryStore
from chassis.store.values import Changes, InboxRow, Loaded, Saved, Task, Write, Written
from chassis.tasks.calls import Calls
from chassis.tasks.timetable import Timetable
from simulation.store import Connection


def positions_committed(patch: pytest.MonkeyPatch) -> None:
    """A commit takes the positions of the client, as ``ack`` does, and not what was written."""

    async def commit(offsets: Offsets) -> bool:
        positions: dict[Place, int] = getattr(offsets.member, "positions")  # noqa: B009 - the port has no positions
        await offsets.member.commit(offsets=dict(positions))
        return True

    patch.setattr(Offsets, "commit", commit)


def outage_taken_for_poison(patch: pytest.MonkeyPatch) -> None:
    """An error that passes is taken for bad data."""
    tried = Processor._try

    async def try_(processor: Processor, *given: Any) -> None:
        try:
            await tried(processor, *given)
        except Unavailable as error:
            raise BadData(str(error)) from error

    patch.setattr(Processor, "_try", try_)


def decided_on_a_plain_read(patch: pytest.MonkeyPatch) -> None:
    """Shared rows are read before the write, and decided on as they were then."""
    written = Connection.write

    async def write(connection: Connection, *, write: Write) -> Written:
        early = connection.memory._read(write.locks)

        def decide(_locked: Loaded) -> Changes:
            changes = write.decide(early)
            return replace(changes, saves=tuple(_rebased(connection.memory, save) for save in changes.saves))

        return await written(connection, write=replace(write, decide=decide))

    patch.setattr(Connection, "write", write)


def _rebased(store: MemoryStore, save: Saved) -> Saved:
    stored = store.aggregates.get((save.kind, save.key))
    return replace(save, version=1 + stored.version) if save.kind.shared and stored is not None else save


def inbox_not_asked(patch: pytest.MonkeyPatch) -> None:
    """Nobody looks whether a message was handled before."""
    check = MemoryStore._check

    async def nothing(_processor: Processor, *_given: object) -> Mapping[str, InboxRow]:
        return {}

    patch.setattr(Processor, "_known", nothing)
    patch.setattr(MemoryStore, "_check", lambda store, changes: check(store, replace(changes, inbox=())))


def acknowledged_before_commit(patch: pytest.MonkeyPatch) -> None:
    """A record counts as written when it is taken, and not when its effect is committed."""
    take = Loop.take

    async def hasty(loop: Loop, *, records: Sequence[Record]) -> None:
        loop.offsets.written(records=[each for each in records if loop.is_open(each.partition)])
        await take(loop, records=records)

    patch.setattr(Loop, "take", hasty)


def remembered_before_commit(patch: pytest.MonkeyPatch) -> None:
    """A message counts as handled when it was decided, and not when the decision is committed."""
    decide = Processor._decide

    def hasty(processor: Processor, *given: Any) -> Any:
        changes, handled = decide(processor, *given)
        processor._recent.remember(changes.inbox)
        return changes, handled

    patch.setattr(Processor, "_decide", hasty)


def unknown_not_looked_up(patch: pytest.MonkeyPatch) -> None:
    """After a commit of unknown outcome the batch is decided again without asking the inbox what became of it."""
    known = Processor._known

    async def forgetful(processor: Processor, messages: Sequence[Message], attempt: Any) -> Mapping[str, InboxRow]:
        attempt.look_up = False
        return await known(processor, messages, attempt)

    patch.setattr(Processor, "_known", forgetful)


def timer_lost_on_redo(patch: pytest.MonkeyPatch) -> None:
    """A batch that is decided again writes everything but its timers."""
    decide = Processor._decide

    def again(processor: Processor, batch: Any, view: Any, attempt: Any, now: Any) -> Any:
        changes, handled = decide(processor, batch, view, attempt, now)
        lost = attempt.waits or attempt.redos
        return (replace(changes, tasks=()) if lost else changes), handled

    patch.setattr(Processor, "_decide", again)


def parked_never_retried(patch: pytest.MonkeyPatch) -> None:
    """A message that came too early is parked, and nothing brings it back."""
    set_task = BatchChanges.set_task

    def forgetful(batch: BatchChanges, task_id: str, task: Task | None) -> None:
        if task is None or task.kind != "retry":
            set_task(batch, task_id, task)

    patch.setattr(BatchChanges, "set_task", forgetful)


def early_taken_for_poison(patch: pytest.MonkeyPatch) -> None:
    """A message that came before what it needs is set aside for good."""
    patch.setattr(Decider, "_park", Decider._bury)


def refusal_not_told(patch: pytest.MonkeyPatch) -> None:
    """Of a command that can never be handled nobody is told: there is a dead letter, and that is all."""
    bury = Decider._bury

    def silent(decider: Decider, message: Message, batch: BatchChanges, reason: str) -> None:
        if isinstance(message, Incoming):
            message = replace(message, route=replace(message.route, refusal=None))
        bury(decider, message, batch, reason)

    patch.setattr(Decider, "_bury", silent)


def early_timer_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Timers that lie beyond what is kept in memory are not read again when their time comes."""
    patch.setattr(Timetable, "uncovered", lambda _timetable, **_given: [])


def call_started_by_anybody(patch: pytest.MonkeyPatch) -> None:
    """A call is made by whoever has it in memory: neither its fence nor its row is looked at."""

    async def start(_store: MemoryStore, *, tasks: Sequence[Task], **_given: object) -> Sequence[Task]:
        return list(tasks)

    patch.setattr(MemoryStore, "start", start)


def broken_call_taken_for_refused(patch: pytest.MonkeyPatch) -> None:
    """A call whose answer does not come was refused."""
    reply = Calls._reply

    async def guessing(calls: Calls, task: Task, *, again: bool) -> Reply:
        found = await reply(calls, task, again=again)
        return Reply.no() if found.verdict is Verdict.UNKNOWN else found

    patch.setattr(Calls, "_reply", guessing)
