"""Warehouse and carrier at work: they follow fulfillment's events and publish, step by step, what they did."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from contracts.fulfillment import ShipmentDispatchedV1, ShipmentRefusedV1, ShipmentWavedV1
from contracts.registry import REGISTRY
from contracts.values import Contract
from simulators.carrier.reactions import Carrier
from simulators.chance import Chance
from simulators.following import Received, follow
from simulators.publishing import Publisher, derived_id
from simulators.warehouse.reactions import Warehouse
from simulators.world.scripts import WorldBook

EVENTS = "fulfillment.events"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long a step of work takes, and the share of messages that are sent twice, in parts per million."""

    step_ms: int = 20
    duplicated: int = 0


class Worker:
    """Publishes the steps of a reaction in turn; the same event always leads to the same ids."""

    def __init__(self, *, publisher: Publisher, chance: Chance, pace: Pace) -> None:
        """Take where to publish, and how fast."""
        self._publisher = publisher
        self._chance = chance
        self._pace = pace

    async def do(self, *, steps: Sequence[Contract], cause: Received) -> None:
        """Work one step after the other."""
        for number, step in enumerate(steps):
            await asyncio.sleep(self._pace.step_ms / 1000)
            name = REGISTRY.of(type(step)).name
            id_ = derived_id(at=cause.envelope.time, of=(cause.envelope.id, name, str(number)))
            twice = self._chance.hits(ppm=self._pace.duplicated, of=("twice", id_))
            await self._publisher.publish(message=step, id_=id_, cause=cause.envelope, copies=2 if twice else 1)


async def run_warehouse(*, bootstrap: str, warehouse: Warehouse, worker: Worker, book: WorldBook) -> None:
    """Work as the warehouses, for ever."""

    async def on_waved(received: Received) -> None:
        assert isinstance(received.message, ShipmentWavedV1)  # noqa: S101 - by the table below
        await worker.do(steps=warehouse.on_waved(received.message), cause=received)

    async def on_dispatched(received: Received) -> None:
        assert isinstance(received.message, ShipmentDispatchedV1)  # noqa: S101 - by the table below
        book.keep_sent(shipment=received.message)

    async def on_refused(received: Received) -> None:
        assert isinstance(received.message, ShipmentRefusedV1)  # noqa: S101 - by the table below
        sent = book.sent(shipment_id=received.message.shipment_id)
        await worker.do(steps=warehouse.on_refused(received.message, sent=sent), cause=received)

    await follow(
        bootstrap=bootstrap,
        topics=[EVENTS],
        group="simulators.warehouse",
        wanted={ShipmentWavedV1: on_waved, ShipmentDispatchedV1: on_dispatched, ShipmentRefusedV1: on_refused},
    )


async def run_carrier(*, bootstrap: str, carrier: Carrier, worker: Worker) -> None:
    """Work as the carriers, for ever."""

    async def on_dispatched(received: Received) -> None:
        assert isinstance(received.message, ShipmentDispatchedV1)  # noqa: S101 - by the table below
        await worker.do(steps=carrier.on_dispatched(received.message), cause=received)

    await follow(
        bootstrap=bootstrap, topics=[EVENTS], group="simulators.carrier", wanted={ShipmentDispatchedV1: on_dispatched}
    )
