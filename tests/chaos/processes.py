"""What happens to processes of services: a monkey, a rolling restart, a clock that is off."""

from __future__ import annotations

import asyncio
import signal
import time

from chaos.house import SESSION_SECONDS
from chaos.stage import Stage
from simulators.house.addresses import SERVICES
from simulators.house.house import HouseError

SHORT_STOP, LONG_STOP = 2.0, SESSION_SECONDS + 4.0
PAUSES = (1.0, 4.0)
OFF_SECONDS = 90
DRAIN_SECONDS = 60.0


async def monkey(stage: Stage, *, seconds: float) -> int:
    """Kill, stop for shorter or longer than the session, or end some process every few seconds; return how often."""
    done, end = 0, time.monotonic() + seconds
    blows = {"kill -9": _kill, "SIGTERM": _terminate, "a short stop": _stop_short, "a long stop": _stop_long}
    while time.monotonic() < end:
        name, blow = stage.random.choice(stage.house.services), stage.random.choice(list(blows))
        stage.say(f"monkey: {blow} for {name}")
        with stage.windows.fault():
            await blows[blow](stage, name)
            await asyncio.sleep(stage.random.uniform(*PAUSES))
            if done % 5 == 4:
                await stage.keeper.all_ready()
        if done % 5 == 4:
            await asyncio.sleep(stage.random.uniform(*PAUSES))
        done += 1
    return done


async def rolling_restart(stage: Stage) -> int:
    """End every process in order and start it again, one after the other; return how many."""
    for name in stage.house.services:
        stage.say(f"rolling restart: {name}")
        with stage.windows.fault():
            stage.keeper.hold(name)
            try:
                in_order = await asyncio.to_thread(stage.house.process(name).stop, within=DRAIN_SECONDS)
                if not in_order:
                    raise HouseError(f"{name} did not end {DRAIN_SECONDS:g} s after SIGTERM")
                await asyncio.to_thread(stage.house.spawn, name)
            finally:
                stage.keeper.let_go(name)
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
    for name in names:
        stage.keeper.hold(name)
        await asyncio.to_thread(stage.house.process(name).stop, within=DRAIN_SECONDS)
    for name in names:
        await asyncio.to_thread(stage.house.spawn_told, name, clock_seconds=clock_seconds)
        stage.keeper.let_go(name)
    await stage.keeper.all_ready()


async def _kill(stage: Stage, name: str) -> None:
    stage.house.signal(name, signal.SIGKILL)


async def _terminate(stage: Stage, name: str) -> None:
    stage.house.signal(name, signal.SIGTERM)


async def _stop_short(stage: Stage, name: str) -> None:
    await _stop(stage, name, SHORT_STOP)


async def _stop_long(stage: Stage, name: str) -> None:
    await _stop(stage, name, LONG_STOP)


async def _stop(stage: Stage, name: str, seconds: float) -> None:
    stage.house.signal(name, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        stage.house.signal(name, signal.SIGCONT)
