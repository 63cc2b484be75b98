"""What comes over HTTP before any database is asked."""

from typing import Any

import httpx
import pytest
from fastapi import APIRouter

from chassis.http import HttpPorts, build_http
from chassis.telemetry import Telemetry
from order import http
from order.bodies import Recipient
from order.sealing import KEY_BYTES, sealed

LONGEST_SEALED = 8_000


def test_longest_recipient_can_be_sealed() -> None:
    """A recipient whose every field is as long as allowed, in any script, fits into what a command may carry."""
    longest = "\U0001f4a3" * 200
    recipient = Recipient(name=longest, phone=longest, street=longest, city=longest, postcode=longest[:20])
    assert LONGEST_SEALED >= len(sealed(clear=recipient.clear, key=bytes(KEY_BYTES), context="k"))


@pytest.mark.parametrize("path", ["cancel", "confirm-receipt"])
async def test_wrong_order_id_is_named(path: str) -> None:
    """A write about something that is no order id is 422 with the name of the field."""

    async def ready() -> dict[str, bool]:
        return {}

    nothing: Any = None
    ports = HttpPorts(queries=nothing, commands=nothing, clock=nothing)
    telemetry = Telemetry.to(service="order", endpoint=None)
    app = build_http(service="order", token="t", telemetry=telemetry, ready=ready, status=dict, router=_writes(ports))
    transport = httpx.ASGITransport(app=app)
    headers = {"Authorization": "Bearer t", "Idempotency-Key": "k"}
    async with httpx.AsyncClient(transport=transport, base_url="http://order", headers=headers) as client:
        answer = await client.post(f"/orders/nonsense/{path}", json={"by": "customer", "reason": "late"})
    assert (422, "path.order_id") == (answer.status_code, answer.json()["fields"][0]["field"])


def _writes(ports: HttpPorts) -> Any:
    router = APIRouter()
    nothing: Any = None
    http._writes(router, ports, nothing)
    return router
