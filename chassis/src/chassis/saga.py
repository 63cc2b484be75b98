"""A saga engine: steps as data, progress as a frozen value, pure functions from one value to the next.

    forward     step 1 -> step 2 -> ... -> | pivot -> ... -> done
    backward    undo of step 1 <- undo of step 2 <-  (before the pivot only) ... -> undone

A step sends a command and waits for a reply. A success goes on. A refusal before the pivot turns the saga round: what
was done is undone by the compensations, last first, each a durable step of the same kind. A refused compensation turns
it forward again, since what it would undo has become final. From the pivot on there is only forward: a refusal there
waits and asks again.

Every wait has a clock. When it rings, the step is asked again with back-off. When the tries are used up the state is
flagged ``stuck``: that alarms, and the saga goes on asking slowly. An operator may ask at once (`retry`), take the step
for done (`skip`) or end the saga (`force`). A running saga is therefore never without a clock.

The owner keeps the `SagaState` in its aggregate, sends the commands of each `Move`, and has a timer ring by its due.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chassis.decision import changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a step waits, doubling up to the slowest, and after how many tries it is stuck."""

    first: timedelta = timedelta(minutes=1)
    slowest: timedelta = timedelta(hours=1)
    tries: int = 6

    def wait(self, *, tries: int) -> timedelta:
        """Return how long to wait after this many tries."""
        return min(self.first * (1 << min(tries - 1, 16)), self.slowest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: what it sends, which replies end it, what undoes it, and its clock.

    A step without a command waits for another's word; ``nudge`` is then sent when its clock rings. A step that
    ``expires`` waits until the deadline of the saga, and turns the saga round when that has passed. One that ``tells``
    is answered with what later steps need: nobody can take it for done.
    """

    name: str
    success: frozenset[str]
    refusal: frozenset[str] = frozenset()
    command: str | None = None
    nudge: str | None = None
    compensation: Step | None = None
    patience: Patience = Patience()
    expires: bool = False
    tells: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Saga:
    """A list of steps in the order in which they are taken; from the step named ``pivot`` on there is no way back."""

    name: str
    steps: tuple[Step, ...]
    pivot: str

    def step(self, *, name: str) -> Step:
        """Return the step with this name."""
        return next(step for step in self.steps if step.name == name)

    def reversible(self, *, name: str) -> bool:
        """Say whether this step lies before the pivot."""
        names = [step.name for step in self.steps]
        return names.index(name) < names.index(self.pivot)


class Phase(StrEnum):
    """Where a saga is going, or how it ended."""

    FORWARD = "forward"
    BACKWARD = "backward"
    DONE = "done"
    UNDONE = "undone"
    FORCED = "forced"


@dataclass(frozen=True, kw_only=True)
class SagaState:
    """How far a run of a saga has come: its steps, where it is, its tries, its clock. No slots: `changed` copies it."""

    saga: str
    plan: tuple[str, ...]
    phase: Phase
    since: datetime
    at: int = 0
    tries: int = 1
    due: datetime | None = None
    deadline: datetime | None = None
    stuck: bool = False
    reason: str = ""

    @property
    def running(self) -> bool:
        """Whether the saga still waits for something."""
        return self.phase is Phase.FORWARD or self.phase is Phase.BACKWARD

    @property
    def waits_at(self) -> str | None:
        """The step that is waited for, or that is being undone."""
        return self.plan[self.at] if self.running else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What an event makes of a saga: its next state, the commands to send, and when its clock rings."""

    state: SagaState
    commands: tuple[str, ...] = ()
    due: datetime | None = None


def start(*, saga: Saga, plan: tuple[str, ...], now: datetime, deadline: datetime | None = None) -> Move:
    """Begin with the first step of the plan; a plan without steps is done at once."""
    state = SagaState(saga=saga.name, plan=plan, phase=Phase.FORWARD, since=now, deadline=deadline)
    return _forward(saga=saga, state=state, at=0, now=now)


def reply(*, saga: Saga, state: SagaState, reply: str, now: datetime, then: tuple[str, ...] | None = None) -> Move:
    """Take a reply: a success goes on, a refusal turns round, any other word leaves the state as it is.

    ``then`` replaces the steps that follow, when only the reply says which they are.
    """
    step = waiting_for(saga=saga, state=state)
    if step is None:
        return _unmoved(state)
    if reply in step.success:
        if then is not None and state.phase is Phase.FORWARD:
            state = changed(state, plan=(*state.plan[: state.at + 1], *then))
        return _succeeded(saga=saga, state=state, reply=reply, now=now)
    if reply in step.refusal:
        return _refused(saga=saga, state=state, reply=reply, now=now)
    return _unmoved(state)


def refuse(*, saga: Saga, state: SagaState, reason: str, now: datetime) -> Move:
    """Turn round on somebody's wish, undoing the step in flight, too; from the pivot on nothing happens."""
    if state.phase is not Phase.FORWARD or not saga.reversible(name=state.plan[state.at]):
        return _unmoved(state)
    return _backward(saga=saga, state=changed(state, reason=reason), at=state.at, now=now)


def instead(*, saga: Saga, state: SagaState, step: str, now: datetime) -> Move:
    """Take this step, going forward, in place of the one that is waited for: that was found to be the wrong one."""
    plan = (*state.plan[: state.at], step, *state.plan[state.at + 1 :])
    return _forward(saga=saga, state=changed(state, plan=plan), at=state.at, now=now)


def timeout(*, saga: Saga, state: SagaState, now: datetime) -> Move:
    """Take the ringing of the clock: ask again, later each time; a clock that rings early is set again."""
    step = waiting_for(saga=saga, state=state)
    if step is None or (state.due is not None and now < state.due):
        return _unmoved(state)
    if step.expires and state.phase is Phase.FORWARD:
        return refuse(saga=saga, state=state, reason="deadline", now=now)
    return replace(_waiting(step=step, state=state, now=now), commands=_asking(step))


def retry(*, saga: Saga, state: SagaState, now: datetime) -> Move:
    """Ask the current step again at once, with a new budget."""
    step = waiting_for(saga=saga, state=state)
    return _unmoved(state) if step is None else replace(_enter(step=step, state=state, now=now), commands=_asking(step))


def skip(*, saga: Saga, state: SagaState, now: datetime) -> Move:
    """Take the current step for done, on an operator's word, unless its answer is needed."""
    step = waiting_for(saga=saga, state=state)
    return _unmoved(state) if step is None or step.tells else _succeeded(saga=saga, state=state, reply="", now=now)


def force(*, state: SagaState, reason: str) -> Move:
    """End the saga where it is."""
    return _ended(changed(state, reason=reason), phase=Phase.FORCED) if state.running else _unmoved(state)


def waiting_for(*, saga: Saga, state: SagaState) -> Step | None:
    """Return the step or the compensation whose reply is waited for; None when the saga has ended."""
    if not state.running:
        return None
    step = saga.step(name=state.plan[state.at])
    return step if state.phase is Phase.FORWARD else step.compensation


def _succeeded(*, saga: Saga, state: SagaState, reply: str, now: datetime) -> Move:
    if state.phase is Phase.BACKWARD:
        return _backward(saga=saga, state=state, at=state.at - 1, now=now)
    at = state.at + 1
    # One word may answer two steps: money that is proven has also been taken.
    while at < len(state.plan):
        step = saga.step(name=state.plan[at])
        if step.command is not None or reply not in step.success:
            break
        at += 1
    return _forward(saga=saga, state=state, at=at, now=now)


def _refused(*, saga: Saga, state: SagaState, reply: str, now: datetime) -> Move:
    if state.phase is Phase.BACKWARD:
        return _forward(saga=saga, state=changed(state, reason=""), at=state.at + 1, now=now)
    if not saga.reversible(name=state.plan[state.at]):
        return _waiting(step=saga.step(name=state.plan[state.at]), state=changed(state, reason=reply), now=now)
    return _backward(saga=saga, state=changed(state, reason=reply), at=state.at - 1, now=now, reply=reply)


def _forward(*, saga: Saga, state: SagaState, at: int, now: datetime) -> Move:
    if at >= len(state.plan):
        return _ended(state, phase=Phase.DONE)
    return _enter(step=saga.step(name=state.plan[at]), state=state, now=now, phase=Phase.FORWARD, at=at, since=now)


def _backward(*, saga: Saga, state: SagaState, at: int, now: datetime, reply: str = "") -> Move:
    for index in range(at, -1, -1):
        undo = saga.step(name=state.plan[index]).compensation
        # A refusal may say itself that something is undone already.
        if undo is not None and reply not in undo.success:
            return _enter(step=undo, state=state, now=now, phase=Phase.BACKWARD, at=index, since=now)
    return _ended(state, phase=Phase.UNDONE)


def _enter(*, step: Step, state: SagaState, now: datetime, **place: object) -> Move:
    due = state.deadline if step.expires and state.deadline is not None else now + step.patience.wait(tries=1)
    entered = changed(state, **place, tries=1, stuck=False, due=due)
    return Move(state=entered, commands=(step.command,) if step.command else (), due=due)


def _asking(step: Step) -> tuple[str, ...]:
    return tuple(each for each in (step.command or step.nudge,) if each)


def _waiting(*, step: Step, state: SagaState, now: datetime) -> Move:
    tries, due = state.tries + 1, now + step.patience.wait(tries=state.tries + 1)
    return Move(state=changed(state, tries=tries, stuck=state.tries >= step.patience.tries, due=due), due=due)


def _ended(state: SagaState, *, phase: Phase) -> Move:
    return Move(state=changed(state, phase=phase, due=None, stuck=False))


def _unmoved(state: SagaState) -> Move:
    return Move(state=state, due=state.due)
