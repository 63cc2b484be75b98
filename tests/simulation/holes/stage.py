"""What the scripted histories share: scenes, waiting until shards are open, parts of a process replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from simulation.deposits import Deposits
from simulation.group import SESSION_SECONDS
from simulation.process import Process

EXPELLED = 2 * SESSION_SECONDS


async def one_teller(*, accounts: int = 4) -> tuple[Deposits, Process]:
    """Return a scene with one vault and one teller that owns all its shards."""
    scene = Deposits(seed=1, accounts=accounts)
    vault, process = scene.world.start(service="vault"), scene.world.start(service="teller")
    await opened(scene, vault, process)
    return scene, process


async def opened(scene: Deposits, *processes: Process) -> None:
    """Wait until every shard that these processes were given is open."""

    def all_open() -> bool:
        stages: Sequence[Mapping[int, str]] = [process.parts.shards.stages() for process in processes]
        return all(each and set(each.values()) == {"open"} for each in stages)

    if not await scene.world.until(all_open, seconds=30):
        raise TimeoutError(f"not open: {[process.parts.shards.stages() for process in processes]}")


def hold_back(process: Process) -> asyncio.Event:
    """Let a process poll nothing until the event is set."""
    release, poll = asyncio.Event(), process.member.poll

    async def patient(*, most: int) -> list[Any]:
        await release.wait()
        return await poll(most=most)

    replace(process.member, "poll", patient)
    return release


def replace(target: object, name: str, function: object) -> None:
    """Let one process do something otherwise than all others."""
    setattr(target, name, function)
