"""A broker that has lost its log: who was only told *unknown* asks again, and everybody says again what was said."""

from __future__ import annotations

import asyncio

from chassis.republish import republish_records
from chassis.sources import SeededIds
from simulation.clocks import BEGINNING
from simulation.deposits import Deposits
from simulation.holes.customer import Customer
from simulation.holes.stage import hold_back, one_teller, opened


async def accepted_and_lost() -> list[str]:
    """Hole 7: a command was answered 202 and lies in a log that is lost before anybody has read it."""
    scene, process = await one_teller()
    release = hold_back(process)
    customer = Customer(scene=scene, process=process)
    asked = [asyncio.create_task(customer.deposit(account=account)) for account in list(scene.sent)]
    await asyncio.sleep(3)
    _lose(scene, groups=True)
    release.set()
    await asyncio.gather(*asked)
    return await scene.settle()


async def live_beside_republished() -> list[str]:
    """Hole 15: the log is lost before it was read, and customers go on while the owners send it again."""
    scene, _ = await one_teller()
    vault = next(each for each in scene.world.running if each.plan.name == "vault")
    release = hold_back(vault)
    await scene.bring(rounds=5, pause=0.1)
    await asyncio.sleep(1)
    _lose(scene, groups=True)
    release.set()
    scene.world.weather.network = (0.05, 0.1)
    _republish(scene)
    await scene.bring(rounds=5, pause=0.1)
    scene.world.weather.clear_up()
    return await scene.settle()


async def regrown_log() -> list[str]:
    """Hole 15: the log grows again beyond the offset that the group had committed, and then its reader is replaced."""
    scene, old = await one_teller()
    await scene.bring(rounds=10, pause=0.1)
    await asyncio.sleep(3)
    _lose(scene, groups=False)
    await asyncio.sleep(3)
    await scene.bring(rounds=3, pause=0.1)
    await asyncio.sleep(3)
    _republish(scene)
    old.kill()
    await scene.bring(rounds=10, pause=0.1)
    await opened(scene, scene.world.start(service="teller"))
    return await scene.settle()


def _lose(scene: Deposits, *, groups: bool) -> None:
    scene.world.broker.lose(keep=lambda: 0.0, groups=groups)
    scene.world.trace.note("the broker loses its log")


def _republish(scene: Deposits) -> None:
    world = scene.world
    ids = SeededIds(clock=world.clock, seed=world.draw.getrandbits(64))
    for service in world.plans:
        shards = world.broker.partitions
        for outgoing in republish_records(service=service, since=BEGINNING, shards=shards, clock=world.clock, ids=ids):
            world.broker.append(outgoing=outgoing)
