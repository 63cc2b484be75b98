"""Which rows of the production state tables were taken in a run: by what handlers looked up in what they decided.

A row counts when a handler took it and its decision was applied; a look that only asks whether a row exists does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from unittest.mock import patch

import fulfillment.domain.states
import fulfillment.handlers.tracking
import fulfillment.handlers.warehouse
import inventory.domain.reservation
import order.handlers.cancelling
import payment.domain.states
from chassis import saga as engine
from chassis.decision import Context, Decision, View
from chassis.routes import Route, Routes
from chassis.saga import Move, Saga, SagaState, Step
from fulfillment.domain.kinds import SHIPMENT
from fulfillment.domain.shipment import Shipment
from fulfillment.domain.vocabulary import meaning
from inventory.domain.kinds import RESERVATION
from order.domain.lifecycle import Trigger
from order.domain.order import Order, SubOrder, Terms
from order.domain.profiles import PROFILES, ProfileName
from order.domain.refunds import cancel_parts
from order.domain.rollup import SUB_TRANSITIONS, SubTrigger
from order.handlers.draft import Draft
from order.saga import SAGAS
from simulation.untaken import NEVER


class Pair(NamedTuple):
    """A row of a table: in this state, this happens."""

    table: str
    state: str
    trigger: str

    def __str__(self) -> str:
        return f"{self.table}: {self.state} + {self.trigger}"


LIVES = {
    name: name if name in {ProfileName.COD, ProfileName.VIRTUAL, ProfileName.VIRTUAL_PREPAID} else "physical"
    for name in PROFILES
}
"""Which table a profile lives by: four profiles share one."""

TABLES: Mapping[str, Mapping[tuple[Any, Any], Any]] = {
    **{f"order {LIVES[name]}": profile.table for name, profile in PROFILES.items()},
    "sub-order": SUB_TRANSITIONS,
    "payment": payment.domain.states.TRANSITIONS,
    "reservation": inventory.domain.reservation.TRANSITIONS,
    "shipment": fulfillment.domain.states.TRANSITIONS,
}
EXPIRING = frozenset(step.name for saga in SAGAS.values() for step in saga.steps if step.expires)
OWNED = {"reservation": RESERVATION, "shipment": SHIPMENT}
"""Tables that are also looked up for asking: there, the aggregate that is saved must be in the row's state."""


@dataclass(slots=True)
class Seen:
    """What was taken; ``open`` is what the handler that runs now has looked up."""

    pairs: set[Pair] = field(default_factory=set)
    open: list[tuple[Pair, str | None]] = field(default_factory=list)

    def look(self, table: str, state: str, trigger: str, target: str | None = None) -> None:
        """Note what a handler looked up, and which state it must save if that was more than a question."""
        self.open.append((Pair(table, state, trigger), target))

    def decided(self, decision: Decision) -> None:
        """Count what was looked up for a decision that changes something."""
        saved = {str(save.aggregate.state) for save in decision.saves if save.kind in {RESERVATION, SHIPMENT}}
        if decision.saves:
            self.pairs.update(pair for pair, target in self.open if target is None or target in saved)


SEEN = Seen()
"""Of the history that runs now in this process; handlers are values and cannot be given one."""


def wanted() -> frozenset[Pair]:
    """Return every row of every table."""
    rows = {Pair(table, str(state), str(trigger)) for table, rows in TABLES.items() for state, trigger in rows}
    return frozenset(rows | {pair for saga in SAGAS.values() for step in saga.steps for pair in _pairs(saga, step)})


def possible() -> frozenset[Pair]:
    """Return the rows that can be taken here."""
    return wanted() - NEVER.keys()


def watched(routes: Routes) -> Routes:
    """Return the routes with handlers that tell what they took."""
    return Routes(*(replace(route, handler=_telling(route)) for route in routes.values()))


@contextmanager
def recording() -> Iterator[set[Pair]]:
    """Collect the rows that are taken."""
    SEEN.pairs, SEEN.open = set(), []
    with ExitStack() as stack:
        for owner, name, wrapped in _hooks():
            stack.enter_context(patch.object(owner, name, wrapped))
        yield SEEN.pairs


def _telling(route: Route[Any]) -> Callable[[Any, View, Context], Decision]:
    handler = route.handler

    def handle(command: Any, view: View, context: Context) -> Decision:
        SEEN.open = []
        decision = handler(command, view, context)
        if SEEN.open:
            SEEN.decided(decision)
        return decision

    return handle


