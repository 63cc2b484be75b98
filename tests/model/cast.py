"""The five services of a model, filled with the catalogue and with what a scene needs before its order is placed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import billing.consumers
import billing.publishers
import fulfillment.consumers
import fulfillment.publishers
import inventory.consumers
import inventory.publishers
import order.consumers
import order.publishers
import payment.consumers
import payment.publishers
from chassis.publisher import Publisher
from chassis.routes import Routes
from chassis.store.memory import MemoryStore
from contracts.inventory import ReceiveStockV1
from contracts.tenders import IssueTenderV1, TopUpBalanceV1
from contracts.values import Contract
from fulfillment.domain.waves import Policy
from model.machine import Event, Machine
from model.messages import Messages
from model.rules import CHECKS
from model.scene import COUPON, CUSTOMER, Scene
from simulation.shop.catalogue import CURRENCY, fill

SERVICES = ("order", "inventory", "payment", "fulfillment", "billing")
ORDER, INVENTORY, PAYMENT, FULFILLMENT, BILLING = range(5)
TOP_UP = 1_000_000


def machines(*, messages: Messages, answers: list[Mapping[str, Any]]) -> tuple[Machine, ...]:
    """Return the services with nothing but the catalogue."""
    stores = {name: MemoryStore() for name in SERVICES}
    fill(stores=stores)
    return tuple(
        Machine(
            name=name,
            routes=routes,
            publisher=publisher,
            base=dict(stores[name].aggregates),
            messages=messages,
            times=name == "inventory",
            check=CHECKS[name],
            answers=answers,
        )
        for name, (routes, publisher) in _parts().items()
    )


def opened(
    *, scene: Scene, cast: tuple[Machine, ...], messages: Messages, now: datetime
) -> tuple[int, int, int, int, int]:
    """Return the first state of each service: shelves and purses are full, nothing is under way."""
    states = [0] * len(cast)
    for service, contract in _before(scene):
        event = Event("message", messages.of(contract=contract))
        states[service] = cast[service].step(states[service], event, now).state
    order_, inventory_, payment_, fulfillment_, billing_ = states
    return order_, inventory_, payment_, fulfillment_, billing_


def _parts() -> dict[str, tuple[Routes, Publisher]]:
    return {
        "order": (order.consumers.routes(), order.publishers.PUBLISH),
        "inventory": (inventory.consumers.ROUTES, inventory.publishers.PUBLISH),
        "payment": (payment.consumers.ROUTES, payment.publishers.PUBLISH),
        "fulfillment": (fulfillment.consumers.routes(policy=Policy()), fulfillment.publishers.PUBLISH),
        "billing": (billing.consumers.ROUTES, billing.publishers.PUBLISH),
    }


def _before(scene: Scene) -> Iterator[tuple[int, Contract]]:
    for sku, warehouse, quantity in scene.stock:
        yield (
            INVENTORY,
            ReceiveStockV1(receipt_id=f"{sku}-{warehouse}", sku=sku, warehouse_id=warehouse, quantity=quantity),
        )
    if scene.order.tenders:
        yield (
            PAYMENT,
            IssueTenderV1(tender_id="coupon", customer_id=CUSTOMER, kind="coupon", currency=CURRENCY, amount=COUPON),
        )
    if scene.order.channel == "balance":
        yield PAYMENT, TopUpBalanceV1(top_up_id="top", customer_id=CUSTOMER, currency=CURRENCY, amount=TOP_UP)
