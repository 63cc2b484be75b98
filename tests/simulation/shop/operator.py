"""An operator who uses every verb: on sagas that are stuck and on others, and on dead letters."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from chassis.deadletters import replay
from chassis.message import Record
from chassis.parser import TASKS
from chassis.saga import Phase, SagaState, waiting_for
from contracts.order import OperateSagaV1
from order.domain.order import ORDER
from order.handlers.operating import place
from order.saga import CHECKOUT, CHECKOUT_KEY, SAGAS
from payment.domain.kinds import PAYMENT
from simulation.loop import running
from simulation.shop.facts import all_of
from simulation.world import World

Verb = Literal["retry", "skip", "force"]
VERBS: tuple[Verb, ...] = ("retry", "retry", "retry", "skip", "skip", "force")
MOST_RETRIES = 2
HALF_DONE = 0.2

SKIPPED: Mapping[str, frozenset[str]] = {
    "lock_tenders": frozenset({"I2"}),
    "cancel_payment": frozenset({"I2", "I7"}),
    "refund": frozenset({"I2", "I7"}),
    "release_stock": frozenset({"I3", "I7"}),
    "release_tenders": frozenset({"I7"}),
    "credit_note": frozenset({"I2", "I7"}),
    "issue_invoice": frozenset({"I2"}),
    "settle": frozenset({"I5"}),
    "create_shipments": frozenset({"I3"}),
}
"""What may be broken of an order when a step is taken for done: what the step was there for, and nothing else.

Its command was sent, so mostly it is done all the same. Retry gives up nothing, and neither does any other skip.
"""

FORCED: Mapping[str, frozenset[str]] = {
    "checkout before the pivot": frozenset({"I2", "I3", "I7"}),
    "checkout": frozenset({"I3"}),
    "cancellation": frozenset({"I2", "I3", "I7"}),
    "closing": frozenset({"I2", "I7"}),
    "invoicing": frozenset({"I2"}),
    "settling": frozenset({"I5"}),
}
"""What may be broken of an order when a saga is ended where it is: whatever its other steps were there for."""


class _EndedError(Exception):
    """The process of the operator has ended."""


class Found(NamedTuple):
    """A saga that runs."""

    order_id: str
    key: str
    state: SagaState


@dataclass(slots=True)
class Operator:
    """Speaks by the same messages as the command line; remembers which promise was given up for which order."""

    world: World
    given_up: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _spoken: int = 0
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _half_done: list[tuple[str, str]] = field(default_factory=list)
    _retried: defaultdict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def act(self) -> None:
        """Replay a dead letter, or use a verb on a saga, a stuck one if there is one."""
        draw = self.world.draw
        letters = [(name, each) for name, store in sorted(self.world.stores.items()) for each in sorted(store.dead)]
        if letters and draw.random() < 0.3:
            self._replay(*draw.choice(letters), half=draw.random() < HALF_DONE)
            return
        running = self._running()
        found = [each for each in running if each.state.stuck] or running
        if found:
            self._speak(draw.choice(found), draw.choice(VERBS))

    def look_after(self) -> bool:
        """Retry what is stuck, and finish what was left half done; return whether there was anything to do."""
        found = (
            [
                each
                for each in self._running()
                if each.state.stuck and self._retried[each.order_id, each.key] < MOST_RETRIES
            ]
            if self._spoken
            else []
        )
        for each in found:
            self._retried[each.order_id, each.key] += 1
            self._speak(each, "retry")
        half_done, self._half_done = self._half_done, []
        for service, message_id in half_done:
            self._replay(service, message_id, half=False)
        return bool(found or half_done)

    def unexpected(self, wrong: Iterable[str]) -> list[str]:
        """Return the violations that no verb has given up: of another order, or of another invariant."""
        return [violation for violation in wrong if not self._gave_up(violation)]

    def _gave_up(self, violation: str) -> bool:
        invariant = violation.split(maxsplit=1)[0]
        return any(invariant in invariants and order_id in violation for order_id, invariants in self.given_up.items())

    def _running(self) -> list[Found]:
        orders = all_of(store=self.world.stores["order"], kind=ORDER)
        return [
            Found(order_id, key, state)
            for order_id, order in orders.items()
            for key, state in sorted(order.sagas.items())
            if state.running
        ]

    def _speak(self, found: Found, verb: Verb) -> None:
        order_id, key, state = found
        step = waiting_for(saga=SAGAS[state.saga], state=state)
        if step is None or (verb == "skip" and not self._was_done(order_id, step.name)):
            return
        self._spoken += 1
        self.world.weather.injected[f"operator: {verb}"] += 1
        self.given_up[order_id] |= _price(verb, key, state, step.name)
        command = OperateSagaV1(
            order_id=order_id, saga=key, verb=verb, operator="ann", reason="by phone", step=place(state=state)
        )
        self.world.publish(command, message_id=f"operator-{self._spoken}")

    def _was_done(self, order_id: str, step: str) -> bool:
        """Say whether a step may be skipped: nobody takes money for proven that payment has not seen."""
        payment = all_of(store=self.world.stores["payment"], kind=PAYMENT).get(order_id)
        if step == "captured":
            return payment is not None and payment.captured >= payment.due
        return step != "reconciled" or (payment is not None and payment.state == "reconciled")

    def _replay(self, service: str, message_id: str, *, half: bool) -> None:
        """Have a dead letter replayed; an operator's process may end between the two things that this takes."""
        letter = self.world.stores[service].dead.get(message_id)
        if letter is None or letter.record.topic == TASKS:
            return
        self.world.weather.injected["operator: replay ends half done" if half else "operator: replay"] += 1
        self.world.trace.parked.setdefault(service, set()).add(message_id)
        if half:
            self._half_done.append((service, message_id))
        self._tasks.append(running().create_task(self._replayed(service, message_id, half=half)))

    async def _replayed(self, service: str, message_id: str, *, half: bool) -> None:
        async def publish(record: Record) -> None:
            if half:
                raise _EndedError
            self.world.repeat(record)

        with suppress(_EndedError):
            store = self.world.stores[service]
            await replay(store=store, message_id=message_id, publish=publish, clock=self.world.clock)


def _price(verb: Verb, key: str, state: SagaState, step: str) -> frozenset[str]:
    """Return which invariants a verb gives up."""
    if verb == "retry":
        return frozenset()
    if verb == "skip":
        return SKIPPED.get(step, frozenset())
    if key == CHECKOUT_KEY and (state.phase is Phase.BACKWARD or CHECKOUT.reversible(name=state.plan[state.at])):
        return FORCED["checkout before the pivot"]
    return FORCED[state.saga]
