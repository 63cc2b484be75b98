"""The five services with one order, calm weather and one shard: a history of a few milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial
from typing import Any

import fulfillment.consumers
import order.consumers
from chassis.routes import Ref
from chassis.store.memory import MemoryStore
from chassis.store.values import Stored
from contracts.inventory import ReceiveStockV1
from contracts.registry import REGISTRY
from contracts.tenders import IssueTenderV1
from fulfillment.domain.waves import Policy
from order.domain.profiles import PROFILES
from simulation.plan import Plan
from simulation.shop.catalogue import CURRENCY, fill
from simulation.shop.channel import Channel
from simulation.shop.facts import known
from simulation.shop.feeding import Feeding
from simulation.shop.operator import Operator
from simulation.shop.outside import Outside
from simulation.shop.scene import PATIENCE_SECONDS, Shop
from simulation.shop.services import plans
from simulation.shop.wishes import Wish
from simulation.sweep.crashes import Crashes, Mortal
from simulation.sweep.customer import Customer
from simulation.sweep.sagas import COUPON, Saga
from simulation.world import World
from simulators.channel.behaviour import Manners

SEED = 1
STOCK = 5
WAVE = timedelta(minutes=2)
"""Longer than a service is away after two crashes: what is cancelled before the wave is cancelled in time."""
SERVICES = ("order", "inventory", "payment", "fulfillment", "billing")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an order ended: its state, and what each service says of it; whoever never heard of it says nothing."""

    state: str
    facts: Mapping[str, Any]


class Stage(Shop):
    """A shop for one order of a scripted saga."""

    def __init__(self, *, saga: Saga, crashes: Crashes) -> None:
        self.saga = saga
        own = [replace(plan, gateways={}) for plan in _plans()]
        self.world = World(seed=SEED, plans=own, partitions=1, registry=REGISTRY)
        self.world.make = partial(Mortal, crashes=crashes)
        self.channel = Channel(world=self.world, seed=SEED, manners=Manners())
        self.world.plans["payment"].gateways.update(self.channel.gateways)
        command = saga.command
        wish = Wish(
            command=command,
            at=0.0,
            pay="never",
            pay_after=0.0,
            cancel_after=None,
            cancels="all",
            door=saga.door,
            picks="short" if saga.short else "all",
            confirms=False,
            twice=False,
        )
        self.wishes = {command.order_id: wish}
        if saga.declined:
            self.channel.declines.add(command.order_id)
        self.lasts, self.feeding = False, Feeding(world=self.world)
        self.operator = Operator(world=self.world)
        self.outside = Outside(world=self.world, channel=self.channel, wishes=self.wishes, seed=SEED)
        customer = Customer(
            world=self.world, channel=self.channel, outside=self.outside, command=command, deeds=saga.deeds
        )
        self.world.broker.listeners.append(customer.look)

    async def prepare(self) -> None:
        """Put there what this order needs."""
        for service, aggregates in _catalogue().items():
            self.world.stores[service].aggregates.update(aggregates)
        for sku in self.saga.wares if self.saga.stocked else ():
            self.world.publish(ReceiveStockV1(receipt_id=sku, sku=sku, warehouse_id="w1", quantity=STOCK))
        if self.saga.tender:
            customer = self.saga.command.customer_id
            self.world.publish(
                IssueTenderV1(
                    tender_id=COUPON, customer_id=customer, kind="coupon", currency=CURRENCY, amount=self.saga.tender
                )
            )
        await self.world.until(lambda: not self.world.unquiet(), seconds=PATIENCE_SECONDS)

    def outcome(self) -> Outcome:
        """Return how the order ended."""
        order_id = self.saga.command.order_id
        for each in known(stores=self.world.stores):
            if each.order_id == order_id:
                facts = {
                    f"{service} {name}": value
                    for service in SERVICES
                    for name, value in getattr(each, service).items()
                    if value
                }
                return Outcome(state=each.order.get("state", "unknown"), facts=facts)
        return Outcome(state="unknown", facts={})


@cache
def _plans() -> tuple[Plan, ...]:
    return plans(
        orders=order.consumers.routes(profiles=PROFILES),
        shipments=fulfillment.consumers.routes(policy=Policy(window=WAVE)),
    )


@cache
def _catalogue() -> Mapping[str, Mapping[Ref, Stored]]:
    stores = {service: MemoryStore() for service in SERVICES}
    fill(stores=stores)
    return {service: store.aggregates for service, store in stores.items()}
