"""All five services and everybody around them as one model: what may happen in each state, in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from model import bank, people
from model.bank import Bank
from model.cast import FULFILLMENT, INVENTORY, ORDER, PAYMENT, SERVICES, machines, opened
from model.clocks import thresholds
from model.machine import Event
from model.messages import Messages
from model.pool import Once, Pool
from model.queues import Queues
from model.scene import ORDER_ID, Scene
from model.sights import Sights, Told
from model.state import State

FACTS = "fulfillment.shipment-"
"""What a warehouse or a carrier saw is told once; a record of it that comes again is known by its id."""

QUEUES = State._fields.index("queues")
Next = tuple[str, State, tuple[str, ...]]
Answers = tuple[tuple[str, int], ...]
Copies = tuple[tuple[int, int], ...]


class Town:
    """A scene as a model."""

    def __init__(self, *, scene: Scene) -> None:
        self._scene = scene
        self._messages = Messages()
        self._answers: list[Mapping[str, Any]] = []
        self._answer_numbers: dict[str, int] = {}
        self.cast = machines(messages=self._messages, answers=self._answers)
        self._banks: Pool[Bank] = Pool()
        self._answered: Pool[Answers] = Pool()
        self._copies: Pool[Copies] = Pool()
        self._queues = Queues(cast=self.cast, messages=self._messages)
        self._sights = Sights(scene=scene, cast=self.cast, messages=self._messages, banks=self._banks)
        self._times = thresholds(scene=scene)
        self._notices: Once[tuple[int, bool], list[tuple[Told, int]]] = Once(self._owed)
        self._wishes = [Event("message", self._messages.of(contract=wish)) for wish in scene.cancels]
        self._words: Once[tuple[int, int], str] = Once(
            lambda of: f"{SERVICES[of[0]]} takes {self._messages.all[of[1]].words}"
        )

    def first(self) -> State:
        """Return the state after the order was placed, with nothing handled yet."""
        states = opened(scene=self._scene, cast=self.cast, messages=self._messages, now=self._times[0])
        wishes = (1 << len(self._scene.cancels)) - 1
        page, answers, copies = self._banks.number(Bank()), self._answered.number(()), self._copies.number(())
        state = State(*states, page, self._queues.empty, answers, copies, 0, wishes, self._scene.faults)
        event = Event("message", self._messages.of(contract=self._scene.order))
        return self._take("", state, ORDER, event)[1]

    def successors(self, state: State, /) -> Iterator[Next]:
        """Return everything that may happen."""
        for part in self._parts():
            yield from part(state)

    def _parts(self) -> tuple[Callable[[State], Iterator[Next]], ...]:
        return (
            self._deliveries,
            self._repeats,
            self._clocks,
            self._calls,
            self._replies,
            self._telling,
            self._deeds,
            self._cancelling,
            self._paying,
        )

    def wrong(self, state: State, /) -> list[str]:
        """Return what is wrong between services, and, when everything has ended, with the end."""
        found = self._sights.wrong[state.payment, state.billing, state.bank]
        return self._sights.wrong_end[state[:6]] if not found and self.end(state) else found

    def end(self, state: State, /) -> str:
        """Return how the order has ended, when nothing is under way any more."""
        return self._sights.end(state) if self._rests(state) and not self._owes(state) else ""

    def _owes(self, state: State) -> bool:
        """Whether a carrier has cash that it has not remitted, or a bank a payout that it has not booked."""
        lines = self._sights.statements[state.payment, state.fulfillment]
        return any(not self.optional(words) for words, _ in lines)

    def ends(self) -> frozenset[str]:
        """Return the ends that the scene is made for."""
        return self._scene.ends

    def optional(self, label: str, /) -> bool:
        """Whether it is a wish of somebody: customers need not pay, cancel or confirm, and rivals need not come."""
        return label.startswith(("customer", "a rival"))

    def _rests(self, state: State) -> bool:
        """Whether nothing moves by itself: no message, no call, no notice that is still to come."""
        return (
            state.queues == self._queues.empty
            and not self._sights.calls[state.payment]
            and not self._answered.all[state.answers]
            and not self._banks.all[state.bank].untold
        )

    def _take(self, label: str, state: State, service: int, event: Event, now: datetime | None = None) -> Next:
        """Let something happen to a service; what it says is in the queues of those who read it."""
        step = self.cast[service].step(state[service], event, now or self._times[state.time])
        queues = self._queues.after[state.queues, step.said] if step.said else state.queues
        fields = (*state[:service], step.state, *state[service + 1 : QUEUES], queues, *state[QUEUES + 1 :])
        return label, State._make(fields), step.wrong

    def _deliveries(self, state: State) -> Iterator[Next]:
        for service, number, left in self._queues.heads[state.queues]:
            label, event = self._words[service, number], Event("message", number)
            taken = state._replace(queues=left)
            yield self._take(label, taken, service, event)
            if state.faults and not self._messages.all[number].type.startswith(FACTS):
                copies = tuple(sorted((*self._copies.all[state.copies], (service, number))))
                kept = taken._replace(copies=self._copies.number(copies), faults=state.faults - 1)
                yield self._take(f"{label}, which will come again", kept, service, event)

    def _repeats(self, state: State) -> Iterator[Next]:
        """Messages that come again, and those that came too early."""
        copies = self._copies.all[state.copies]
        for place, (service, number) in enumerate(copies):
            left = state._replace(copies=self._copies.number((*copies[:place], *copies[place + 1 :])))
            yield self._take(f"{self._words[service, number]} again", left, service, Event("message", number))
        for service in range(len(SERVICES)):
            for number in self._sights.early(service, state[service]):
                label = f"{self._words[service, number]}, which came too early"
                found = self._take(label, state, service, Event("early", number))
                if found[1] != state:
                    yield found

    def _clocks(self, state: State) -> Iterator[Next]:
        """Clocks ring whenever they are set; one that only asks again does so in time, or it is a fault."""
        rests = self._rests(state)
        for service in range(len(SERVICES)):
            for ring in self._sights.rings[service, state[service]]:
                early = ring.asks and not rests
                if early and not state.faults:
                    continue
                time = max(state.time, ring.passes(times=self._times))
                before = state._replace(faults=state.faults - early, time=time)
                at = max(self._times[state.time], ring.due)
                yield self._take(ring.words, before, service, Event("timer", ring.task), at)

    def _calls(self, state: State) -> Iterator[Next]:
        """The channel works on what it is asked, once for each time that it is asked."""
        answered = dict(self._answered.all[state.answers])
        for call in self._sights.calls[state.payment]:
            if call not in answered:
                yield from self._works(state, call, willing=True)
                yield from self._works(state, call, willing=False)

    def _works(self, state: State, call: str, *, willing: bool) -> Iterator[Next]:
        task, before = self.cast[PAYMENT].states[state.payment].waiting[call], self._banks.all[state.bank]
        after, answer = bank.work(before, task, willing=willing)
        fault = not willing and task.name == "refund"
        refuses = (task.name == "create" and self._scene.declines) or (fault and state.faults and "-e" not in call)
        if not willing and (answer["verdict"] == "yes" or not refuses):
            return
        answers = tuple(sorted((*self._answered.all[state.answers], (call, self._answer(answer)))))
        yield (
            f"the channel {'works on' if willing else 'refuses'} {_short(call)}: {answer['verdict']}",
            self._take("", state, PAYMENT, Event("start", call))[1]._replace(
                bank=self._banks.number(after), answers=self._answered.number(answers), faults=state.faults - fault
            ),
            (),
        )

    def _answer(self, answer: Mapping[str, Any]) -> int:
        number = self._answer_numbers.setdefault(repr(answer), len(self._answers))
        if number == len(self._answers):
            self._answers.append(answer)
        return number

    def _replies(self, state: State) -> Iterator[Next]:
        """An answer of the channel comes, or is lost; then the same call is made again."""
        answered = self._answered.all[state.answers]
        for place, (call, answer) in enumerate(answered):
            left = state._replace(answers=self._answered.number((*answered[:place], *answered[place + 1 :])))
            yield self._take(
                f"payment hears the answer to {_short(call)}", left, PAYMENT, Event("answer", call, answer)
            )
            if state.faults:
                yield f"the answer to {_short(call)} is lost", left._replace(faults=state.faults - 1), ()

    def _telling(self, state: State) -> Iterator[Next]:
        for again in (False, True)[: 1 + bool(state.faults)]:
            for (words, event), told in self._notices[state.bank, again]:
                yield self._take(words, state._replace(bank=told, faults=state.faults - again), PAYMENT, event)

    def _owed(self, of: tuple[int, bool]) -> list[tuple[Told, int]]:
        before, again = self._banks.all[of[0]], of[1]
        found = bank.notices(before, order_id=ORDER_ID, channel=self._scene.order.channel, again=again)
        return [
            (
                (
                    f"payment is told {'again ' if again else ''}of {contract.fact} {contract.amount}",
                    Event("message", self._messages.of(contract=contract)),
                ),
                self._banks.number(before if again else before.told(reference)),
            )
            for reference, contract in found
        ]

    def _deeds(self, state: State) -> Iterator[Next]:
        for service, deeds in (
            (FULFILLMENT, self._sights.dock[state.fulfillment]),
            (PAYMENT, self._sights.statements[state.payment, state.fulfillment]),
            (ORDER, self._sights.receipts[state.order]),
            (INVENTORY, self._sights.rivals[state.inventory]),
        ):
            for words, event in deeds:
                yield self._take(words, state, service, event)

    def _cancelling(self, state: State) -> Iterator[Next]:
        for number, event in enumerate(self._wishes):
            if state.wishes & 1 << number:
                left = state._replace(wishes=state.wishes & ~(1 << number))
                yield self._take(f"customer cancels (wish {number + 1})", left, ORDER, event)

    def _paying(self, state: State) -> Iterator[Next]:
        """The customer pays as soon as there is a page, or long after it was closed."""
        page = self._banks.all[state.bank]
        if page.state != "unknown":
            for amount in people.amounts(scene=self._scene, paid=page.captures):
                yield f"customer pays {amount}", state._replace(bank=self._banks.number(page.paid(amount))), ()


def _short(call: str) -> str:
    return call.removeprefix(ORDER_ID)
