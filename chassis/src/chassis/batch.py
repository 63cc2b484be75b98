"""What a batch has changed so far, message by message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chassis.decision import Append
from chassis.message import FromParked, FromTask, Message
from chassis.store.values import Changes, DeadLetter, Finished, InboxRow, JournalRow, ParkedMessage, Task
from chassis.verdicts import Handled, Verdict
from chassis.view import BatchView


def retry_id(message_id: str) -> str:
    """Return the id of the task that brings a parked message back."""
    return f"parked:{message_id}"


@dataclass(slots=True)
class BatchChanges:
    """What has been decided so far; turned into Changes at the end."""

    now: datetime
    handled: list[Handled] = field(default_factory=list)
    rows: list[Append] = field(default_factory=list)
    inbox: list[InboxRow] = field(default_factory=list)
    finished: list[Finished] = field(default_factory=list)
    tasks: dict[str, Task | None] = field(default_factory=dict)
    parked: list[ParkedMessage] = field(default_factory=list)
    unparked: list[str] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    journal: list[JournalRow] = field(default_factory=list)

    def end(self, message: Message, verdict: Verdict, outcome: str, answer: Mapping[str, Any] | None) -> None:
        """Note what became of a message, and keep it in the inbox when it is done."""
        self.handled.append(Handled(message=message, verdict=verdict, outcome=outcome, answer=answer))
        if verdict is Verdict.APPLIED or verdict is Verdict.DEAD:
            self.inbox.append(
                InboxRow(
                    message_id=message.id,
                    fingerprint=message.fingerprint,
                    outcome=outcome,
                    answer=answer,
                    handled_at=self.now,
                )
            )

    def leave(self, message: Message, *, strict: bool) -> None:
        """Take the message out of where it waited: its task, or the parked ones."""
        if isinstance(message.origin, FromTask):
            self.finished.append(Finished(task_id=message.origin.task_id, message_id=message.id, strict=strict))
        elif isinstance(message.origin, FromParked):
            self.finished.append(Finished(task_id=retry_id(message.id), message_id=message.id, strict=False))
            self.unparked.append(message.id)

    def set_task(self, task_id: str, task: Task | None) -> None:
        """Let this be the last word on a task: None drops it."""
        self.tasks.pop(task_id, None)
        self.tasks[task_id] = task

    def changes(self, view: BatchView) -> Changes:
        """Return all that the batch writes."""
        return Changes(
            now=self.now,
            saves=view.saved(),
            rows=tuple(self.rows),
            inbox=tuple(self.inbox),
            finished=tuple(self.finished),
            dropped=tuple(task_id for task_id, task in self.tasks.items() if task is None),
            tasks=tuple(task for task in self.tasks.values() if task is not None),
            parked=tuple(self.parked),
            unparked=tuple(self.unparked),
            dead=tuple(self.dead),
            journal=tuple(self.journal),
        )
