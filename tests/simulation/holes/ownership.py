"""Who owns a shard, and for how long: the fence, the life of a shard, and the group that deals them out."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from toys.teller import service as teller

from chassis.broker import BrokerUnavailable
from chassis.routes import Routes
from chassis.store.values import Write, Written
from simulation.deposits import Deposits
from simulation.group import REBALANCE_SECONDS
from simulation.holes.locks import Locks
from simulation.holes.stage import EXPELLED, hold_back, one_teller, opened, replace


async def fence() -> list[str]:
    """Hole 1: a process stopped before its write wakes after another has taken over; then it dies."""
    scene, old = await one_teller(accounts=1)
    write = old.connection.write

    async def stopped_first(*, write_: Write) -> Written:
        old.freeze()
        await asyncio.sleep(0)
        written = await write(write=write_)
        old.kill()
        await asyncio.sleep(0)
        return written

    replace(old.connection, "write", lambda **given: stopped_first(write_=given["write"]))
    await scene.bring(rounds=1, pause=EXPELLED)
    new = scene.world.start(service="teller")
    release = hold_back(new)
    await opened(scene, new)
    old.thaw()
    await asyncio.sleep(1)
    release.set()
    return await scene.settle()


async def consuming_early() -> list[str]:
    """Hole 2: records arrive before the listener has told the process that it has their partitions."""
    scene = Deposits(seed=2)
    await scene.bring(rounds=5, pause=0)
    scene.world.weather.network = (0.05, 0.3)
    for service in ("teller", "vault"):
        scene.world.start(service=service)
    await asyncio.sleep(2)
    scene.world.weather.clear_up()
    return await scene.settle()


async def long_drain() -> list[str]:
    """Hole 2: partitions are revoked while the database is down and the running batch cannot end."""
    scene, first = await one_teller()
    scene.world.weather.database_down = frozenset({"teller"})
    await scene.bring(rounds=2, pause=0.5)
    second = scene.world.start(service="teller")
    await asyncio.sleep(3 * REBALANCE_SECONDS)
    scene.world.weather.clear_up()
    await opened(scene, first, second)
    left = [str(line) for line in scene.world.trace.lines if "leaves the group" in line.text]
    return [*left, *await scene.settle()]


async def late_raise() -> list[str]:
    """Hole 5: a process that stalled raises the epochs after the new owner did, and dies of it."""
    scene = Deposits(seed=5)
    scene.world.start(service="vault")
    old = scene.world.start(service="teller")

    async def stalled(*, shard: int) -> int:
        old.freeze()
        await asyncio.sleep(0)
        epoch = await old.connection.memory.raise_epoch(shard=shard)
        old.kill()
        await asyncio.sleep(0)
        return epoch

    replace(old.connection, "raise_epoch", stalled)
    await asyncio.sleep(EXPELLED)
    await opened(scene, scene.world.start(service="teller"))
    old.thaw()
    await asyncio.sleep(1)
    await scene.bring(rounds=3, pause=0.2)
    return await scene.settle()


async def rolling_deploy() -> list[str]:
    """Hole 8: a new version reads one topic more than the old one that still runs beside it."""
    scene = Deposits(seed=8, accounts=8)
    world = scene.world
    world.start(service="vault")
    routes = Routes(*(route for type_, route in teller.ROUTES.items() if not type_.startswith("vault.")))
    old = world.start(service="teller", routes=routes)
    await opened(scene, old)
    world.start(service="teller")
    await scene.bring(rounds=20, pause=0.5)
    raised = sum("raises the epoch of teller/" in line.text for line in world.trace.lines)
    duel = [f"epochs were raised {raised} times"] if raised > 2 * world.broker.partitions else []
    await old.stop()
    return [*duel, *await scene.settle()]


async def one_instance_id() -> list[str]:
    """Hole 9: a second process has the instance id of the first one, which does not hear of it and dies of its write.

    Then the second one is gone, too, and a static member does not say that it leaves.
    """
    scene, old = await one_teller(accounts=8)
    old.member.instance = "teller-0"
    write = old.connection.write

    async def dies_of_it(**given: Any) -> Written:
        written = await write(**given)
        old.kill()
        await asyncio.sleep(0)
        return written

    await scene.bring(rounds=3, pause=0.1)
    new = scene.world.start(service="teller")
    new.member.instance = "teller-0"
    await opened(scene, new)
    release = hold_back(new)
    replace(old.connection, "write", dies_of_it)
    await scene.bring(rounds=5, pause=0.5)
    release.set()
    await asyncio.sleep(2)
    old.kill()
    await scene.bring(rounds=2, pause=0.3)
    new.kill()
    scene.world.start(service="teller").member.instance = "teller-1"
    scene.world.weather.clear_up()
    return await scene.settle()


async def stopped_in_a_transaction() -> list[str]:
    """Hole 13: a process stops for ever while the server works for it, and its locks are in the new owner's way."""
    scene, old = await one_teller()
    locks = Locks(old=old)
    replace(old.connection, "write", locks.stop_inside)
    await scene.bring(rounds=1, pause=1.0)
    new = scene.world.start(service="teller")
    replace(new.connection, "raise_epoch", partial(locks.raise_epoch, new.connection.raise_epoch))
    await asyncio.sleep(EXPELLED)
    await scene.bring(rounds=3, pause=0.2)
    return await scene.settle()


async def rewound() -> list[str]:
    """Hole 21: a rebalance rewinds to the last committed offsets, and those are old."""
    scene, old = await one_teller(accounts=8)

    async def not_now(**_given: object) -> None:
        raise BrokerUnavailable("the coordinator does not answer")

    replace(old.member, "commit", not_now)
    await scene.bring(rounds=5, pause=0.2)
    scene.world.start(service="teller")
    await asyncio.sleep(1)
    delattr(old.member, "commit")
    await scene.bring(rounds=5, pause=0.2)
    return await scene.settle()
