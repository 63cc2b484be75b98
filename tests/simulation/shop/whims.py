"""What people do at odd moments: right after something happened to an order, whatever state it is in by then."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from contracts.fulfillment import RecordTrackingV1, ShipmentDispatchedV1
from contracts.order import CancelOrderV1, ConfirmReceiptV1
from contracts.payment import (
    ExcessRefundedV1,
    PaymentCapturedV1,
    PaymentMismatchedV1,
    PaymentRequestedV1,
    RecordStatementLineV1,
)
from contracts.values import Contract, LineUnits, SubOrder
from simulation.shop.channel import Channel
from simulation.world import World

Act = Literal["cancel", "cancel line", "cancel part", "confirm", "confirm part", "gossip", "pay", "tell again"]

MOMENTS = (
    "order.place-order.v1",
    "order.placed.v1",
    "payment.payment-requested.v1",
    "payment.payment-declined.v1",
    "payment.payment-captured.v1",
    "payment.payment-mismatched.v1",
    "payment.payment-reconciled.v1",
    "payment.cancel-payment.v1",
    "inventory.stock-committed.v1",
    "inventory.hold-expired.v1",
    "order.confirmed.v1",
    "order.lines-cancelled.v1",
    "order.cancellation-refused.v1",
    "fulfillment.shipments-created.v1",
    "fulfillment.shipment-waved.v1",
    "fulfillment.shipment-packed.v1",
    "fulfillment.shipment-dispatched.v1",
    "fulfillment.shipment-tracked.v1",
    "fulfillment.shipment-delivered.v1",
    "fulfillment.shipment-refused.v1",
    "fulfillment.shipment-lost.v1",
    "fulfillment.shipments-intercepted.v1",
    "order.completed.v1",
    "order.cancelled.v1",
    "order.closed.v1",
    "order.expired.v1",
)
ACTS: tuple[tuple[Act, int], ...] = (
    ("cancel", 3),
    ("cancel line", 1),
    ("cancel part", 3),
    ("confirm", 1),
    ("confirm part", 2),
    ("gossip", 6),
    ("pay", 3),
    ("tell again", 3),
)
WORDS = ("in_transit", "out_for_delivery", "delivered", "refused", "lost")
WITH_PAGE = frozenset({"alipay", "wechat_pay", "card"})


@dataclass(frozen=True, slots=True)
class Whim:
    """When this is told of the order, do that so many seconds later."""

    on: str
    act: Act
    after: float


def whims(*, draw: random.Random) -> tuple[Whim, ...]:
    """Draw what somebody does at odd moments of one order; most do nothing."""
    count = draw.choices((0, 1, 2, 4), (5, 3, 2, 1))[0]
    acts, weights = zip(*ACTS, strict=True)
    return tuple(
        Whim(draw.choice(MOMENTS), draw.choices(acts, weights)[0], draw.choice((0.0, 0.05, 0.5, 3.0)))
        for _ in range(count)
    )


@dataclass(slots=True)
class Sight:
    """What people outside have seen of the orders."""

    parts: dict[str, tuple[SubOrder, ...]] = field(default_factory=dict)
    shipments: dict[str, tuple[str, ...]] = field(default_factory=dict)
    reconciled: set[str] = field(default_factory=set)
    asked: dict[str, PaymentRequestedV1] = field(default_factory=dict)
    sent: dict[str, ShipmentDispatchedV1] = field(default_factory=dict)


class Whims:
    """Acts once per whim; whoever hears twice that it is time has acted already."""

    def __init__(self, *, world: World, channel: Channel, sight: Sight, due: Mapping[str, int]) -> None:
        self._world = world
        self._channel = channel
        self._sight = sight
        self._due = due
        self._done: set[str] = set()
        self._acts: Mapping[Act, Callable[[str, str], None]] = {
            "cancel": self._cancel,
            "cancel line": lambda order_id, name: self._cancel(order_id, name, lines=True),
            "cancel part": lambda order_id, name: self._cancel(order_id, name, parts=True),
            "confirm": lambda order_id, name: self._confirm(order_id, name, part=False),
            "confirm part": lambda order_id, name: self._confirm(order_id, name, part=True),
            "gossip": self._gossip,
            "pay": self._pay,
            "tell again": self._tell_again,
        }

    def act(self, whim: Whim, order_id: str, number: int) -> None:
        """Do it, unless it was done."""
        name = f"whim-{number}-{order_id}"
        if name not in self._done:
            self._done.add(name)
            self._world.weather.injected[f"odd moment: {whim.act}"] += 1
            self._acts[whim.act](order_id, name)

    def _cancel(self, order_id: str, name: str, *, lines: bool = False, parts: bool = False) -> None:
        part = self._part(order_id)
        command = CancelOrderV1(
            order_id=order_id,
            by="customer",
            reason="changed_my_mind",
            lines=(LineUnits(line_id="l1", quantity=1),) if lines else (),
            sub_order_ids=(part.sub_order_id,) if parts and part is not None else (),
        )
        self._world.publish(command, message_id=name)

    def _confirm(self, order_id: str, name: str, *, part: bool) -> None:
        named = self._part(order_id) if part else None
        sub_order_id = None if named is None else named.sub_order_id
        self._world.publish(ConfirmReceiptV1(order_id=order_id, sub_order_id=sub_order_id), message_id=name)

    def _gossip(self, order_id: str, name: str) -> None:
        """Tell of a parcel what a carrier may tell at any time, true or not."""
        shipments, draw = self._sight.shipments.get(order_id), self._world.draw
        if not shipments:
            return
        shipment_id = draw.choice(shipments)
        sent = self._sight.sent.get(shipment_id)
        for number in range(draw.randint(1, 2)):
            word = RecordTrackingV1(
                order_id=order_id,
                shipment_id=shipment_id,
                carrier=draw.choice(("hare", "tortoise")) if sent is None else sent.carrier,
                code=draw.choice(WORDS),
                occurred_at=self._world.clock.now(),
            )
            self._world.publish(word, message_id=f"{name}/{number}")

    def _pay(self, order_id: str, name: str) -> None:
        """Pay, be it once more, too late, or another amount."""
        asked = self._sight.asked.get(order_id)
        if asked is None:
            return
        due = self._due[order_id]
        amount = self._world.draw.choice((due, due, 1, 777))
        if asked.channel in WITH_PAGE:
            self._channel.pay(attempt_id=asked.attempt_id, amount=amount, again=True)
        elif asked.channel in {"bank_transfer", "cash_on_delivery"} and due:
            # No carrier takes a part of what is to be collected.
            amount = due if asked.channel == "cash_on_delivery" else amount
            self._world.publish(self.line(asked, reference=name, amount=amount), message_id=name)

    def _tell_again(self, order_id: str, name: str) -> None:
        """Say once more, under another id, what payment has said of the money of an order: it must move nothing."""
        asked = self._sight.asked.get(order_id)
        sure = order_id in self._sight.reconciled
        if not sure and (asked is None or asked.channel != "cash_on_delivery"):
            return
        due, draw = self._due[order_id], self._world.draw
        said: list[Contract] = [
            PaymentMismatchedV1(
                order_id=order_id, exception_id=name, classified="AMOUNT_DIFF", due=due, captured=due + 1
            ),
            ExcessRefundedV1(order_id=order_id, refund_id=name, currency="USD", amount=1, why="double"),
        ]
        if sure:
            said.append(
                PaymentCapturedV1(
                    order_id=order_id,
                    attempt_id=f"{order_id}-1",
                    channel="balance" if asked is None else asked.channel,
                    currency="USD",
                    amount=due,
                )
            )
        self._world.publish(draw.choice(said), message_id=name)

    def line(self, asked: PaymentRequestedV1, *, reference: str, amount: int) -> RecordStatementLineV1:
        """Return the line of a statement for money that came."""
        return RecordStatementLineV1(
            statement_id=f"bank-{reference}",
            line_number=1,
            order_id=asked.order_id,
            attempt_id=asked.attempt_id,
            channel=asked.channel,
            kind="capture",
            reference=reference,
            currency="USD",
            amount=amount,
            booked_at=self._world.clock.now(),
        )

    def _part(self, order_id: str) -> SubOrder | None:
        parts = self._sight.parts.get(order_id)
        return self._world.draw.choice(parts) if parts else None
