"""One house for the whole session, where everything that can come twice does."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from e2e.otlp import SpanReceiver
from e2e.shop import reference, stock
from e2e.tape import Tape
from e2e.town import Town
from embedded.rented import RentedServers
from embedded.servers import Servers
from simulators.demo.books import Clerk
from simulators.demo.preparing import COMMANDS, FEEDS
from simulators.house.addresses import SERVICES
from simulators.house.embedded import EmbeddedHouse
from simulators.publishing import Publisher
from simulators.shopper.replay import wait_until_taken

ALWAYS = "1000000"
CLOCKS = {"express": {"pay_deadline": 3}, "*": {"service_window": 1}, "corporate": {"service_window": 3_600}}
READY_SECONDS = 60


def environment(*, spans: SpanReceiver) -> dict[str, str]:
    """Return short clocks, a world that says everything twice, and where spans go."""
    own = {
        "ORDER_CLOCKS": json.dumps(CLOCKS),
        "FULFILLMENT_WAVE_SECONDS": "0.2",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        "SIMULATORS_STEP_MS": "5",
        "SIMULATORS_DUPLICATED_NOTICES": ALWAYS,
        "SIMULATORS_DUPLICATED_MESSAGES": ALWAYS,
        "SIMULATORS_DROPPED_ANSWERS": "100000",
        "SIMULATORS_SHUFFLED_MS": "50",
    }
    for service in SERVICES:
        own[f"{service.upper()}_OTLP_ENDPOINT"] = spans.endpoint
        own[f"{service.upper()}_SESSION_TIMEOUT_MS"] = "6000"
    return own


@pytest.fixture(scope="session")
def spans() -> Iterator[SpanReceiver]:
    """The spans of all services."""
    with SpanReceiver() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def house(servers: Servers, spans: SpanReceiver) -> Iterator[EmbeddedHouse]:
    """The five services and the world as processes, on the servers of the session."""
    with tempfile.TemporaryDirectory(prefix="ordersaga-e2e-") as folder:
        house = EmbeddedHouse(
            state_dir=Path(folder),
            environment=environment(spans=spans),
            premises=lambda: RentedServers(servers=servers),
        )
        with house:
            yield house


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def town(house: EmbeddedHouse) -> AsyncIterator[Town]:
    """The house with its shop open: reference data and stock are known."""
    addresses, tape = house.addresses, Tape()
    listening = asyncio.create_task(tape.run(bootstrap=addresses.kafka))
    async with (
        Publisher(bootstrap=addresses.kafka, source="/test") as publisher,
        httpx.AsyncClient(
            base_url=addresses.urls["order"], headers=addresses.authorization(service="order"), timeout=15
        ) as orders,
        httpx.AsyncClient(base_url=addresses.world, timeout=15) as world,
        httpx.AsyncClient() as client,
    ):
        town = Town(
            house=house,
            tape=tape,
            publisher=publisher,
            orders=orders,
            world=world,
            clerk=Clerk(addresses=addresses, client=client),
        )
        await tape.ready()
        await town.send(*reference(), times=2)
        await wait_until_taken(bootstrap=addresses.kafka, groups=FEEDS, seconds=READY_SECONDS)
        await town.send(*stock(), times=2)
        await wait_until_taken(bootstrap=addresses.kafka, groups=COMMANDS, seconds=READY_SECONDS)
        yield town
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
