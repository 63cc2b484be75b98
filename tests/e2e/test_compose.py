"""The house under compose, when `make up` has brought it up: run by ORDERSAGA_COMPOSE=1."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from e2e.opening import open_town
from e2e.shop import order
from e2e.town import Town
from embedded.eventually import eventually
from simulators.house.addresses import SERVICES
from simulators.house.compose import ComposeHouse, read_environment_file

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(not os.environ.get("ORDERSAGA_COMPOSE"), reason="ORDERSAGA_COMPOSE is not set: make up first"),
]
ROOT = Path(__file__).resolve().parents[2]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def composed() -> AsyncIterator[Town]:
    """The town of the compose stack."""
    async with open_town(addresses=ComposeHouse(folder=ROOT).addresses) as town:
        yield town


async def services_by_trace(order_id: str) -> dict[str, set[str]]:
    """Ask Jaeger which services have worked on an order, by trace."""
    port = read_environment_file(path=ROOT / ".env")["JAEGER_PORT"]
    found: dict[str, set[str]] = {}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        for service in SERVICES:
            query: dict[str, str | int] = {"service": service, "tags": json.dumps({"order_id": order_id}), "limit": 20}
            answer = await client.get("/api/traces", params=query)
            answer.raise_for_status()
            for trace in answer.json()["data"]:
                names = {process["serviceName"] for process in trace["processes"].values()}
                found.setdefault(trace["traceID"], set()).update(names)
    return found


async def test_jaeger_shows_one_trace_over_all_services(composed: Town) -> None:
    """An order that is placed, paid and completed under compose is one trace of five services in Jaeger."""
    placed = order(("tea", 1), ("lamp", 1))
    await composed.place_over_http(placed)
    await composed.pay(placed.order_id)
    await composed.rests(placed.order_id, "completed", captured=placed.due, invoiced=placed.due, gone=2)

    async def complete() -> bool:
        traces = await services_by_trace(placed.order_id)
        return set(SERVICES) <= set().union(*traces.values())

    await eventually(complete, within=30, every=0.5)
    assert [set(SERVICES)] == list((await services_by_trace(placed.order_id)).values())
