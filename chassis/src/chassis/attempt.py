"""What a batch has led to so far, and what its failed tries have taught."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from chassis.routes import Ref
from chassis.store.values import OutboxRow, Stored, Task, Written
from chassis.verdicts import Handled, Processed


@dataclass(slots=True)
class Result:
    """What has become of the batch so far."""

    handled: list[Handled] = field(default_factory=list)
    outbox: list[OutboxRow] = field(default_factory=list)
    ended: dict[str, None] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    fenced: set[int] = field(default_factory=set)
    uncertain: set[int] = field(default_factory=set)

    def add(self, handled: Iterable[Handled], written: Written | None) -> None:
        """Add what one committed write, or a batch of repeats, led to."""
        self.handled.extend(handled)
        if written is None:
            return
        self.outbox.extend(written.outbox)
        for task_id in written.ended:
            self.ended[task_id] = None
            self.tasks.pop(task_id, None)
        self.tasks.update((task.id, task) for task in written.tasks)

    def processed(self) -> Processed:
        """Return what became of the batch."""
        return Processed(
            handled=tuple(self.handled),
            outbox=tuple(self.outbox),
            ended=tuple(self.ended),
            tasks=tuple(self.tasks.values()),
            fenced=frozenset(self.fenced),
            uncertain=frozenset(self.uncertain),
        )


@dataclass(slots=True)
class Attempt:
    """What the tries of one write have taught: refs to load, ids to look up, messages the database refused.

    ``loaded`` is what was read for this try; None stands for what is not there. A try that only asks for more keeps it:
    the versions of what it saves are compared in the write, however long ago it was read.
    """

    wants: dict[Ref, None] = field(default_factory=dict)
    loaded: dict[Ref, Stored | None] = field(default_factory=dict)
    condemned: dict[str, str] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)
    look_up: bool = False
    waits: int = 0
    redos: int = 0
