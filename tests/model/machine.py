"""One service as a machine: its production routes over the memory store, each (state, event) computed once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from chassis.deciding import Patience
from chassis.message import Message, NotForUs
from chassis.parser import Parser
from chassis.processor import Processor
from chassis.publisher import Publisher
from chassis.routes import Ref, Routes
from chassis.sources import ManualClock, SeededIds
from chassis.store.memory import MemoryStore
from chassis.store.values import Stored, Task
from chassis.testing import run_now
from chassis.verdicts import Verdict
from contracts.topics import PARTITIONS
from model.canonical import canonical
from model.messages import Messages

ENDLESS = Patience(tries=1_000_000)
"""A message that came too early is kept until it can be handled: that it comes at last is what is checked."""

UNREAD = frozenset({"entry"})
"""Rows that no decision reads, and that no second message can add again."""


@dataclass(slots=True)
class Local:
    """What one service has stored, as one of its states is met first."""

    aggregates: Mapping[Ref, Stored]
    rows: Mapping[str, Mapping[str, Any]]
    waiting: Mapping[str, Task]
    early: tuple[int, ...] = ()

    def all_of(self, kind: Any) -> list[Any]:
        """Return the aggregates of a kind, in the order of their keys."""
        found = {key: stored.aggregate for (each, key), stored in self.aggregates.items() if each is kind}
        return [found[key] for key in sorted(found)]


class Event(NamedTuple):
    """What may happen to a service: a message (by number), or a task (by id) with the answer that it brings."""

    kind: Literal["message", "early", "timer", "start", "answer"]
    of: int | str
    answer: int = 0


class Step(NamedTuple):
    """What came of an event: the next state, what was said, and what is wrong."""

    state: int
    said: tuple[int, ...]
    wrong: tuple[str, ...]
    parked: bool


Check = Callable[[Local, Local], Iterable[str]]
"""Says what is wrong with a step from one state of a service to the next."""


@dataclass(slots=True)
class Machine:
    """A service and all its states that were met; a state is known by its number."""

    name: str
    routes: Routes
    publisher: Publisher
    base: Mapping[Ref, Stored]
    messages: Messages
    times: bool
    check: Check
    answers: list[Mapping[str, Any]]
    states: list[Local] = field(default_factory=list)
    _numbers: dict[Hashable, int] = field(default_factory=dict)
    _steps: dict[tuple[int, datetime, Event], Step] = field(default_factory=dict)
    _parser: Parser = field(init=False)

    def __post_init__(self) -> None:
        self._parser = Parser(service=self.name, routes=self.routes, shards=PARTITIONS)
        self._number(Local({}, {}, {}))

    def step(self, state: int, event: Event, now: datetime) -> Step:
        """Return what this event makes of this state."""
        known = self._steps.get((state, now, event))
        if known is None:
            known = self._steps[state, now, event] = self._take(state, event, now)
        return known

    def _take(self, number: int, event: Event, now: datetime) -> Step:
        before = self.states[number]
        store = MemoryStore(
            aggregates={**self.base, **before.aggregates},
            rows={name: dict(rows) for name, rows in before.rows.items()},
            waiting=dict(before.waiting),
            owners=dict.fromkeys(range(PARTITIONS), 1),
        )
        if event.kind == "start":
            run_now(store.start(fence={}, tasks=[store.waiting[str(event.of)]], now=now))
            return Step(self._number(self._local(store, before.early)), (), (), parked=False)
        message = self._message(store, event)
        clock = ManualClock(time=now)
        processor = Processor(
            service=self.name,
            store=store,
            publisher=self.publisher,
            clock=clock,
            ids=SeededIds(clock=clock),
            patience=ENDLESS,
        )
        processed = run_now(processor.process(batch=[message], epochs=store.owners.get))
        parked = processed.handled[0].verdict is Verdict.PARKED
        after = self._local(store, _early(before.early, event, parked=parked))
        return Step(
            state=self._number(after),
            said=tuple(
                self.messages.said(
                    type_=entry.row.type, topic=entry.row.topic, key=entry.row.key, payload=entry.row.payload
                )
                for entry in processed.outbox
                if not entry.row.topic.endswith("dead-letters")
            ),
            wrong=(*(f"dead letter: {letter.error}" for letter in store.dead.values()), *self.check(before, after)),
            parked=parked,
        )

    def _message(self, store: MemoryStore, event: Event) -> Message:
        if event.kind == "timer":
            return self._parser.timer(task=store.waiting[str(event.of)])
        if event.kind == "answer":
            return self._parser.answer(task=store.waiting[str(event.of)], answer=self.answers[event.answer])
        message = self._parser.record(record=self.messages.all[int(event.of)].record)
        if isinstance(message, NotForUs):
            raise TypeError(f"{self.name} does not take {message.type}")
        return message

    def _local(self, store: MemoryStore, early: tuple[int, ...]) -> Local:
        return Local(
            aggregates={ref: each for ref, each in store.aggregates.items() if self.base.get(ref) is not each},
            rows={name: rows for name, rows in store.rows.items() if name not in UNREAD},
            waiting={name: task for name, task in store.waiting.items() if task.kind != "retry"},
            early=early,
        )

    def _number(self, local: Local) -> int:
        key = (
            tuple(
                sorted(
                    (kind.name, key, canonical(value=stored.aggregate, times=self.times))
                    for (kind, key), stored in local.aggregates.items()
                )
            ),
            tuple(
                sorted(
                    (name, key, canonical(value=row, times=False))
                    for name, rows in local.rows.items()
                    for key, row in rows.items()
                )
            ),
            tuple(
                sorted(
                    (task.id, task.state, canonical(value=task.data, times=False)) for task in local.waiting.values()
                )
            ),
            local.early,
        )
        number = self._numbers.setdefault(key, len(self.states))
        if number == len(self.states):
            self.states.append(local)
        return number


def _early(early: tuple[int, ...], event: Event, *, parked: bool) -> tuple[int, ...]:
    if event.kind not in {"message", "early"}:
        return early
    others = tuple(each for each in early if each != event.of)
    return tuple(sorted((*others, int(event.of)))) if parked else others
