"""The places where one writer per key breaks when it is built carelessly, each as a scripted history.

Each returns what is wrong in the end: nothing, unless the chassis is broken there (``simulation.mutants``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from toys.teller import service as teller

from chassis.routes import Routes
from chassis.store.errors import UnknownOutcome
from chassis.store.values import Write, Written
from simulation.deposits import Deposits
from simulation.group import REBALANCE_SECONDS, SESSION_SECONDS
from simulation.process import Process

EXPELLED = 2 * SESSION_SECONDS


async def fence() -> list[str]:
    """Hole 1: a process stopped before its write wakes after another has taken over; then it dies."""
    scene, old = await _scene(accounts=1)
    write = old.connection.write

    async def stopped_first(*, write_: Write) -> Written:
        old.freeze()
        await asyncio.sleep(0)
        written = await write(write=write_)
        old.kill()
        await asyncio.sleep(0)
        return written

    _replace(old.connection, "write", lambda **given: stopped_first(write_=given["write"]))
    await scene.bring(rounds=1, pause=EXPELLED)
    new = scene.world.start(service="teller")
    release = _hold_back(new)
    await _open(scene, new)
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
    scene, first = await _scene()
    scene.world.weather.database_down = frozenset({"teller"})
    await scene.bring(rounds=2, pause=0.5)
    second = scene.world.start(service="teller")
    await asyncio.sleep(3 * REBALANCE_SECONDS)
    scene.world.weather.clear_up()
    await _open(scene, first, second)
    left = [str(line) for line in scene.world.trace.lines if "leaves the group" in line.text]
    return [*left, *await scene.settle()]


async def commits_past_a_failure() -> list[str]:
    """Hole 3: offsets are committed while a batch cannot be written, and then the process dies."""
    scene, old = await _scene()
    scene.world.weather.database_down = frozenset({"teller"})
    await scene.bring(rounds=3, pause=0.2)
    await asyncio.sleep(3)
    old.kill()
    scene.world.weather.clear_up()
    scene.world.start(service="teller")
    return await scene.settle()


async def database_outage() -> list[str]:
    """Hole 4: the database is away for a while."""
    scene, _ = await _scene()
    scene.world.weather.database_down = frozenset({"teller", "vault"})
    await scene.bring(rounds=5, pause=0.2)
    await asyncio.sleep(5)
    scene.world.weather.clear_up()
    return await scene.settle()


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

    _replace(old.connection, "raise_epoch", stalled)
    await asyncio.sleep(EXPELLED)
    await _open(scene, scene.world.start(service="teller"))
    old.thaw()
    await asyncio.sleep(1)
    await scene.bring(rounds=3, pause=0.2)
    return await scene.settle()


async def unknown_commit() -> list[str]:
    """Hole 6: a commit happens, its answer is lost, and the redo finds nothing but repeats."""
    scene, process = await _scene()
    write, writes = process.connection.write, 0

    async def answer_lost(**given: Any) -> Written:
        nonlocal writes
        writes += 1
        written = await write(**given)
        if writes % 3 == 0:
            raise UnknownOutcome("the answer was lost")
        return written

    _replace(process.connection, "write", answer_lost)
    await scene.bring(rounds=10, pause=0.2)
    return await scene.settle()


async def rolling_deploy() -> list[str]:
    """Hole 8: a new version reads one topic more than the old one that still runs beside it."""
    scene = Deposits(seed=8, accounts=8)
    world = scene.world
    world.start(service="vault")
    routes = Routes(*(route for type_, route in teller.ROUTES.items() if not type_.startswith("vault.")))
    old = world.start(service="teller", routes=routes)
    await _open(scene, old)
    world.start(service="teller")
    await scene.bring(rounds=20, pause=0.5)
    raised = sum("raises the epoch of teller/" in line.text for line in world.trace.lines)
    duel = [f"epochs were raised {raised} times"] if raised > 2 * world.broker.partitions else []
    await old.stop()
    return [*duel, *await scene.settle()]


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
    scene, _first = await _scene(accounts=8)
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


async def _scene(*, accounts: int = 4) -> tuple[Deposits, Process]:
    """Return a scene with one vault and one teller that owns all its shards."""
    scene = Deposits(seed=1, accounts=accounts)
    vault, process = scene.world.start(service="vault"), scene.world.start(service="teller")
    await _open(scene, vault, process)
    return scene, process


async def _open(scene: Deposits, *processes: Process) -> None:
    def all_open() -> bool:
        stages: Sequence[Mapping[int, str]] = [process.parts.shards.stages() for process in processes]
        return all(each and set(each.values()) == {"open"} for each in stages)

    if not await scene.world.until(all_open, seconds=30):
        raise TimeoutError(f"not open: {[process.parts.shards.stages() for process in processes]}")


def _hold_back(process: Process) -> asyncio.Event:
    """Let a process poll nothing until the event is set."""
    release, poll = asyncio.Event(), process.member.poll

    async def patient(*, most: int) -> list[Any]:
        await release.wait()
        return await poll(most=most)

    _replace(process.member, "poll", patient)
    return release


def _replace(target: object, name: str, function: object) -> None:
    setattr(target, name, function)
