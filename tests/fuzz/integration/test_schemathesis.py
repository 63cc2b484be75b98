"""What schemathesis makes of every service's OpenAPI: requests of the right form and of wrong forms, on PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from embedded.servers import Servers
from fuzz.asgi import Answered, Asked
from fuzz.books import Site, databases, open_books, open_site
from fuzz.houses import NAMES, TOKEN
from fuzz.web import DOCUMENTED, check_answer

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "8"))
"""Requests for each operation; a long run asks for more."""


@dataclass(frozen=True)
class House:
    """The sites of all services, and the event loop that they live in."""

    loop: asyncio.AbstractEventLoop
    sites: dict[str, Site]

    def ask(self, *, name: str, asked: Asked) -> Answered:
        """Ask a service."""
        return self.loop.run_until_complete(self.sites[name].ask(asked=asked))


@pytest.fixture(scope="module")
def house(servers: Servers) -> Iterator[House]:
    with asyncio.Runner() as runner, databases(address=servers.postgres_url) as fresh:
        stack = AsyncExitStack()
        yield House(runner.get_loop(), runner.run(opened(stack, {name: fresh(name) for name in NAMES})))
        runner.run(stack.aclose())


async def opened(stack: AsyncExitStack, urls: dict[str, str]) -> dict[str, Site]:
    sites = {}
    for name, url in urls.items():
        books = await stack.enter_async_context(open_books(name=name, url=url))
        site = open_site(made=books.made, store=books.store, clock=books.clock, take=books.take, pool=books.pool)
        sites[name] = await stack.enter_async_context(site)
    return sites


def asked_of(case: Any) -> Asked:
    """Return the request that schemathesis means, with the token of the service where it gives none."""
    sent = case.as_transport_kwargs(base_url="http://service")
    headers = {str(name).lower(): str(value) for name, value in dict(sent.get("headers") or {}).items()}
    headers.setdefault("authorization", f"Bearer {TOKEN}")
    body = sent.get("data") or b""
    if sent.get("json") is not None:
        body = json.dumps(sent["json"]).encode()
        headers.setdefault("content-type", "application/json")
    pairs = tuple(
        (name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in headers.items()
    )
    target = prepared(sent).partition("http://service")[2]
    return Asked(str(sent["method"]), target.encode(), pairs, body if isinstance(body, bytes) else str(body).encode())


def prepared(sent: dict[str, Any]) -> str:
    import requests  # noqa: PLC0415 - it comes with schemathesis, and only with it

    return str(requests.Request(sent["method"], sent["url"], params=sent.get("params")).prepare().url)


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_bears_what_its_schema_says_and_does_not_say(house: House, name: str) -> None:
    """No request that schemathesis makes of an OpenAPI is answered with 5xx, and every refusal is a problem by name."""
    schema = schemathesis.openapi.from_dict(house.sites[name].app.openapi())
    asked = 0
    operations: list[Any] = list(schema.get_all_operations())
    for operation in (each.ok() for each in operations):
        for mode in schemathesis.GenerationMode:

            @settings(
                max_examples=EXAMPLES, phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck)
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def run(case: Any) -> None:
                nonlocal asked
                request = asked_of(case)
                asked += 1
                answered = house.ask(name=name, asked=request)
                if (case.path, answered.status) not in DOCUMENTED:
                    check_answer(answered=answered, method=request.method)

            run()
    print(f"{name}: {asked} requests")
    assert asked > 0
