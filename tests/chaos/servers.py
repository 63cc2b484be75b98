"""What happens to the servers: restarts, outages, a broker without memory, an empty cache."""

from __future__ import annotations

import asyncio
import shutil
import signal
import time
from datetime import datetime
from urllib.parse import urlsplit

from chaos.stage import Stage
from embedded.eventually import eventually
from embedded.server import exchange
from simulators.house.addresses import SERVICES, WORLD

PAUSES = (5.0, 40.0)
DOWN_SECONDS = 60.0
FLUSHES = 3
FLUSH_PAUSE_SECONDS = 2.0


async def restart_postgres(stage: Stage, *, seconds: float, outage: float) -> int:
    """Stop PostgreSQL at once, without a checkpoint, now and then, and once for longer; return how often."""
    done, end = 0, time.monotonic() + seconds
    longest = min(PAUSES[1], max(PAUSES[0], seconds / 2))
    while time.monotonic() < end:
        await _outage(stage, "postgres", signal.SIGQUIT, seconds=0.0)
        await asyncio.sleep(stage.random.uniform(PAUSES[0], longest))
        done += 1
    await _outage(stage, "postgres", signal.SIGQUIT, seconds=outage)
    return done + 1


async def break_broker(stage: Stage, *, outage: float) -> int:
    """Kill the broker, and start it again after a while; return how often."""
    await _outage(stage, "kafka", signal.SIGKILL, seconds=outage)
    return 1


async def break_cache(stage: Stage, *, outage: float) -> int:
    """Empty the cache several times, kill it, and start it again after a while; return how many blows those were."""
    port = urlsplit(stage.house.servers.redis_url).port or 0
    for _ in range(FLUSHES):
        stage.say("FLUSHALL")
        with stage.windows.fault():
            answer = await asyncio.to_thread(exchange, port=port, request=b"FLUSHALL\r\n", size=3)
            assert answer == b"+OK"
            await asyncio.sleep(FLUSH_PAUSE_SECONDS)
    await _outage(stage, "valkey", signal.SIGKILL, seconds=outage)
    return FLUSHES + 1


async def lose_broker_memory(stage: Stage, *, outage: float) -> int:
    """Kill the broker, take its data away, and do what the runbook says; return how often."""
    stage.say("the broker dies and loses its data")
    with stage.windows.fault():
        await _down(stage, "kafka", signal.SIGKILL)
        lost = stage.house.state_dir / "kafka" / "data"
        await asyncio.to_thread(shutil.rmtree, lost)
        await asyncio.sleep(outage)
        await asyncio.to_thread(stage.house.servers.restart, name="kafka")
        await follow_runbook(stage, since=stage.begun)
        await stage.keeper.all_ready()
    return 1


async def follow_runbook(stage: Stage, *, since: datetime) -> None:
    """Create the topics, let every service publish its log again, and let those outside send again what they must."""
    await asyncio.to_thread(stage.house.provision_topics)
    for service in SERVICES:
        stage.say(await asyncio.to_thread(stage.house.command, service, "republish", "--since", since.isoformat()))
    # Systems outside read the new log from its beginning: what they knew of the old one says nothing about it.
    async with stage.keeper.held(WORLD):
        await asyncio.to_thread(stage.house.spawn, WORLD)
    stage.flow.read_again()
    sent = await stage.flow.desk.send_again(order_ids=stage.flow.under_way)
    stage.say(f"customers sent {sent} commands again, of which they had seen no outcome")


async def _outage(stage: Stage, name: str, number: signal.Signals, *, seconds: float) -> None:
    stage.say(f"{name}: {number.name}, back after {seconds:g} s")
    with stage.windows.fault():
        await _down(stage, name, number)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(stage.house.servers.restart, name=name)
        await stage.keeper.all_ready()


async def _down(stage: Stage, name: str, number: signal.Signals) -> None:
    stage.house.servers.strike(name=name, number=number)
    await eventually(lambda: not stage.house.servers.is_alive(name=name), within=DOWN_SECONDS)
