"""Orders placed over HTTP at the order service, as a shop does that has no Kafka client."""

import json
from urllib.parse import urlsplit

from bench.house import REGION
from bench.ingress import Ingress, IngressError
from bench.workload import CURRENCY, Order
from simulators.house.addresses import Addresses

_ASK_AGAIN = frozenset({b"202", b"503"})  # not decided yet, says the service, and may be asked again with the key
_RECIPIENT = {"name": "A. Customer", "phone": "555 0100", "street": "1 Main Street", "city": "Springfield"}


class Desk:
    """Places orders and returns when the service has decided."""

    def __init__(self, *, addresses: Addresses) -> None:
        """Connect to nothing yet."""
        self._ingress = Ingress(port=urlsplit(addresses.urls["order"]).port or 0)
        self._headers = addresses.authorization(service="order")

    async def place(self, *, order: Order) -> None:
        """Submit an order; one that is to come twice is asked for again with its key, and gets the same answer."""
        body, answers = json.dumps(body_of(order=order)).encode(), 0
        while answers < 1 + order.twice:
            try:
                await self._ingress.post(
                    path="/orders", body=body, headers={**self._headers, "Idempotency-Key": order.key}
                )
                answers += 1
            except IngressError as error:
                if error.status not in _ASK_AGAIN:
                    raise

    async def close(self) -> None:
        """Close the connections."""
        await self._ingress.close()


def body_of(*, order: Order) -> dict[str, object]:
    """Return the body that asks for an order; its recipient is in clear, as shops have it."""
    return {
        "customer_id": order.customer,
        "profile": "standard",
        "currency": CURRENCY,
        "lines": [
            {
                "line_id": f"l{number}",
                "sku": line.sku,
                "offer_id": line.sku,
                "quantity": line.quantity,
                "net": line.quantity * line.price,
            }
            for number, line in enumerate(order.lines, start=1)
        ],
        "delivery": {"region": REGION, "method": "standard", "recipient": _RECIPIENT},
        "channel": "balance",
        "freight": 0,
        "due": order.total,
        "invoice": {"type": "electronic"},
    }
