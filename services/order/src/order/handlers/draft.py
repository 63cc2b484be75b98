"""The draft of a decision: what one message makes of one order, gathered while its handler runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chassis import saga as engine
from chassis.decision import Append, Context, Decision, Poison, Save, Timer, View, changed
from chassis.saga import Move
from order.domain.lifecycle import LOCKS, State, Trigger
from order.domain.order import ENTRY, ORDER, TERMS, Order, SubOrder, Terms
from order.domain.profiles import PROFILES, Profile
from order.domain.requesting import request
from order.domain.rollup import SUB_TRANSITIONS, SubTrigger
from order.domain.timeline import chained
from order.saga import SAGAS

ARCHIVED_LATER = frozenset({State.COMPLETED, State.CANCELLED})


class Draft:
    """An order under way: every change goes through here, so that each is recorded with who, when and why (L16)."""

    def __init__(self, *, order: Order, view: View, context: Context, who: str = "system") -> None:
        self.order = order
        self.now: datetime = context.now
        self._view = view
        self._context = context
        self._who = who
        self._terms: Terms | None = None
        self._new_terms = False
        self._rows: list[Append] = []
        self._emits: list[Any] = []
        self._timers: dict[str, Timer] = {}
        self._drops: dict[str, None] = {}
        self._rung: set[str] = set()

    @property
    def terms(self) -> Terms:
        """The snapshot of the order."""
        if self._terms is None:
            self._terms = self._view.get(TERMS, self.order.order_id)
        if self._terms is None:
            raise Poison(f"order {self.order.order_id} has no terms")
        return self._terms

    @property
    def profile(self) -> Profile:
        """The way of life of the order; its clocks are those of its terms."""
        return PROFILES[self.order.profile]

    def agree(self, terms: Terms) -> None:
        """Write the terms of a new order."""
        self._terms, self._new_terms = terms, True

    def change(self, **fields: Any) -> None:
        """Change facts of the order that are not its state."""
        self.order = self.order.changed(**fields)

    def can(self, trigger: Trigger) -> bool:
        """Say whether the profile has a transition for this trigger from the present state."""
        return (self.order.state, trigger) in self.profile.table

    def move(self, trigger: Trigger, *, why: str = "", **facts: Any) -> None:
        """Take the transition of the profile's table, with the facts that came with it.

        A trigger that the table does not have is poison and changes nothing.
        """
        source = self.order.state
        target = self.profile.table.get((source, trigger))
        if target is None:
            raise Poison(f"profile {self.profile.name}: {source} has no transition for {trigger}")
        before = (self.order.before if source in LOCKS else source) if target in LOCKS else None
        since = self.now if target is not source else self.order.since
        self._record(what=trigger.value, why=why, state=target, before=before, since=since, **facts)
        if target in ARCHIVED_LATER and target is not source:
            self.set_timer("archive", name="archive", due=self.now + self._archive(), data={})

    def _archive(self) -> timedelta:
        return self.terms.archive

    def move_part(self, part: SubOrder, trigger: SubTrigger, *, why: str = "", **facts: Any) -> SubOrder:
        """Take a transition of a sub-order, with the facts that came with it."""
        target = SUB_TRANSITIONS[part.state, trigger]
        moved = changed(part, state=target, **facts)
        self.note(f"part {part.number} {trigger.value}", why=why, sub_orders=self.order.parts_with(part=moved))
        return moved

    def note(self, what: str, *, why: str = "", **facts: Any) -> None:
        """Record what happened without moving the order, with the facts that came with it."""
        self._record(what=what, why=why, **facts)

    def emit(self, event: Any) -> None:
        """Tell this to others."""
        self._emits.append(event)

    def set_timer(self, name_in_order: str, *, name: str, due: datetime, data: Mapping[str, Any]) -> None:
        """Set one of the order's timers, or move it."""
        timer_id = f"{self.order.order_id}/{name_in_order}"
        self._drops.pop(timer_id, None)
        self._timers[timer_id] = Timer(
            id=timer_id,
            name=name,
            key=self.order.order_id,
            due=due,
            data={"order_id": self.order.order_id, **data},
        )

    def drop_timer(self, name_in_order: str) -> None:
        """Take one of the order's timers away."""
        timer_id = f"{self.order.order_id}/{name_in_order}"
        self._timers.pop(timer_id, None)
        self._drops[timer_id] = None

    def keep(self, key: str, move: Move) -> None:
        """Store how far a saga has come, and see to it that its clock rings at its due or before.

        One that rings before is left as it is: the engine sets a clock again that rings early, and most sagas have gone
        on or ended by then.
        """
        before = self.order.sagas.get(key)
        set_for = before.due if before is not None else None
        self.change(sagas={**self.order.sagas, key: move.state})
        if move.due is None:
            if set_for is not None:
                self.drop_timer(key)
        elif set_for is None or set_for > move.due or key in self._rung:
            self.set_timer(key, name="saga-clock", due=move.due, data={"saga": key})

    def rang(self, key: str) -> None:
        """Know that the clock of this saga has rung: none is set any more."""
        self._rung.add(key)

    def forget(self, key: str) -> None:
        """Let go of a saga that has ended and that nobody asks about."""
        self.change(sagas={each: state for each, state in self.order.sagas.items() if each != key})

    def send(self, key: str, move: Move) -> None:
        """Ask the participants what the saga wants."""
        for command in move.commands:
            self.emit(request(command=command, terms=self.terms, order=self.order, key=key))

    def stop(self, key: str, *, reason: str) -> None:
        """End a saga where it is: another one takes over."""
        state = self.order.sagas.get(key)
        if state is not None and state.running:
            self.keep(key, engine.force(state=state, reason=reason))

    def step(self, key: str) -> str | None:
        """Return the command-step that this saga waits for, forward or back; None when it does not run."""
        state = self.order.sagas.get(key)
        waited = engine.waiting_for(saga=SAGAS[state.saga], state=state) if state is not None else None
        return waited.name if waited is not None else None

    def decision(self, *, outcome: str = "applied", answer: Mapping[str, Any] | None = None) -> Decision:
        """Return the decision; the answer says at least which order it is and where it stands."""
        order_id = self.order.order_id
        terms = (Save(TERMS, order_id, self.terms),) if self._new_terms else ()
        return Decision(
            saves=(Save(ORDER, order_id, self.order), *terms),
            rows=tuple(self._rows),
            emits=tuple(self._emits),
            timers=tuple(self._timers.values()),
            drops=tuple(self._drops),
            outcome=outcome,
            answer={"order_id": order_id, "state": self.order.state.value, **(answer or {})},
        )

    def _record(self, *, what: str, why: str, **facts: Any) -> None:
        """Change these facts and the history in one: an order is copied for each change."""
        order = self.order
        entry = chained(
            order_id=order.order_id,
            number=order.entries + 1,
            at=self.now,
            what=what,
            state_from=order.state.value,
            state_to=facts.get("state", order.state).value,
            who=self._who,
            why=why,
            message_id=self._context.message_id,
            previous=order.head,
        )
        self._rows.append(Append(ENTRY, entry, unique=f"{entry.order_id}:{entry.number}"))
        self.change(**facts, entries=entry.number, head=entry.hash)


def open_order(*, order_id: str, view: View, context: Context, who: str = "system") -> Draft:
    """Return a draft of an order that must be there: who speaks of it has it from us."""
    order = view.get(ORDER, order_id)
    if order is None:
        raise Poison(f"order {order_id} is unknown")
    return Draft(order=order, view=view, context=context, who=who)


def unchanged(*, draft: Draft, outcome: str = "duplicate", answer: Mapping[str, Any] | None = None) -> Decision:
    """Return the decision that changes nothing and says where the order stands."""
    standing = {"order_id": draft.order.order_id, "state": draft.order.state.value}
    return Decision(outcome=outcome, answer={**standing, **(answer or {})})
