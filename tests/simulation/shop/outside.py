"""Warehouse, carrier and customers: they see what is published, and do something a moment later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal

from pydantic import ValidationError

from chassis.message import Record
from contracts.fulfillment import (
    RecordPickV1,
    ShipmentDeliveredV1,
    ShipmentDispatchedV1,
    ShipmentRecordRefusedV1,
    ShipmentRefusedV1,
    ShipmentsCreatedV1,
    ShipmentWavedV1,
)
from contracts.order import CancelOrderV1, ConfirmReceiptV1, OrderConfirmedV1
from contracts.payment import PaymentReconciledV1, PaymentRequestedV1, RecordStatementLineV1
from contracts.registry import REGISTRY
from contracts.values import Contract, LineUnits, PickedLine
from simulation.broker import header
from simulation.loop import running
from simulation.shop.channel import Channel
from simulation.shop.whims import WITH_PAGE, Sight, Whim, Whims
from simulation.shop.wishes import Wish
from simulation.world import World
from simulators.carrier.reactions import Carrier, Doorstep
from simulators.chance import Chance
from simulators.warehouse.reactions import Warehouse, Workmanship
from simulators.world.scripts import Script

SLOWEST = 1.5
MOST_REPEATS = 9
LATE, LAST = (Whim("", "pay", 0.0), Whim("", "tell again", 0.0)), 99
FORGOTTEN_FOR = timedelta(days=8)
"""How long a returned parcel may lie about: longer than anybody waits for its grading."""


class Outside:
    """Everybody who is no service. What they do is drawn beforehand, in the wishes."""

    def __init__(self, *, world: World, channel: Channel, wishes: Mapping[str, Wish], seed: int) -> None:
        self.pending = 0
        self._world = world
        self._channel = channel
        self._wishes = wishes
        chance = Chance(seed=seed)
        self._warehouse = Warehouse(workmanship=Workmanship(scrapped=200_000), chance=chance, scripts=self)
        self._carrier = Carrier(doorstep=Doorstep(), chance=chance, scripts=self)
        self._chance = chance
        self._sight = Sight()
        self._whims = Whims(
            world=world,
            channel=channel,
            sight=self._sight,
            due={order_id: wish.command.due for order_id, wish in wishes.items()},
        )
        self._said: dict[str, tuple[Contract, ...]] = {}
        self._repeated: Counter[str] = Counter()
        self._withheld: dict[str, tuple[datetime, tuple[Contract, ...]]] = {}
        self._unpaid: dict[str, ShipmentDispatchedV1] = {}
        self._here = ""
        self._reactions: dict[type[Contract], Callable[[Any, str], None]] = {
            ShipmentWavedV1: self._waved,
            ShipmentDispatchedV1: self._dispatched,
            ShipmentRefusedV1: self._refused,
            ShipmentDeliveredV1: self._delivered,
            PaymentRequestedV1: self._asked_to_pay,
            OrderConfirmedV1: self._confirmed,
            ShipmentsCreatedV1: self._created,
            PaymentReconciledV1: lambda event, _cause: self._sight.reconciled.add(event.order_id),
            ShipmentRecordRefusedV1: self._not_taken,
        }
        world.broker.listeners.append(self._see)

    def script(self, *, order_id: str) -> Script | None:
        """Return what warehouse and carrier do with an order."""
        wish = self._wishes.get(order_id)
        if wish is None:
            return None
        doors: tuple[Literal["accept", "refuse", "lose"], ...] = ("accept", "refuse", "lose")
        drawn = self._chance.below(limit=len(doors), of=("door", self._here))
        door = doors[drawn] if wish.door == "mixed" else wish.door
        return Script(order_id=order_id, pick="short" if wish.picks == "short" else "all", door=door)

    def live(self, wish: Wish) -> None:
        """Let a customer place an order, and do what the wish says."""
        name = f"place-{wish.order_id}"
        for _ in range(2 if wish.twice else 1):
            self._later(wish.at + self._moment(), lambda: self._world.publish(wish.command, message_id=name))
        if wish.cancel_after is not None:
            self._later(wish.at + wish.cancel_after, lambda: self._cancel(wish))

    def remember(self) -> None:
        """Pay for orders that everybody else has forgotten, and tell of their money."""
        for number, order_id in enumerate(self._wishes):
            self._later(self._moment(), partial(self._whims.act, LATE[number % 2], order_id, LAST))

    def grade(self) -> None:
        """Grade the returns that have lain about for long enough."""
        for cause, (due, steps) in list(self._withheld.items()):
            if due <= self._world.clock.now():
                del self._withheld[cause]
                self._work(steps, cause)

    def claim(self, received: Collection[str]) -> bool:
        """Have the cash remitted of parcels that went astray after somebody had said they were received.

        A carrier who told of a delivery, or a customer who confirmed a receipt, owes it, whatever is told then.
        """
        owed = [event for event in self._unpaid.values() if event.sub_order_id in received]
        for event in owed:
            del self._unpaid[event.shipment_id]
            line = self._whims.line(self._sight.asked[event.order_id], reference=event.waybill, amount=event.collect)
            self._world.publish(line, message_id=f"line-{line.statement_id}")
        return bool(owed)

    def _see(self, record: Record) -> None:
        type_ = REGISTRY.find(header(record, "ce_type"))
        if type_ is not None:
            self._feel(type_.name, (record.key or b"").decode())
        reaction = None if type_ is None else self._reactions.get(type_.model)
        if type_ is not None and reaction is not None:
            with suppress(ValidationError):
                reaction(type_.model.model_validate_json(record.value or b""), header(record, "ce_id"))

    def _waved(self, event: ShipmentWavedV1, cause: str) -> None:
        self._here = event.shipment_id
        steps, wish = self._warehouse.on_waved(event), self._wishes.get(event.order_id)
        if wish is not None and wish.picks == "silent":
            steps = steps[1:]  # this warehouse does not tell what it picks
        elif wish is not None and wish.picks == "nothing" and self._chance.below(limit=3, of=("shelf", self._here)):
            steps = (_empty(event),)
        self._said[event.shipment_id] = steps
        self._work(steps, cause, pace=8.0 if self._chance.below(limit=4, of=("slow", self._here)) == 0 else 1.0)

    def _not_taken(self, event: ShipmentRecordRefusedV1, cause: str) -> None:
        """Tell once more what came when something before it was lost with the broker's log."""
        self._repeated[event.shipment_id] += 1
        lost = self._world.broker_lost and event.reason == "wrong_state"
        if lost and self._repeated[event.shipment_id] < MOST_REPEATS:
            self._work(self._said.get(event.shipment_id, ()), cause)

    def _dispatched(self, event: ShipmentDispatchedV1, cause: str) -> None:
        self._sight.sent[event.shipment_id] = event
        self._here = event.shipment_id
        steps = self._carrier.on_dispatched(event)
        if event.collect and not any(isinstance(step, RecordStatementLineV1) for step in steps):
            self._unpaid.setdefault(event.shipment_id, event)
        self._work(steps, cause)

    def _refused(self, event: ShipmentRefusedV1, cause: str) -> None:
        steps = self._warehouse.on_refused(event, sent=self._sight.sent[event.shipment_id].lines)
        if self._chance.below(limit=6, of=("return", event.shipment_id)):
            self._work(steps, cause)
        else:
            self._withheld[cause] = (self._world.clock.now() + FORGOTTEN_FOR, steps)

    def _delivered(self, event: ShipmentDeliveredV1, cause: str) -> None:
        wish = self._wishes.get(event.order_id)
        if wish is not None and wish.confirms:
            self._work((ConfirmReceiptV1(order_id=event.order_id, sub_order_id=event.sub_order_id),), cause)

    def _confirmed(self, event: OrderConfirmedV1, _cause: str) -> None:
        self._sight.parts[event.order_id] = event.sub_orders

    def _created(self, event: ShipmentsCreatedV1, _cause: str) -> None:
        self._sight.shipments[event.order_id] = tuple(each.shipment_id for each in event.shipments)

    def _feel(self, type_: str, order_id: str) -> None:
        """Have the whims whose moment this is."""
        wish = self._wishes.get(order_id)
        for number, whim in enumerate(wish.whims) if wish is not None else ():
            if whim.on == type_:
                self._later(whim.after, partial(self._whims.act, whim, order_id, number))

    def _asked_to_pay(self, event: PaymentRequestedV1, _cause: str) -> None:
        self._sight.asked[event.order_id] = event
        wish = self._wishes.get(event.order_id)
        if wish is None or wish.pay == "never":
            return
        left = (event.deadline - self._world.clock.now()).total_seconds()
        after = {"late": left + wish.pay_after, "at the deadline": left + wish.pay_after / 4 - 0.5}
        if left < 60 or wish.pay not in after:
            self._later(max(0.05, after.get(wish.pay, wish.pay_after)), lambda: self._pay(event, wish))

    def _pay(self, event: PaymentRequestedV1, wish: Wish) -> None:
        due = wish.command.due
        amount = {"too little": due - 1, "in two": due - 1, "too much": due + 7}.get(wish.pay, due)
        more = {"twice": None, "in two": 1}
        if event.channel in WITH_PAGE:
            self._channel.pay(attempt_id=event.attempt_id, amount=amount)
            if wish.pay in more:
                rest = partial(self._channel.pay, attempt_id=event.attempt_id, amount=more[wish.pay], again=True)
                self._later(4 * self._moment(), rest)
        elif event.channel == "bank_transfer" and amount:
            self._transfer(event, f"T-{event.attempt_id}", amount)
            if wish.pay in more:
                rest = partial(self._transfer, event, f"T2-{event.attempt_id}", more[wish.pay] or due)
                self._later(4 * self._moment(), rest)

    def _transfer(self, event: PaymentRequestedV1, reference: str, amount: int) -> None:
        line = self._whims.line(event, reference=reference, amount=amount)
        self._world.publish(line, message_id=f"line-{line.statement_id}")

    def _cancel(self, wish: Wish) -> None:
        parts = self._sight.parts.get(wish.order_id, ())
        first = wish.command.lines[0]
        lines = (LineUnits(line_id=first.line_id, quantity=1),) if wish.cancels == "lines" else ()
        subs = (parts[0].sub_order_id,) if wish.cancels == "parts" and parts else ()
        command = CancelOrderV1(
            order_id=wish.order_id, by="customer", reason="changed_my_mind", lines=lines, sub_order_ids=subs
        )
        self._world.publish(command, message_id=f"cancel-{wish.order_id}")
        if wish.twice:
            self._world.publish(command, message_id=f"cancel-again-{wish.order_id}")

    def _work(self, steps: tuple[Contract, ...], cause: str, *, pace: float = 1.0) -> None:
        """Publish one step after the other, under ids that come of the cause: who works twice says the same twice."""
        after = 0.0
        for number, step in enumerate(steps):
            after += pace * self._moment()
            name = f"{cause}/{number}"
            self._later(after, partial(self._world.publish, step, message_id=name))

    def _later(self, seconds: float, act: Callable[[], object]) -> None:
        self.pending += 1
        running().outside(running().now + seconds, self._act, act)

    def _act(self, act: Callable[[], object]) -> None:
        self.pending -= 1
        act()

    def _moment(self) -> float:
        return self._world.draw.uniform(0.02, SLOWEST)


def _empty(event: ShipmentWavedV1) -> RecordPickV1:
    """Say that nothing of a shipment was found."""
    lines = tuple(PickedLine(line_id=line.line_id, sku=line.sku, quantity=0) for line in event.lines)
    return RecordPickV1(order_id=event.order_id, shipment_id=event.shipment_id, lines=lines)