class _Table(dict[tuple[Any, Any], Any]):
    """A state table that tells which of its rows are looked up."""

    def __init__(self, name: str) -> None:
        super().__init__(TABLES[name])
        self._name = name

    def __getitem__(self, row: tuple[Any, Any]) -> Any:
        target = super().__getitem__(row)
        SEEN.look(self._name, row[0], row[1], target if self._name in OWNED else None)
        return target

    def get(self, row: tuple[Any, Any], default: Any = None) -> Any:
        try:
            return self[row]
        except KeyError:
            return default


def _hooks() -> Iterator[tuple[Any, str, Any]]:
    """Return the few places at which all transitions of the services are made."""
    shipments = _Table("shipment")
    yield fulfillment.domain.states, "TRANSITIONS", shipments
    yield fulfillment.handlers.warehouse, "TRANSITIONS", shipments
    yield inventory.domain.reservation, "TRANSITIONS", _Table("reservation")
    yield payment.domain.states, "TRANSITIONS", _Table("payment")
    yield Draft, "move", _moving(Draft.move)
    yield Draft, "move_part", _moving_part(Draft.move_part)
    yield order.handlers.cancelling, "cancel_parts", _cancelling(cancel_parts)
    for module in (fulfillment.handlers.tracking, fulfillment.handlers.warehouse):
        yield module, "moved_by_words", _hearing(fulfillment.handlers.tracking.moved_by_words)
    for name in ("reply", "timeout", "refuse", "instead"):
        yield engine, name, _going(name, getattr(engine, name))


def _moving(move: Callable[..., None]) -> Callable[..., None]:
    def told(draft: Draft, trigger: Trigger, **given: Any) -> None:
        source = draft.order.state
        move(draft, trigger, **given)
        SEEN.look(f"order {LIVES[draft.order.profile]}", source, trigger)

    return told


def _moving_part(move: Callable[..., SubOrder]) -> Callable[..., SubOrder]:
    def told(draft: Draft, part: SubOrder, trigger: SubTrigger, **given: Any) -> SubOrder:
        SEEN.look("sub-order", part.state, trigger)
        return move(draft, part, trigger, **given)

    return told


def _cancelling(cancel: Callable[..., Any]) -> Callable[..., Any]:
    """Parts that the warehouse has kept are cancelled together."""

    def told(*, terms: Terms, order: Order, parts: Sequence[SubOrder]) -> Any:
        for part in parts:
            SEEN.look("sub-order", part.state, SubTrigger.INTERCEPTED)
        return cancel(terms=terms, order=order, parts=parts)

    return told


def _hearing(heard: Callable[..., Any]) -> Callable[..., Any]:
    """Before the dispatch a carrier's word is kept and moves nothing: such rows are not looked up."""

    def told(*, shipment: Shipment, nodes: Any) -> Any:
        if shipment.dispatched_at is None:
            for node in nodes:
                if (word := meaning(carrier=node.carrier, code=node.code)) is not None:
                    SEEN.look("shipment", shipment.state, word.trigger)
        return heard(shipment=shipment, nodes=nodes)

    return told


def _going(name: str, go: Callable[..., Move]) -> Callable[..., Move]:
    def told(*, saga: Saga, state: SagaState, **given: Any) -> Move:
        step, turned = state.waits_at, "" if state.phase is engine.Phase.FORWARD else "undo "
        move = go(saga=saga, state=state, **given)
        if step is not None and move.state != state:
            clock = "deadline" if step in EXPIRING and not turned else name
            word = given.get("reply") or {"timeout": clock, "instead": "cancel_refused"}.get(name, name)
            SEEN.look(f"saga {saga.name}", f"{turned}{step}", word)
        return move

    return told


def _pairs(saga: Saga, step: Step) -> Iterator[Pair]:
    words = {*step.success, *step.refusal, "deadline" if step.expires else "timeout"}
    if saga.reversible(name=step.name):
        words.add("refuse")
    undo = step.compensation
    backward = {*undo.success, *undo.refusal, "timeout"} if undo is not None and saga.reversible(name=step.name) else ()
    yield from (Pair(f"saga {saga.name}", step.name, word) for word in words)
    yield from (Pair(f"saga {saga.name}", f"undo {step.name}", word) for word in backward)
