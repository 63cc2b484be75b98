"""One house for the whole session, where everything that can come twice does."""

import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from e2e.opening import open_town
from e2e.otlp import SpanReceiver
from e2e.town import Town
from embedded.rented import RentedServers
from embedded.servers import Servers
from simulators.house.addresses import SERVICES
from simulators.house.embedded import EmbeddedHouse

ALWAYS = "1000000"
CLOCKS = {"express": {"pay_deadline": 3}, "*": {"service_window": 1}, "corporate": {"service_window": 3_600}}


def environment(*, spans: SpanReceiver) -> dict[str, str]:
    """Return short clocks, a world that says everything twice, and where spans go."""
    own = {
        "ORDER_CLOCKS": json.dumps(CLOCKS),
        "ORDER_AUDIT_SECONDS": "5",
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
    """The house with its shop open."""
    async with open_town(addresses=house.addresses) as town:
        yield town
