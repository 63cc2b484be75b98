"""The HTTP side over a real database."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from billing.http import routes
from chassis.databasebench import DatabaseBench
from chassis.http import HttpPorts, Queries, build_http
from chassis.statements import read_statements
from chassis.telemetry import Telemetry
from embedded.templates import Database
from services.billing.tests.examples import ORDER, SUB_ORDER, TOTAL, credit, invoice

TOKEN = {"Authorization": "Bearer token"}


async def ready() -> dict[str, bool]:
    return {}


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """Reads as the role that serves."""
    pool = await asyncpg.create_pool(database.url, min_size=1, max_size=2)
    ports: Any = HttpPorts(queries=Queries(pool, read_statements(package="billing")), commands=None, clock=None)  # type: ignore[arg-type]  # billing only reads
    app = build_http(
        service="billing",
        token="token",
        telemetry=Telemetry.to(service="billing", endpoint=None),
        ready=ready,
        status=dict,
        router=routes(ports),
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://billing", headers=TOKEN) as c:
        yield c
    await pool.close()


async def test_documents_of_an_order_are_listed(on: DatabaseBench, client: httpx.AsyncClient) -> None:
    """Invoices and credit notes of an order come in the order in which they were issued."""
    await on.send(invoice())
    await on.send(credit("c1", ("tea", 1, 900)))
    found = (await client.get(f"/orders/{ORDER}/invoices")).json()
    assert {("invoice", "E2026-00000001", TOTAL), ("credit_note", "EC2026-00000001", 900)} == {
        (each["kind"], each["number"], each["total"]) for each in found
    }


async def test_what_an_order_was_billed_is_shown(on: DatabaseBench, client: httpx.AsyncClient) -> None:
    """Net is invoiced less credited."""
    await on.send(invoice())
    await on.send(credit("c1", ("tea", 1, 900)))
    shown = (await client.get(f"/orders/{ORDER}/billed")).json()
    assert [{"currency": "EUR", "invoiced": TOTAL, "credited": 900, "net": TOTAL - 900}] == shown


async def test_document_is_shown_in_full(on: DatabaseBench, client: httpx.AsyncClient) -> None:
    """An invoice is a JSON document with its lines and its number."""
    await on.send(invoice())
    shown = (await client.get(f"/invoices/{SUB_ORDER}-i")).json()
    assert ("E2026-00000001", [3_000, -300, 1_000, 500]) == (
        shown["number"],
        [line["amount"] for line in shown["lines"]],
    )


async def test_unknown_document_is_not_found(client: httpx.AsyncClient) -> None:
    """What was not issued is a problem that names it."""
    answer = await client.get("/invoices/nothing")
    assert (404, "There is no invoice or credit note nothing.") == (answer.status_code, answer.json()["detail"])


async def test_order_that_was_not_billed_has_nothing(client: httpx.AsyncClient) -> None:
    """An order without documents has empty lists."""
    assert ([], [], []) == (
        (await client.get(f"/orders/{ORDER}/invoices")).json(),
        (await client.get(f"/orders/{ORDER}/billed")).json(),
        (await client.get("/gaps")).json(),
    )


@pytest.mark.parametrize("path", [f"/orders/{ORDER}/invoices", f"/orders/{ORDER}/billed", "/invoices/x", "/gaps"])
async def test_every_route_asks_for_the_token(client: httpx.AsyncClient, path: str) -> None:
    """Without the token nothing is shown."""
    assert 401 == (await client.get(path, headers={"Authorization": "Bearer wrong"})).status_code
