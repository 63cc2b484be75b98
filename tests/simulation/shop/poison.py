"""Messages that can be read and that a handler refuses for good: each ends as a dead letter, and nobody else waits."""

from __future__ import annotations

from contracts.fulfillment import ShipmentPackedV1
from contracts.ids import order_id as order_id_of
from contracts.order import OperateSagaV1
from contracts.payment import RecordChannelFactV1
from contracts.tenders import IssueTenderV1, TopUpBalanceV1
from contracts.values import Contract
from simulation.shop.catalogue import CURRENCY, CUSTOMERS
from simulation.world import World


class Poisoner:
    """Publishes them under the keys of orders and customers who wait for something else."""

    def __init__(self, *, world: World, orders: list[str]) -> None:
        self._world = world
        self._orders = orders

    def poison(self) -> None:
        """Publish one."""
        name = f"poison-{len(self._world.poisoned)}"
        self._world.poisoned.add(name)
        draw = self._world.draw
        order_id, customer = draw.choice(self._orders), draw.choice(CUSTOMERS)
        self._world.publish(draw.choice(self._kinds(order_id, customer, name)), message_id=name)

    def _kinds(self, order_id: str, customer: str, name: str) -> list[Contract]:
        unknown = order_id_of(customer_id="nobody", idempotency_key=name)
        return [
            ShipmentPackedV1(order_id=order_id, sub_order_id=name, shipment_id=name, parcels=()),
            OperateSagaV1(order_id=unknown, saga="checkout", verb="retry", operator="nobody", reason=name),
            TopUpBalanceV1(top_up_id=f"top-{customer}", customer_id=customer, currency=CURRENCY, amount=1),
            IssueTenderV1(
                tender_id=f"points-{customer}", customer_id=customer, kind="points", currency=CURRENCY, amount=1
            ),
            RecordChannelFactV1(
                order_id=order_id,
                attempt_id=f"{order_id}-1",
                channel="cash_on_delivery",
                fact="captured",
                reference=name,
                currency=CURRENCY,
                amount=1,
                occurred_at=self._world.clock.now(),
            ),
        ]
