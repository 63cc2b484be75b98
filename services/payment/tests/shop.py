"""The HTTP side of payment, with fakes behind it."""

import asyncio
import json
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response

from chassis.broker import BrokerUnavailable
from chassis.http import HttpPorts, Queries, build_http
from chassis.sources import ManualClock
from chassis.statements import read_statements
from chassis.telemetry import Telemetry
from chassis.testing import MONDAY
from contracts.values import Contract
from payment.http.routing import routing
from payment.signatures import NOTICE_ID, Signer
from services.payment.tests.examples import ATTEMPT, ORDER

SIGNER = Signer(b"a secret of both sides")
NOW = int(MONDAY.timestamp())
BODY = {
    "notice_id": "N1",
    "attempt_id": ATTEMPT,
    "order_id": ORDER,
    "channel": "card",
    "kind": "captured",
    "reference": "cap-1",
    "currency": "EUR",
    "amount": 10_000,
    "occurred_at": MONDAY.isoformat(),
}


class Commands:
    """Takes commands, and answers as it is told."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, Contract]] = []
        self.status = 200
        self.reachable = True

    async def publish(self, *, command: Contract, message_id: str) -> asyncio.Future[object]:
        if not self.reachable:
            raise BrokerUnavailable("gone")
        self.taken.append((message_id, command))
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        future.set_result(None)
        return future

    async def submit(self, *, request: Any, customer: str, command: Contract, key: str) -> Response:
        self.taken.append((f"{customer}:{key}", command))
        return JSONResponse({}, status_code=self.status)


class Memory:
    """Remembers notices."""

    def __init__(self) -> None:
        self.ids: set[str] = set()

    async def handled(self, *, notice_id: str) -> bool:
        return notice_id in self.ids

    async def remember(self, *, notice_id: str) -> None:
        self.ids.add(notice_id)

    async def aclose(self) -> None:
        self.ids.clear()


class Shop:
    """The HTTP side of payment, with fakes behind it."""

    def __init__(self) -> None:
        self.commands = Commands()
        self.replays = Memory()
        queries = Queries(None, read_statements(package="payment"))  # type: ignore[arg-type]  # nothing is read
        commands: Any = self.commands
        ports: Any = HttpPorts(queries=queries, commands=commands, clock=ManualClock(time=MONDAY))
        self.app: FastAPI = build_http(
            service="payment",
            token="token",
            telemetry=Telemetry.to(service="payment", endpoint=None),
            ready=ready,
            status=dict,
            router=routing(signer=SIGNER, replays=self.replays)(ports),
        )

    async def post(self, body: bytes, headers: dict[str, str], path: str = "/notices/card") -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as client:
            return await client.post(path, content=body, headers=headers)

    async def notify(self, *, age: int = 0, notice_id: str = "N1", **changes: Any) -> httpx.Response:
        body = json.dumps({**BODY, **changes}).encode()
        return await self.post(body, SIGNER.headers(body=body, now=NOW - age) | {NOTICE_ID: notice_id})


async def ready() -> dict[str, bool]:
    return {}
