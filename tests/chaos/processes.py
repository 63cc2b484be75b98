"""What happens to processes of services: a monkey, a rolling restart, a clock that is off."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import AsyncExitStack

from chaos.house import SESSION_SECONDS
from chaos.stage import Stage
from simulators.house.addresses import SERVICES

BLOWS = {
    "kill -9": (signal.SIGKILL, 0.0),
    "SIGTERM": (signal.SIGTERM, 0.0),
    "a short stop": (signal.SIGSTOP, 2.0),
    "a long stop": (signal.SIGSTOP, SESSION_SECONDS + 4.0),
}
BOUT = 5
PAUSES = (1.0, 4.0)
OFF_SECONDS = 90
DRAIN_SECONDS = 60.0


async def monkey(stage: Stage, *, seconds: float) -> int:
    """Kill, stop for shorter or longer than the session, or end some process every few seconds; return how often."""
    done, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        with stage.windows.fault():
            for _ in range(BOUT):
                await _strike(stage)
                await asyncio.sleep(stage.random.uniform(*PAUSES))
            await stage.keeper.all_ready()
        await asyncio.sleep(stage.random.uniform(*PAUSES))
        done += BOUT
    return done


async def _strike(stage: Stage) -> None:
    name, blow = stage.random.choice(stage.house.services), stage.random.choice(list(BLOWS))
    number, seconds = BLOWS[blow]
    stage.say(f"monkey: {blow} for {name}")
    stage.house.signal(name, number)
    try:
        await asyncio.sleep(seconds)
    finally:
        # Who was not stopped does not notice.
        stage.house.signal(name, signal.SIGCONT)


async def rolling_restart(stage: Stage) -> int:
    """End every process in order and start it again, one after the other; return how many."""
    for name in stage.house.services:
        stage.say(f"rolling restart: {name}")
        with stage.windows.fault():
            async with stage.keeper.held(name):
                in_order = await asyncio.to_thread(stage.house.process(name).stop, within=DRAIN_SECONDS)
                await asyncio.to_thread(stage.house.spawn, name)
            if not in_order:
                stage.wrong.append(f"{name} did not end {DRAIN_SECONDS:g} s after SIGTERM")
            await stage.keeper.all_ready()
    return len(stage.house.services)


async def wrong_clock(stage: Stage, *, services: int, seconds: float) -> int:
    """Let so many services, one after the other, run with a clock that is ahead or behind; return how many did."""
    first = stage.random.choice((-OFF_SECONDS, OFF_SECONDS))
    for number, service in enumerate(stage.random.sample(SERVICES, services)):
        off = -first if number % 2 else first
        stage.say(f"the clock of {service} is off by {off:+d} s")
        with stage.windows.fault():
            await _respawn(stage, service, clock_seconds=off)
            await asyncio.sleep(seconds)
            await _respawn(stage, service, clock_seconds=0)
    return services


async def _respawn(stage: Stage, service: str, *, clock_seconds: int) -> None:
    """Start all processes of a service anew with this clock: two owners with two clocks would be another fault."""
    names = [each for each in stage.house.services if each.partition("-")[0] == service]
    async with AsyncExitStack() as held:
        for name in names:
            await held.enter_async_context(stage.keeper.held(name))
            await asyncio.to_thread(stage.house.process(name).stop, within=DRAIN_SECONDS)
        for name in names:
            await asyncio.to_thread(stage.house.spawn_told, name, clock_seconds=clock_seconds)
    await stage.keeper.all_ready()
