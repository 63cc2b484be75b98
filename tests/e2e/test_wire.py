"""Bytes on the sockets of the running services that are hardly HTTP: none gets a 5xx, and nobody ends."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from random import Random
from urllib.parse import urlsplit

import httpx
import pytest

from e2e.town import Town
from embedded.eventually import eventually
from fuzz.wire import KINDS, Door, say, spoken
from simulators.house.addresses import SERVICES
from simulators.house.embedded import EmbeddedHouse

pytestmark = pytest.mark.asyncio(loop_scope="session")

INPUTS = int(os.environ.get("WIRE_INPUTS", "3000"))
AT_ONCE = 32
# To each service: what is asked for, and what is written to; some have nothing to write to.
PATHS = {
    "order": (b"/orders/nothing", b"/orders"),
    "inventory": (b"/stock/nothing", b"/stock/nothing/receipts"),
    "payment": (b"/payments/nothing", b"/notices/card"),
    "fulfillment": (b"/shipments/nothing", b"/shipments/nothing"),
    "billing": (b"/invoices/nothing", b"/invoices/nothing"),
}
SLOW = (
    b"",
    b"GET /health/live HTTP/1.1\r\nHost:",
    b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{",
)


def doors(town: Town) -> dict[str, Door]:
    ports = {name: urlsplit(town.addresses.urls[name]).port or 0 for name in SERVICES}
    return {name: Door(ports[name], town.addresses.tokens[name], *PATHS[name]) for name in SERVICES}


async def bring(found: list[Door]) -> Counter[str]:
    """Say everything, some at once; return how often each kind was answered."""
    answered: Counter[str] = Counter()
    numbers = iter(range(INPUTS))

    async def go_on() -> None:
        for number in numbers:
            rng = Random(f"wire {number}")
            door = rng.choice(found)
            drawn = spoken(rng=rng, door=door)
            statuses = await say(door=door, spoken=drawn)
            answered[drawn.kind] += bool(statuses)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(go_on())
    return answered


async def until_cut_off(door: Door, begin: bytes) -> bytes:
    """Begin a request and never end it; return what the server says before it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(begin)
    try:
        return await asyncio.wait_for(reader.read(), 60)
    finally:
        writer.close()


async def is_answered(town: Town, name: str) -> bool:
    """Ask the same service something that is right."""
    url = town.addresses.urls[name] + PATHS[name][0].decode()
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.get(url, headers=town.addresses.authorization(service=name))
    return answer.status_code in {200, 404}


async def test_no_bytes_on_a_socket_harm_a_service(house: EmbeddedHouse, town: Town) -> None:
    """Thousands of broken requests get no 5xx, the slow are cut off, and the same processes answer good requests."""
    found = doors(town)
    before = {name: house.process(name).pid for name in SERVICES}
    logs = {name: house.process(name).log.stat().st_size for name in SERVICES}
    async with asyncio.TaskGroup() as group:
        slow = [group.create_task(until_cut_off(door, begin)) for door in found.values() for begin in SLOW]
        answered = await bring(list(found.values()))
    print(f"wire: {INPUTS} inputs, answered {dict(answered)}")
    assert set(KINDS) - {"half a request"} == {kind for kind, times in answered.items() if times}
    assert [] == [each.result() for each in slow if each.result()[9:12] not in {b"", b"408", b"404", b"401"}]
    for name in SERVICES:
        assert await is_answered(town, name)
        with house.process(name).log.open("rb") as log:
            log.seek(logs[name])
            assert [] == [line for line in log if b'"level":"error"' in line or b"Traceback" in line]
    await eventually(lambda: all(house.is_ready(name=name) for name in SERVICES), within=30)
    assert ((), before) == (house.dead(), {name: house.process(name).pid for name in SERVICES})
