"""The provider and a shop as real servers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request, Response

from embedded.eventually import eventually
from embedded.ports import free_ports
from simulators.channel.signatures import NOTICE_ID, Signer
from simulators.settings import WorldSettings
from simulators.world.serving import build_channel

SIGNER = Signer(secret=b"both know it")


class Shop:
    """Takes notices; the first `refusals` of them are answered with an error."""

    def __init__(self, *, refusals: int = 0) -> None:
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.traces: list[str | None] = []
        self._refusals = refusals
        self.app = FastAPI()
        self.app.add_api_route("/notices/card", self._take, methods=["POST"])

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        SIGNER.check(headers=request.headers, body=body, now=int(datetime.now(UTC).timestamp()))
        if self._refusals:
            self._refusals -= 1
            return Response(status_code=503)
        self.taken.append((request.headers[NOTICE_ID], await request.json()))
        self.traces.append(request.headers.get("traceparent"))
        return Response(status_code=204)


@asynccontextmanager
async def serving(app: FastAPI, port: int) -> AsyncIterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", lifespan="off"))
    task = asyncio.create_task(server.serve())
    try:
        await eventually(lambda: server.started)
        yield
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def provider(*, folder: Path, port: int, **manners: int) -> AsyncIterator[None]:
    settings = WorldSettings.model_validate(
        {
            "kafka_bootstrap": "",
            "channel_secret": "both know it",
            "state_dir": folder,
            "public_url": f"http://127.0.0.1:{port}",
            **manners,
        }
    )
    async with httpx.AsyncClient() as client:
        app, notifier = build_channel(settings=settings, client=client)
        notifying = asyncio.create_task(notifier.run())
        try:
            async with serving(app, port):
                yield
        finally:
            notifying.cancel()
            with suppress(asyncio.CancelledError):
                await notifying


@pytest.fixture
def ports() -> tuple[int, ...]:
    return free_ports(count=2)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


async def ask(client: httpx.AsyncClient, url: str, body: dict[str, Any] | None = None, **more: str) -> httpx.Response:
    content = httpx.Request("POST", url, json=body).content if body is not None else b""
    headers = SIGNER.headers(body=content, now=int(datetime.now(UTC).timestamp())) | more
    return await client.request("POST" if body else "GET", url, content=content, headers=headers)


def opening(*, attempt_id: str, shop: int) -> dict[str, Any]:
    return {
        "attempt_id": attempt_id,
        "order_id": "o",
        "channel": "card",
        "currency": "USD",
        "amount": 1_000,
        "notify_url": f"http://127.0.0.1:{shop}/notices/card",
    }


async def test_dropped_answer_did_the_work(tmp_path: Path, ports: tuple[int, ...], client: httpx.AsyncClient) -> None:
    """The connection breaks after the work was done; asking again with the same id tells what was done."""
    here, shop = ports
    url = f"http://127.0.0.1:{here}"
    async with provider(folder=tmp_path, port=here, dropped_answers=1_000_000):
        with pytest.raises(httpx.RemoteProtocolError):
            await ask(client, f"{url}/payments", opening(attempt_id="a", shop=shop))
        again = await ask(client, f"{url}/payments", opening(attempt_id="a", shop=shop))
        await client.post(again.json()["pay_url"])
        refund = {"refund_id": "r", "attempt_id": "a", "currency": "USD", "amount": 300}
        with pytest.raises(httpx.RemoteProtocolError):
            await ask(client, f"{url}/refunds", refund)
        assert 300 == (await ask(client, f"{url}/payments/a")).json()["refunded"]
        assert "refunded" == (await ask(client, f"{url}/refunds/r")).json()["state"]


async def test_notice_is_sent_until_it_is_taken(
    tmp_path: Path, ports: tuple[int, ...], client: httpx.AsyncClient
) -> None:
    """A shop that answers with errors is told again, with the same id and body, until it says yes."""
    here, there = ports
    shop = Shop(refusals=2)
    async with provider(folder=tmp_path, port=here), serving(shop.app, there):
        opened = await ask(client, f"http://127.0.0.1:{here}/payments", opening(attempt_id="a", shop=there))
        await client.post(opened.json()["pay_url"])
        await eventually(lambda: shop.taken)
    ((notice_id, notice),) = shop.taken
    assert (notice_id, "captured", 1_000) == (notice["notice_id"], notice["kind"], notice["amount"])


async def test_owed_notice_outlives_the_provider(
    tmp_path: Path, ports: tuple[int, ...], client: httpx.AsyncClient
) -> None:
    """A notice that nobody took before the provider stopped is sent by the next one on the same file."""
    here, there = ports
    async with provider(folder=tmp_path, port=here):
        opened = await ask(client, f"http://127.0.0.1:{here}/payments", opening(attempt_id="a", shop=there))
        await client.post(opened.json()["pay_url"])
    shop = Shop()
    async with serving(shop.app, there), provider(folder=tmp_path, port=here):
        await eventually(lambda: shop.taken)
    assert 1 == len(shop.taken)


async def test_notices_belong_to_the_trace_of_the_shop(
    tmp_path: Path, ports: tuple[int, ...], client: httpx.AsyncClient
) -> None:
    """A notice carries the trace context with which the payment was opened, and none when there was none."""
    here, there = ports
    shop = Shop()
    async with provider(folder=tmp_path, port=here), serving(shop.app, there):
        for attempt_id, more in (("a", {"traceparent": "00-1-2-01"}), ("b", {})):
            body = opening(attempt_id=attempt_id, shop=there)
            opened = await ask(client, f"http://127.0.0.1:{here}/payments", body, **more)
            await client.post(opened.json()["pay_url"])
        await eventually(lambda: len(shop.taken) == 2)
    found = {notice["attempt_id"]: trace for (_, notice), trace in zip(shop.taken, shop.traces, strict=True)}
    assert {"a": "00-1-2-01", "b": None} == found


async def test_notices_come_twice_and_out_of_order(
    tmp_path: Path, ports: tuple[int, ...], client: httpx.AsyncClient
) -> None:
    """With the manners for it every notice comes twice, and not in the order of the captures."""
    here, there = ports
    shop = Shop()
    manners = {"duplicated_notices": 1_000_000, "shuffled_ms": 400}
    async with provider(folder=tmp_path, port=here, **manners), serving(shop.app, there):
        for number in range(8):
            body = opening(attempt_id=f"a{number}", shop=there)
            opened = await ask(client, f"http://127.0.0.1:{here}/payments", body)
            await client.post(opened.json()["pay_url"])
        await eventually(lambda: len(shop.taken) == 16)
    attempts = [notice["attempt_id"] for _, notice in shop.taken]
    assert 8 == len({notice_id for notice_id, _ in shop.taken})
    assert sorted(attempts) != attempts
