"""A customer who acts when something has been published, and not at a time: a crash may delay what it likes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from chassis.message import Record
from contracts.order import CancelOrderV1, OrderConfirmedV1, PlaceOrderV1
from contracts.payment import PaymentRequestedV1
from contracts.registry import REGISTRY
from contracts.values import Contract
from simulation.broker import header
from simulation.loop import running
from simulation.shop.channel import Channel
from simulation.shop.outside import Outside
from simulation.world import World

MOMENT = 0.05
C = TypeVar("C", bound=Contract)


@dataclass(frozen=True, slots=True)
class Deed:
    """What the customer does when the first message of a type is seen."""

    on: type[Contract]
    do: Callable[[Customer], None]


@dataclass(slots=True)
class Customer:
    """Remembers what was published first of each type, and acts once for each deed."""

    world: World
    channel: Channel
    outside: Outside
    command: PlaceOrderV1
    deeds: tuple[Deed, ...]
    seen: dict[type[Contract], Any] = field(default_factory=dict)

    def look(self, record: Record) -> None:
        """See what was published; of what is published again nothing follows."""
        type_ = REGISTRY.find(header(record, "ce_type"))
        if type_ is None or type_.model in self.seen:
            return
        self.seen[type_.model] = type_.model.model_validate_json(record.value or b"")
        for deed in self.deeds:
            if deed.on is type_.model:
                self.outside.pending += 1
                running().outside(running().now + MOMENT, self._act, deed)

    def first(self, type_: type[C], /) -> C:
        """Return the first message of a type."""
        found: C = self.seen[type_]
        return found

    def _act(self, deed: Deed) -> None:
        self.outside.pending -= 1
        deed.do(self)


def pays(*, more: int = 0) -> Deed:
    """Pay what is asked for, or so much more or less, as soon as it is asked for."""
    return Deed(on=PaymentRequestedV1, do=partial(_pay, more=more, again=False))


def pays_when(on: type[Contract], /, *, again: bool = False) -> Deed:
    """Pay at the page when something has happened; once more when it is paid already."""
    return Deed(on=on, do=partial(_pay, more=0, again=again))


def cancels_when(on: type[Contract], /, *, part: bool = False) -> Deed:
    """Cancel the order, or its first part, when something has happened."""
    return Deed(on=on, do=partial(_cancel, part=part))


def _pay(customer: Customer, *, more: int, again: bool) -> None:
    asked = customer.first(PaymentRequestedV1)
    customer.channel.pay(attempt_id=asked.attempt_id, amount=customer.command.due + more, again=again)


def _cancel(customer: Customer, *, part: bool) -> None:
    order_id = customer.command.order_id
    parts = (customer.first(OrderConfirmedV1).sub_orders[0].sub_order_id,) if part else ()
    command = CancelOrderV1(order_id=order_id, by="customer", reason="changed_my_mind", sub_order_ids=parts)
    customer.world.publish(command, message_id=f"cancel-{order_id}")
