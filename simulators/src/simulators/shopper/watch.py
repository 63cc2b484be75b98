"""What the shopper learns of its orders: it follows the services' events, as any other system may."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import TypeVar

from contracts.fulfillment import ShipmentDeliveredV1
from contracts.order import (
    CancellationRefusedV1,
    OrderCancelledV1,
    OrderClosedV1,
    OrderCompletedV1,
    OrderConfirmedV1,
    OrderPlacedV1,
    OrderRejectedV1,
)
from contracts.payment import PaymentReconciledV1, PaymentRequestedV1
from contracts.values import Contract
from simulators.following import Reaction, Received, follow

C = TypeVar("C", bound=Contract)
T = TypeVar("T")

TOPICS = ("order.events", "payment.events", "fulfillment.events")
ENDS: tuple[type[Contract], ...] = (OrderRejectedV1, OrderCancelledV1, OrderClosedV1, OrderCompletedV1)
FOLLOWED: tuple[type[Contract], ...] = (
    *ENDS,
    OrderPlacedV1,
    OrderConfirmedV1,
    CancellationRefusedV1,
    PaymentRequestedV1,
    PaymentReconciledV1,
    ShipmentDeliveredV1,
)


class Watch:
    """Remembers the events of each order and wakes who waits for one."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._seen: dict[str, dict[type[Contract], Contract]] = defaultdict(dict)
        self._delivered: dict[str, set[str]] = defaultdict(set)
        self._news: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def run(self, *, bootstrap: str, group: str) -> None:
        """Follow the events for ever."""
        wanted: dict[type[Contract], Reaction] = dict.fromkeys(FOLLOWED, self._take)
        await follow(bootstrap=bootstrap, topics=TOPICS, group=group, wanted=wanted)

    async def _take(self, received: Received) -> None:
        self.learn(message=received.message, order_id=received.envelope.subject)

    def learn(self, *, message: Contract, order_id: str) -> None:
        """Remember an event and wake who waits for it."""
        self._seen[order_id][type(message)] = message
        if isinstance(message, ShipmentDeliveredV1):
            self._delivered[order_id].add(message.sub_order_id)
        self._news[order_id].set()

    async def first(self, *, order_id: str, of: tuple[type[C], ...]) -> C:
        """Wait until one of these has happened to the order, and return it."""
        return await self._until(order_id, lambda: self.seen(order_id=order_id, of=of))

    async def delivered(self, *, order_id: str) -> bool:
        """Wait until every sub-order of the order is delivered; False when the order ended before."""
        return await self._until(order_id, lambda: self._all_delivered(order_id)) == "delivered"

    def seen(self, *, order_id: str, of: tuple[type[C], ...]) -> C | None:
        """Return one of these that has happened to the order, if any has."""
        for each in of:
            found = self._seen[order_id].get(each)
            if isinstance(found, each):
                return found
        return None

    def stages(self, *, order_ids: tuple[str, ...]) -> Counter[str]:
        """Count the orders by the last thing that is known of them."""
        return Counter(self.stage(order_id=order_id) for order_id in order_ids)

    def stage(self, *, order_id: str) -> str:
        """Return the last thing that is known of an order."""
        seen = self._seen.get(order_id, {})
        return next((name for each, name in _STAGES if each in seen), "waiting")

    def _all_delivered(self, order_id: str) -> str | None:
        if self.seen(order_id=order_id, of=ENDS):
            return "ended"
        confirmed = self.seen(order_id=order_id, of=(OrderConfirmedV1,))
        if confirmed is None:
            return None
        wanted = {each.sub_order_id for each in confirmed.sub_orders if not each.virtual}
        return "delivered" if wanted <= self._delivered[order_id] else None

    async def _until(self, order_id: str, look: Callable[[], T | None]) -> T:
        while (found := look()) is None:
            self._news[order_id].clear()
            await self._news[order_id].wait()
        return found


_STAGES: tuple[tuple[type[Contract], str], ...] = (
    (OrderRejectedV1, "rejected"),
    (OrderClosedV1, "closed"),
    (OrderCancelledV1, "cancelled"),
    (OrderCompletedV1, "completed"),
    (ShipmentDeliveredV1, "arriving"),
    (OrderConfirmedV1, "in fulfilment"),
    (PaymentReconciledV1, "paid"),
    (OrderPlacedV1, "placed"),
)
