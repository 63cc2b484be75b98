"""Which clocks of a service are set, which of them only ask again, and what passes when they ring."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from chassis import saga as engine
from chassis.saga import Phase, SagaState
from chassis.store.values import Task
from model.bank import BEGINNING
from model.machine import Local
from model.scene import ORDER_ID, Scene
from order.domain.order import ORDER
from order.domain.profiles import PROFILES, ClockName, ProfileName
from order.domain.requesting import DEFAULT_HOLD
from order.saga import SAGAS


class Ring(NamedTuple):
    """A clock that is set; one that ``asks`` only repeats a question, one that ``moves`` ends a time."""

    task: str
    asks: bool
    moves: bool
    due: datetime
    words: str

    def passes(self, *, times: Sequence[datetime]) -> int:
        """Return which of the times has surely passed when this rings; a repetition says nothing of that."""
        return sum(at <= self.due for at in times[1:]) if self.moves else 0


def thresholds(*, scene: Scene) -> tuple[datetime, ...]:
    """Return the times at which something that is held or waited for ends: none yet, the deadline, its extension."""
    clock = PROFILES[ProfileName(scene.order.profile)].clock(name=ClockName.PAY_DEADLINE)
    deadline = BEGINNING + (clock.after if clock else DEFAULT_HOLD)
    return BEGINNING, deadline, deadline + DEFAULT_HOLD


def rings(*, local: Local, archives: bool) -> tuple[Ring, ...]:
    """Return the clocks of the order that are set in this state of a service."""
    return tuple(
        _ring(task, local)
        for task in sorted(local.waiting.values(), key=lambda task: task.id)
        if task.kind == "timer" and task.key == ORDER_ID and (archives or task.name != "archive")
    )


def _ring(task: Task, local: Local) -> Ring:
    if task.name != "saga-clock":
        return Ring(task.id, asks=False, moves=task.name == "hold-ended", due=task.due, words=f"clock: {task.name}")
    key = str(task.data["saga"])
    state = next((order.sagas[key] for order in local.all_of(ORDER) if key in order.sagas), None)
    expires = state is not None and _expires(state)
    # One that is set for earlier is set again when it rings: what counts is until when the saga waits.
    due = task.due if state is None or state.due is None else state.due
    return Ring(task.id, asks=not expires, moves=expires, due=due, words=f"clock: {task.name} {key}")


def _expires(state: SagaState) -> bool:
    """Whether the saga's clock is a deadline, not a repetition."""
    step = engine.waiting_for(saga=SAGAS[state.saga], state=state)
    return step is not None and step.expires and state.phase is Phase.FORWARD
