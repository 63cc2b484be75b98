"""Opens the shop of a town: its reference data and stock are published, and everybody listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx

from e2e.shop import reference, stock
from e2e.tape import Tape
from e2e.town import Town
from simulators.demo.books import Clerk
from simulators.demo.preparing import COMMANDS, FEEDS
from simulators.house.addresses import Addresses
from simulators.publishing import Publisher
from simulators.shopper.replay import wait_until_taken

READY_SECONDS = 60
ASK_SECONDS = 15


@asynccontextmanager
async def open_town(*, addresses: Addresses) -> AsyncIterator[Town]:
    """Publish everything twice, wait until it is known, and give the town."""
    tape = Tape()
    listening = asyncio.create_task(tape.run(bootstrap=addresses.kafka))
    token = addresses.authorization(service="order")
    try:
        async with (
            Publisher(bootstrap=addresses.kafka, source="/test") as publisher,
            httpx.AsyncClient(base_url=addresses.urls["order"], headers=token, timeout=ASK_SECONDS) as orders,
            httpx.AsyncClient(base_url=addresses.world, timeout=ASK_SECONDS) as world,
            httpx.AsyncClient() as client,
        ):
            clerk = Clerk(addresses=addresses, client=client)
            town = Town(addresses=addresses, tape=tape, publisher=publisher, orders=orders, world=world, clerk=clerk)
            await tape.ready()
            await town.send(*reference(), times=2)
            await wait_until_taken(bootstrap=addresses.kafka, groups=FEEDS, seconds=READY_SECONDS)
            await town.send(*stock(), times=2)
            await wait_until_taken(bootstrap=addresses.kafka, groups=COMMANDS, seconds=READY_SECONDS)
            yield town
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
