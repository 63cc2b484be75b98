"""Decide a batch in memory: handlers one by one in arrival order, and everything they change as one value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from chassis.batch import BatchChanges, retry_id
from chassis.deadletters import dead_letter, dead_letter_row, words
from chassis.decision import Context, Decision, NotYet, Poison
from chassis.message import FromParked, FromTask, Incoming, Message, Unreadable, shard_of
from chassis.publisher import Publisher
from chassis.sources import Ids
from chassis.store.values import Changes, JournalRow, ParkedMessage, Task
from chassis.verdicts import Handled, Verdict
from chassis.view import BatchView, NotLoaded

_OUTCOMES = frozenset({"applied", "rejected", "duplicate"})


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long apart a message that came too early is tried again."""

    tries: int = 8
    first: timedelta = timedelta(milliseconds=200)
    longest: timedelta = timedelta(minutes=1)

    def pause(self, *, tries: int) -> timedelta:
        """Return how long to wait after so many tries."""
        return min(self.first * (1 << min(tries, 30)), self.longest)


@dataclass(frozen=True, slots=True)
class _Checked:
    """The parts of a decision that could have been refused, as rows."""

    journal: list[JournalRow]
    tasks: list[Task]
    answer: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Decider:
    """Runs handlers over a view. Pure but for the ids it draws."""

    service: str
    publisher: Publisher
    ids: Ids
    shards: int
    patience: Patience = field(default_factory=Patience)

    def decide(
        self,
        *,
        fresh: Sequence[Message],
        leaving: Iterable[Message],
        view: BatchView,
        now: datetime,
        condemned: Mapping[str, str],
        stale: frozenset[str],
    ) -> tuple[Changes, tuple[Handled, ...]]:
        """Decide messages that were not handled before; ``leaving`` are repeats whose task or parked row must go.

        ``condemned`` maps ids of messages that the database refused to the reason. NotLoaded names everything that
        was missing.
        """
        batch = BatchChanges(now=now)
        missing: dict[Any, None] = {}
        for message in leaving:
            batch.leave(message, strict=False)
        for message in fresh:
            try:
                self._one(message, batch, view, condemned.get(message.id), stale)
            except NotLoaded as error:
                missing.update(dict.fromkeys(error.refs))
        if missing:
            raise NotLoaded(missing)
        return batch.changes(view), tuple(batch.handled)

    def _one(
        self, message: Message, batch: BatchChanges, view: BatchView, refused: str | None, stale: frozenset[str]
    ) -> None:
        if _is_stale(message, batch, stale):
            batch.end(message, Verdict.DUPLICATE, "stale", None)
        elif isinstance(message, Unreadable):
            self._bury(message, batch, message.error)
        elif refused is not None:
            self._bury(message, batch, refused)
        else:
            self._handle(message, batch, view)

    def _handle(self, message: Incoming, batch: BatchChanges, view: BatchView) -> None:
        context = Context(now=batch.now, message_id=message.id, key=message.key, shard=message.shard)
        try:
            decision = message.route.handler(message.command, view, context)
            checked = self._check(message, decision, batch.now)
        except NotLoaded:
            raise
        except NotYet as early:
            self._park(message, batch, words(early))
        except Exception as error:  # noqa: BLE001 - handlers are pure: what they raise concerns this message alone
            self._bury(message, batch, words(error))
        else:
            if unknown := view.missing(decision.saves):
                raise NotLoaded(unknown)
            self._accept(message, decision, checked, batch, view)

    def _check(self, message: Incoming, decision: Decision, now: datetime) -> _Checked:
        """Turn into rows what may be refused, before anything of the decision counts."""
        if decision.outcome not in _OUTCOMES:
            raise Poison(f"unknown outcome {decision.outcome!r}")
        if stray := [save for save in decision.saves if save.kind.keyed and save.key != message.key]:
            raise Poison(f"{stray[0].kind.name} {stray[0].key} has another key than the message")
        answer = None if decision.answer is None else _plain(decision.answer)
        journal = [self._said(message, event, now) for event in decision.emits]
        timers = [self._task(message, "timer", timer, timer.due) for timer in decision.timers]
        calls = [self._task(message, "call", call, call.due or now) for call in decision.calls]
        return _Checked(journal=journal, tasks=timers + calls, answer=answer)

    def _said(self, message: Incoming, event: Any, now: datetime) -> JournalRow:
        return self.publisher.journal(
            event=event, cause=message, service=self.service, message_id=self.ids.draw(), now=now
        )

    def _task(self, message: Incoming, kind: str, wish: Any, due: datetime) -> Task:
        if shard_of(wish.key, self.shards) != message.shard:
            raise Poison(f"{kind} {wish.id}: its key belongs to another shard than the message")
        return Task(
            id=wish.id,
            shard=message.shard,
            kind=kind,
            name=wish.name,
            key=wish.key,
            due=due,
            message_id=self.ids.draw(),
            data=_plain(wish.data),
            correlation_id=message.correlation_id,
            causation_id=message.id,
            traceparent=message.traceparent,
        )

    def _accept(
        self, message: Incoming, decision: Decision, checked: _Checked, batch: BatchChanges, view: BatchView
    ) -> None:
        batch.leave(message, strict=True)
        view.apply(decision.saves)
        batch.rows.extend(decision.rows)
        for task_id in decision.drops:
            batch.set_task(task_id, None)
        for task in checked.tasks:
            batch.set_task(task.id, task)
        batch.journal.extend(checked.journal)
        batch.end(message, Verdict.APPLIED, decision.outcome, checked.answer)

    def _park(self, message: Incoming, batch: BatchChanges, reason: str) -> None:
        tries = message.origin.tries + 1 if isinstance(message.origin, FromParked) else 1
        if tries > self.patience.tries:
            self._bury(message, batch, f"came too early {tries} times: {reason}")
            return
        if isinstance(message.origin, FromTask):
            batch.leave(message, strict=True)
        batch.parked.append(
            ParkedMessage(
                message_id=message.id,
                shard=message.shard,
                record=message.record,
                reason=reason,
                tries=tries,
                parked_at=batch.now,
            )
        )
        batch.set_task(retry_id(message.id), self._retry(message, batch.now + self.patience.pause(tries=tries)))
        batch.end(message, Verdict.PARKED, "parked", None)

    def _retry(self, message: Incoming, due: datetime) -> Task:
        return Task(
            id=retry_id(message.id),
            shard=message.shard,
            kind="retry",
            name=message.type,
            key=message.key,
            due=due,
            message_id=message.id,
            correlation_id=message.correlation_id,
            causation_id=message.causation_id,
            traceparent=message.traceparent,
        )

    def _bury(self, message: Message, batch: BatchChanges, reason: str) -> None:
        batch.leave(message, strict=True)
        refusals: list[JournalRow] = []
        if isinstance(message, Incoming) and message.route.refusal is not None:
            try:
                refusals.append(self._said(message, message.route.refusal(message.command, reason), batch.now))
            except Exception as error:  # noqa: BLE001 - the dead letter must be written whatever the refusal raises
                reason = f"{reason} (no refusal: {words(error)})"
        letter = dead_letter(message=message, error=reason, now=batch.now)
        batch.dead.append(letter)
        batch.journal.append(
            dead_letter_row(letter=letter, cause=message, service=self.service, message_id=self.ids.draw())
        )
        batch.journal.extend(refusals)
        batch.end(message, Verdict.DEAD, "dead", {"reason": letter.error})


def _plain(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values as JSON gives them back; what JSON cannot say is poison."""
    try:
        plain: Mapping[str, Any] = orjson.loads(orjson.dumps(values))
    except TypeError as error:
        raise Poison(f"not JSON: {error}") from error
    return plain


def _is_stale(message: Message, batch: BatchChanges, stale: frozenset[str]) -> bool:
    """Return whether the message's timer was moved or dropped: earlier in the batch, or in the database."""
    origin = message.origin
    if not isinstance(origin, FromTask):
        return False
    return message.id in stale or (origin.kind == "timer" and origin.task_id in batch.tasks)
