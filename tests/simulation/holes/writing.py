"""What is written and what becomes of it: commits, outages, shared rows, the journal and its way out."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from toys.messages import DepositV1

from chassis.store.errors import UnknownOutcome
from chassis.store.values import Written
from simulation.deposits import Deposits
from simulation.holes.stage import one_teller, replace
from simulation.holes.wordy import WORDY, wordy


async def commits_past_a_failure() -> list[str]:
    """Hole 3: offsets are committed while a batch cannot be written, and then the process dies."""
    scene, old = await one_teller()
    scene.world.weather.database_down = frozenset({"teller"})
    await scene.bring(rounds=3, pause=0.2)
    await asyncio.sleep(3)
    old.kill()
    scene.world.weather.clear_up()
    scene.world.start(service="teller")
    return await scene.settle()


async def database_outage() -> list[str]:
    """Hole 4: the database is away for a while."""
    scene, _ = await one_teller()
    scene.world.weather.database_down = frozenset({"teller", "vault"})
    await scene.bring(rounds=5, pause=0.2)
    await asyncio.sleep(5)
    scene.world.weather.clear_up()
    return await scene.settle()


async def unknown_commit() -> list[str]:
    """Hole 6: a commit happens, its answer is lost, and the redo finds nothing but repeats."""
    scene, process = await one_teller()
    write, writes = process.connection.write, 0

    async def answer_lost(**given: Any) -> Written:
        nonlocal writes
        writes += 1
        written = await write(**given)
        if writes % 3 == 0:
            raise UnknownOutcome("the answer was lost")
        return written

    replace(process.connection, "write", answer_lost)
    await scene.bring(rounds=10, pause=0.2)
    return await scene.settle()


async def shared_rows() -> list[str]:
    """Hole 10: two processes change the same shared rows at the same time."""
    scene = Deposits(seed=10, accounts=8)
    scene.world.weather.database = (0.02, 0.1)
    for service in ("teller", "vault", "vault"):
        scene.world.start(service=service)
    await scene.bring(rounds=20, pause=0.1)
    return await scene.settle()


async def commit_order() -> list[str]:
    """Hole 11: a shard goes from one process to another and back while nothing can be sent."""
    scene, _first = await one_teller(accounts=8)
    world = scene.world
    world.weather.refused = 1.0
    await scene.bring(rounds=1, pause=0.5)
    second = world.start(service="teller")
    await asyncio.sleep(3)
    await scene.bring(rounds=1, pause=0.5)
    await second.stop()
    await asyncio.sleep(3)
    await scene.bring(rounds=1, pause=0.5)
    await asyncio.sleep(1)
    world.weather.clear_up()
    return await scene.settle()


async def days_dropped() -> list[str]:
    """Hole 12: the broker is away for longer than the log is kept, and what was not sent is still in it."""
    scene, _ = await one_teller()
    world = scene.world
    world.weather.refused = 1.0
    await scene.bring(rounds=3, pause=0.2)
    await asyncio.sleep(2)
    world.clock.forward += timedelta(hours=100)
    for process in list(world.running):
        await process.connection.maintain(now=world.clock.now())
    world.weather.clear_up()
    return await scene.settle()


async def too_large() -> list[str]:
    """Hole 14: one message causes another that no broker takes, and others of its key come behind it."""
    scene = Deposits(seed=14)
    scene.world.plans = {**scene.world.plans, "teller": wordy(scene.world.plans["teller"])}
    scene.world.start(service="vault")
    scene.world.start(service="teller")
    scene.world.publish(DepositV1(account="account-0", number=WORDY, amount=1), message_id="wordy")
    scene.world.poisoned.add("wordy")
    await scene.bring(rounds=3, pause=0.2)
    return await scene.settle()
