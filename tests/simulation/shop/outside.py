"""Warehouse, carrier and customers: they see what is published, and do something a moment later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from pydantic import ValidationError

from chassis.message import Record
from contracts.fulfillment import (
    ShipmentDeliveredV1,
    ShipmentDispatchedV1,
    ShipmentRefusedV1,
    ShipmentWavedV1,
)
from contracts.order import CancelOrderV1, ConfirmReceiptV1, OrderConfirmedV1
from contracts.payment import PaymentRequestedV1, RecordStatementLineV1
from contracts.registry import REGISTRY
from contracts.values import Contract, LineUnits, SubOrder
from simulation.broker import header
from simulation.loop import running
from simulation.shop.channel import Channel
from simulation.shop.wishes import Wish
from simulation.world import World
from simulators.carrier.reactions import Carrier, Doorstep
from simulators.chance import Chance
from simulators.warehouse.reactions import Warehouse, Workmanship
from simulators.world.scripts import Script

CHANNELS_WITH_PAGE = frozenset({"alipay", "wechat_pay", "card"})
SLOWEST = 1.5


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
        self._sent: dict[str, ShipmentDispatchedV1] = {}
        self._parts: dict[str, tuple[SubOrder, ...]] = {}
        self._reactions: dict[type[Contract], Callable[[Any, str], None]] = {
            ShipmentWavedV1: self._waved,
            ShipmentDispatchedV1: self._dispatched,
            ShipmentRefusedV1: self._refused,
            ShipmentDeliveredV1: self._delivered,
            PaymentRequestedV1: self._asked_to_pay,
            OrderConfirmedV1: self._confirmed,
        }
        world.broker.listeners.append(self._see)

    def script(self, *, order_id: str) -> Script | None:
        """Return what warehouse and carrier do with an order."""
        wish = self._wishes.get(order_id)
        return None if wish is None else Script(order_id=order_id, pick=wish.picks, door=wish.door)

    def live(self, wish: Wish) -> None:
        """Let a customer place an order, and do what the wish says."""
        name = f"place-{wish.order_id}"
        for _ in range(2 if wish.twice else 1):
            self._later(wish.at + self._moment(), lambda: self._world.publish(wish.command, message_id=name))
        if wish.cancel_after is not None:
            self._later(wish.at + wish.cancel_after, lambda: self._cancel(wish))

    def _see(self, record: Record) -> None:
        type_ = REGISTRY.find(header(record, "ce_type"))
        reaction = None if type_ is None else self._reactions.get(type_.model)
        if type_ is not None and reaction is not None:
            with suppress(ValidationError):
                reaction(type_.model.model_validate_json(record.value or b""), header(record, "ce_id"))

    def _waved(self, event: ShipmentWavedV1, cause: str) -> None:
        self._work(self._warehouse.on_waved(event), cause)

    def _dispatched(self, event: ShipmentDispatchedV1, cause: str) -> None:
        self._sent[event.shipment_id] = event
        self._work(self._carrier.on_dispatched(event), cause)

    def _refused(self, event: ShipmentRefusedV1, cause: str) -> None:
        self._work(self._warehouse.on_refused(event, sent=self._sent[event.shipment_id].lines), cause)

    def _delivered(self, event: ShipmentDeliveredV1, cause: str) -> None:
        wish = self._wishes.get(event.order_id)
        if wish is not None and wish.confirms:
            self._work((ConfirmReceiptV1(order_id=event.order_id, sub_order_id=event.sub_order_id),), cause)

    def _confirmed(self, event: OrderConfirmedV1, _cause: str) -> None:
        self._parts[event.order_id] = event.sub_orders

    def _asked_to_pay(self, event: PaymentRequestedV1, _cause: str) -> None:
        wish = self._wishes.get(event.order_id)
        if wish is None or wish.pay == "never":
            return
        left = (event.deadline - self._world.clock.now()).total_seconds()
        after = {"late": left + wish.pay_after, "at the deadline": left + wish.pay_after / 4 - 0.5}
        if left < 60 or wish.pay not in after:
            self._later(max(0.05, after.get(wish.pay, wish.pay_after)), lambda: self._pay(event, wish))

    def _pay(self, event: PaymentRequestedV1, wish: Wish) -> None:
        due = wish.command.due
        amount = {"too little": due - 1, "too much": due + 7}.get(wish.pay, due)
        if event.channel in CHANNELS_WITH_PAGE:
            self._channel.pay(attempt_id=event.attempt_id, amount=amount)
            if wish.pay == "twice":
                self._later(self._moment(), lambda: self._channel.pay(attempt_id=event.attempt_id, again=True))
        elif event.channel == "bank_transfer" and amount:
            line = self.transfer(event, reference=f"T-{event.attempt_id}", amount=amount)
            self._world.publish(line, message_id=f"line-{line.statement_id}")

    def transfer(self, event: PaymentRequestedV1, *, reference: str, amount: int) -> RecordStatementLineV1:
        """Return the line of the bank's statement for a transfer."""
        return RecordStatementLineV1(
            statement_id=f"bank-{reference}",
            line_number=1,
            order_id=event.order_id,
            attempt_id=event.attempt_id,
            channel="bank_transfer",
            kind="capture",
            reference=reference,
            currency="USD",
            amount=amount,
            booked_at=self._world.clock.now(),
        )

    def _cancel(self, wish: Wish) -> None:
        parts = self._parts.get(wish.order_id, ())
        first = wish.command.lines[0]
        lines = (LineUnits(line_id=first.line_id, quantity=1),) if wish.cancels == "lines" else ()
        subs = (parts[0].sub_order_id,) if wish.cancels == "parts" and parts else ()
        command = CancelOrderV1(
            order_id=wish.order_id, by="customer", reason="changed_my_mind", lines=lines, sub_order_ids=subs
        )
        self._world.publish(command, message_id=f"cancel-{wish.order_id}")
        if wish.twice:
            self._world.publish(command, message_id=f"cancel-again-{wish.order_id}")

    def _work(self, steps: tuple[Contract, ...], cause: str) -> None:
        """Publish one step after the other, under ids that come of the cause: who works twice says the same twice."""
        after = 0.0
        for number, step in enumerate(steps):
            after += self._moment()
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
