"""An order as it travels to a peer: JSON, so that it fits a line, a request and a record. Standard library only."""

from typing import TypedDict

from bench.workload import Order


class Checkout(TypedDict):
    """What a peer is told of an order."""

    order_id: str
    customer: str
    total: int
    skus: list[str]
    quantities: list[int]


class End(TypedDict):
    """What a peer tells of the end of an order."""

    order_id: str
    completed: bool


def checkout_of(*, order: Order) -> Checkout:
    """Return what a peer is told."""
    return {
        "order_id": order.order_id,
        "customer": order.customer,
        "total": order.total,
        "skus": [line.sku for line in order.lines],
        "quantities": [line.quantity for line in order.lines],
    }
