from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from chassis.commands import Commands
from chassis.decision import Append
from chassis.http import HttpPorts, Queries
from chassis.sources import ManualClock
from chassis.statements import read_statements
from chassis.store.postgres import PostgresStore
from chassis.store.values import Changes, Saved, Write
from chassis.testing import MONDAY
from contracts.inventory import ReceiveStockV1
from contracts.values import Contract
from inventory.domain.counters import CounterCheck
from inventory.domain.kinds import COUNTER_CHECK, MOVEMENT, PRODUCT, RESERVATION, STOCK
from inventory.http import routes
from services.inventory.tests.examples import ORDER, bench, product, tea


class HeardCommands(Commands):
    """Keeps what would have been published."""

    def __init__(self) -> None:
        """Hear nothing yet."""
        self.heard: list[Contract] = []

    async def submit(
        self, *, request: Request, customer: str, command: Contract, status: int = 200, key: str | None = None
    ) -> Response:
        """Keep the command."""
        self.heard.append(command)
        return JSONResponse({"by": customer}, status_code=status)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(time=MONDAY)


@pytest.fixture
def commands() -> HeardCommands:
    return HeardCommands()


@pytest.fixture
async def client(
    pool: asyncpg.Pool, store: PostgresStore, clock: ManualClock, commands: HeardCommands
) -> AsyncIterator[httpx.AsyncClient]:
    """Ask the routes over a database in which an order holds two of three packets of tea."""
    it = bench(product("tea", low_stock=5), stock={"tea": {"north": 3}})
    it.send(tea(2))
    kinds = ((STOCK, "tea"), (RESERVATION, ORDER))
    changes = Changes(
        now=MONDAY,
        saves=tuple(Saved(kind, key, 1, None, it.store.aggregates[kind, key].aggregate) for kind, key in kinds),
        rows=tuple(Append(MOVEMENT, each, unique=each.unique) for each in it.rows(MOVEMENT)),
    )
    await store.write(write=Write(fence={0: 1}, locks=(), decide=lambda _locked: changes))
    await store.feed(kind=PRODUCT, items=[("tea", 1, product("tea", low_stock=5))])
    app = FastAPI()
    queries = Queries(pool=pool, statements=read_statements(package="inventory"))
    app.include_router(routes(HttpPorts(queries=queries, commands=commands, clock=clock)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://inventory") as client:
        yield client


async def test_stock_is_shown_as_it_can_be_taken(client: httpx.AsyncClient, clock: ManualClock) -> None:
    """What is available counts a hold that is over as free, although nobody has swept it."""
    (before,) = (await client.get("/stock/tea")).json()
    clock.advance(by=timedelta(minutes=31))
    (after,) = (await client.get("/stock/tea")).json()
    assert ((3, 2, 1), (3, 2, 3)) == (
        (before["on_hand"], before["reserved"], before["available"]),
        (after["on_hand"], after["reserved"], after["available"]),
    )


async def test_stock_is_listed_page_by_page(client: httpx.AsyncClient) -> None:
    """The counters are listed after a key; after the last one there are none."""
    (place,) = (await client.get("/stock")).json()
    assert ("tea", "north", 3, 2) == (place["sku"], place["warehouse_id"], place["on_hand"], place["reserved"])
    after = {"after_sku": "tea", "after_warehouse": "north"}
    assert [] == (await client.get("/stock", params=after)).json()


async def test_a_reservation_shows_its_plan(client: httpx.AsyncClient) -> None:
    """The reservation of an order shows who gives what, at what cost and what else there was; others are not found."""
    found = (await client.get(f"/orders/{ORDER}/reservation")).json()
    assert ("held", 650, "north", "lacks tea") == (
        found["state"],
        found["cost"],
        found["allocations"][0]["warehouse_id"],
        found["alternatives"][0]["note"],
    )
    assert 404 == (await client.get("/orders/x/reservation")).status_code


async def test_movements_are_shown_by_order(client: httpx.AsyncClient) -> None:
    """An order shows what moved for it."""
    (move,) = (await client.get(f"/orders/{ORDER}/movements")).json()
    assert ("reserve", "tea", 2, f"reserve:{ORDER}") == (move["kind"], move["sku"], move["quantity"], move["cause"])


async def test_low_stock_is_listed(client: httpx.AsyncClient, clock: ManualClock) -> None:
    """Places with less than their product's threshold are listed; a hold that is over counts as free there, too."""
    expected = {"sku": "tea", "warehouse_id": "north", "available": 1, "threshold": 5}
    assert [expected] == (await client.get("/low-stock")).json()
    clock.advance(by=timedelta(minutes=31))
    assert [{**expected, "available": 3}] == (await client.get("/low-stock")).json()


async def test_the_last_check_of_the_counters_is_shown(client: httpx.AsyncClient, store: PostgresStore) -> None:
    """What the last comparison found is shown; before the first one there is nothing."""
    assert 404 == (await client.get("/counters")).status_code
    check = CounterCheck(MONDAY, ({"sku": "tea", "reserved": 3},))
    changes = Changes(now=MONDAY, rows=(Append(COUNTER_CHECK, check, unique="1"),))
    await store.write(write=Write(fence={0: 1}, locks=(), decide=lambda _locked: changes))
    assert [{"sku": "tea", "reserved": 3}] == (await client.get("/counters")).json()["drifts"]


async def test_goods_of_a_supplier_become_a_command(client: httpx.AsyncClient, commands: HeardCommands) -> None:
    """A receipt over HTTP is the command of the topic; one of nothing is refused by its field."""
    body = {"receipt_id": "r1", "warehouse_id": "north", "quantity": 5}
    assert 200 == (await client.post("/stock/tea/receipts", json=body)).status_code
    assert [ReceiveStockV1(sku="tea", receipt_id="r1", warehouse_id="north", quantity=5)] == commands.heard
    wrong = await client.post("/stock/tea/receipts", json={**body, "quantity": 0})
    assert (422, ["body", "quantity"]) == (wrong.status_code, wrong.json()["detail"][0]["loc"])
