"""One process of a service: works until a signal or an error, and drains when it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress

import structlog

from chassis.opening import Opened, open_service
from chassis.service import Service
from chassis.sources import SystemClock
from chassis.store.errors import StoreError
from chassis.watchdog import Sign, Watchdog, since

log = structlog.get_logger()

MAINTAIN_SECONDS = 3_600.0
AGAIN_SECONDS = 30.0
COLLECT_AFTER = (20_000, 20, 20)
"""Objects more than were let go, before the youngest are searched for cycles, and how many searches per older ones."""


async def serve(*, service: Service) -> bool:
    """Be one process of this service; return whether everything begun was finished when it ended."""
    async with AsyncExitStack() as stack:
        opened = await open_service(service=service, stack=stack)
        collect_seldom()
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        working = asyncio.create_task(_work(opened))
        stopping = asyncio.create_task(stopped.wait())
        await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            stopping.cancel()
            return _failed(working)
        return await _drain(opened, working)


def collect_seldom() -> None:
    """Spare the collector most of its searches: a batch makes thousands of objects, and none of them is in a cycle.

    At Python's own 700 it took a fifth of a busy process's time, most of it over what lives as long as the process.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def _failed(working: asyncio.Task[None]) -> bool:
    """Say what escaped; the supervisor starts the process again."""
    error = working.exception()
    log.error("serve.failed", exc_info=error, error=repr(error))
    return False


async def _work(opened: Opened) -> None:
    watchdog = Watchdog(stall_seconds=opened.service.settings.stall_seconds, signs=_signs(opened))
    watchdog.start()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(opened.parts.run())
            group.create_task(watchdog.tick())
            group.create_task(_maintain(opened))
            group.create_task(opened.server.serve())
            group.create_task(opened.subscriber.start())
            if opened.feeds is not None and opened.feed_subscriber is not None:
                group.create_task(opened.feeds.offsets.run())
                group.create_task(opened.feed_subscriber.start())
    finally:
        watchdog.stop()


def _signs(opened: Opened) -> Mapping[str, Sign]:
    signs: dict[str, Sign] = {**opened.parts.signs(), "polls": lambda: opened.subscriber.idle_seconds}
    feeds, subscriber = opened.feeds, opened.feed_subscriber
    if feeds is not None and subscriber is not None:
        signs["feed polls"] = lambda: subscriber.idle_seconds
        signs["feed membership"] = since(beat=lambda: feeds.offsets.confirmed)
    return signs


async def _maintain(opened: Opened) -> None:
    while True:
        try:
            await opened.store.maintain(now=SystemClock().now())
        except StoreError as error:
            log.warning("maintain.again", error=repr(error))
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            await asyncio.sleep(MAINTAIN_SECONDS)


async def _drain(opened: Opened, working: asyncio.Task[None]) -> bool:
    log.info("drain.begin")
    opened.status.draining = True
    opened.server.should_exit = True
    finished = await opened.parts.drain(seconds=opened.service.settings.drain_seconds)
    for subscriber in (opened.subscriber, opened.feed_subscriber):
        if subscriber is not None:
            await subscriber.stop()
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
    log.info("drain.end", finished=finished)
    return finished
