"""Simulated histories whose stores remember what was done to them."""

from __future__ import annotations

import random
from collections.abc import Mapping

import billing.repository
import fulfillment.repository
import inventory.repository
import order.repository
import payment.repository
from chassis.routes import Ref
from chassis.store.memory import MemoryStore
from chassis.store.values import Stored
from chassis.tables import Tables
from simulation.differential.recorded import Recording
from simulation.history import begin
from simulation.loop import run
from simulation.quiet import silenced
from simulation.shop.catalogue import fill
from simulation.shop.scene import Shop
from simulation.swarm import Swarm
from simulation.sweep.crashes import Crashes
from simulation.sweep.sagas import SAGAS
from simulation.sweep.stage import Stage

TABLES: Mapping[str, Tables] = {
    "order": order.repository.TABLES,
    "inventory": inventory.repository.TABLES,
    "payment": payment.repository.TABLES,
    "fulfillment": fulfillment.repository.TABLES,
    "billing": billing.repository.TABLES,
}
STORM_SECONDS = 15.0
LATEST_STEP = 250


def catalogue() -> Mapping[str, Mapping[Ref, Stored]]:
    """Return what the feeds have brought to each service before a history begins."""
    stores = {service: MemoryStore() for service in TABLES}
    fill(stores=stores)
    return {service: dict(store.aggregates) for service, store in stores.items()}


def of_scripts(*, seed: int) -> Mapping[str, Recording]:
    """Run a scripted saga with crashes, drawn by the seed."""
    draw = random.Random(seed)
    name = draw.choice(list(SAGAS))
    crashes = Crashes(at=draw.sample(range(1, LATEST_STEP), draw.randint(0, 2)))
    with silenced():
        return run(_scripted(name, crashes))


def of_script(*, name: str) -> Mapping[str, Recording]:
    """Run a scripted saga without a crash."""
    with silenced():
        return run(_scripted(name, Crashes(at=())))


def of_shops(*, seed: int, orders: int) -> Mapping[str, Recording]:
    """Run a shop under the faults of a seed."""
    with silenced():
        return run(_shop(seed, orders))


async def _scripted(name: str, crashes: Crashes) -> Mapping[str, Recording]:
    stage = Stage(saga=SAGAS[name], crashes=crashes)
    recordings = _recordings()
    stage.world.stores.update(recordings)
    for service in stage.world.plans:
        stage.world.supervise(service=service)
    await stage.prepare()
    crashes.armed = True
    stage.open()
    await stage.settle()
    stage.channel.close()
    return recordings


async def _shop(seed: int, orders: int) -> Mapping[str, Recording]:
    shop = Shop(seed=seed, orders=orders)
    recordings = _recordings()
    shop.world.stores.update(recordings)
    begin(world=shop.world, most=2)
    await shop.prepare()
    swarm = Swarm(world=shop.world, seed=seed)
    swarm.choose()
    shop.channel.misbehave()
    shop.open()
    await swarm.rage(seconds=STORM_SECONDS)
    shop.channel.behave()
    await shop.settle()
    shop.channel.close()
    return recordings


def _recordings() -> dict[str, Recording]:
    return {service: Recording(tables=tables) for service, tables in TABLES.items()}
