"""What one message changes about one payment, collected step by step and handed over as a decision."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from chassis.decision import Append, Call, Context, Decision, Kind, Save, Timer, View, changed
from payment.domain import ledger
from payment.domain.events import ExceptionOpened
from payment.domain.kinds import EXCEPTION, PAYMENT, POSTING
from payment.domain.payment import Payment, ReconciliationException
from payment.domain.states import Trigger
from payment.domain.values import Class


@dataclass(slots=True)
class Change:
    """Collects; nothing happens before the processor writes what ``done`` returns."""

    payment: Payment
    view: View
    context: Context
    _saves: dict[tuple[Kind[Any], str], Any] = field(default_factory=dict)
    _rows: list[Append] = field(default_factory=list)
    _emits: list[Any] = field(default_factory=list)
    _timers: list[Timer] = field(default_factory=list)
    _calls: list[Call] = field(default_factory=list)
    _drops: list[str] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        """The time of this message."""
        return self.context.now

    def set(self, **fields: Any) -> None:
        """Change fields of the payment."""
        self.payment = changed(self.payment, **fields)

    def move(self, trigger: Trigger) -> None:
        """Follow the state table."""
        self.payment = self.payment.moved(trigger=trigger)

    def emit(self, *events: object) -> None:
        """Tell others."""
        self._emits.extend(events)

    def save(self, kind: Kind[Any], key: str, aggregate: object) -> None:
        """Store another aggregate beside the payment."""
        self._saves[kind, key] = aggregate

    def get(self, kind: Kind[Any], key: str) -> Any:
        """Return another aggregate, with what this change did to it."""
        return self._saves[kind, key] if (kind, key) in self._saves else self.view.get(kind, key)

    def append(self, row: Append) -> None:
        """Add a row."""
        self._rows.append(row)

    def post(self, entry_id: str, legs: ledger.Legs, *, currency: str | None = None) -> None:
        """Book an entry; its id names the cause."""
        postings = ledger.entry(
            entry_id=entry_id,
            order_id=self.payment.order_id,
            currency=currency or self.payment.currency,
            legs=legs,
            booked_at=self.now,
        )
        self._rows.extend(append_posting(posting) for posting in postings)

    def call(self, name: str, call_id: str, data: Mapping[str, Any], *, after: timedelta | None = None) -> None:
        """Ask the channel."""
        due = None if after is None else self.now + after
        facts = {"order_id": self.payment.order_id, **data}
        self._calls.append(Call(id=call_id, name=name, key=self.payment.order_id, data=facts, due=due))

    def set_timer(self, name: str, *, after: timedelta) -> None:
        """Come back later."""
        order_id = self.payment.order_id
        due = self.now + after
        self._timers.append(
            Timer(id=f"{order_id}:{name}", name=name, key=order_id, due=due, data={"order_id": order_id})
        )

    def drop(self, *task_ids: str) -> None:
        """Forget timers and calls."""
        self._drops.extend(task_ids)

    def open_exception(
        self, classified: Class, *, cause: str, expected: int, found: int, currency: str, detail: str
    ) -> str:
        """Open an exception for a person to look at, once per cause; return its number."""
        order_id = self.payment.order_id
        number = exception_number(order_id=order_id, cause=cause)
        if self.get(EXCEPTION, number) is not None:
            return number
        opened = ReconciliationException(
            id=number,
            order_id=order_id,
            classified=classified,
            currency=currency,
            expected=expected,
            found=found,
            detail=detail,
            opened_at=self.now,
        )
        self.save(EXCEPTION, number, opened)
        self.emit(opened_event(opened))
        return number

    def opened(self, number: str) -> bool:
        """Return whether this change opened the exception."""
        return (EXCEPTION, number) in self._saves

    def resolve_exception(self) -> None:
        """Close the exception that the gate opened."""
        number = self.payment.open_exception
        if number:
            found = self.get(EXCEPTION, number)
            # Another process's clock may have opened it, and be ahead.
            self.save(EXCEPTION, number, replace(found, resolved_at=max(self.now, found.opened_at)))
            self.set(open_exception="")

    def done(self, outcome: str = "applied", answer: Mapping[str, Any] | None = None) -> Decision:
        """Return everything as a decision."""
        self._saves[PAYMENT, self.payment.order_id] = self.payment
        return Decision(
            saves=tuple(Save(kind, key, aggregate) for (kind, key), aggregate in self._saves.items()),
            rows=tuple(self._rows),
            emits=tuple(self._emits),
            timers=tuple(self._timers),
            calls=tuple(self._calls),
            drops=tuple(self._drops),
            outcome=outcome,
            answer=answer,
        )


def append_posting(posting: ledger.Posting) -> Append:
    """Return the row of a posting."""
    return Append(POSTING, posting, f"{posting.entry_id}:{posting.line}")


def exception_number(*, order_id: str, cause: str) -> str:
    """Return the number of the exception that this cause opens."""
    return f"{order_id}-x{hashlib.sha256(cause.encode()).hexdigest()[:12]}"


def opened_event(opened: ReconciliationException) -> ExceptionOpened:
    """Return what others are told of an exception."""
    return ExceptionOpened(
        exception_id=opened.id,
        order_id=opened.order_id,
        classified=opened.classified,
        currency=opened.currency,
        expected=opened.expected,
        found=opened.found,
        detail=opened.detail,
    )


def duplicate(*events: object) -> Decision:
    """Say again what was said the first time, and change nothing."""
    return Decision(emits=events, outcome="duplicate")


def rejected(*events: object) -> Decision:
    """Refuse, and change nothing."""
    return Decision(emits=events, outcome="rejected")
