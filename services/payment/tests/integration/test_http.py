"""The HTTP side over a real database."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from chassis.databasebench import DatabaseBench
from chassis.http import HttpPorts, Queries, build_http
from chassis.statements import read_statements
from chassis.telemetry import Telemetry
from embedded.templates import Database
from payment.http.routing import routing
from payment.replays import NoReplays, RedisReplays
from payment.signatures import Signer
from services.payment.tests.examples import (
    ATTEMPT,
    DUE,
    ORDER,
    lock,
    refund,
    request,
    statement_line,
    tender,
    top_up,
)

TOKEN = {"Authorization": "Bearer token"}
PATHS = (
    f"/payments/{ORDER}",
    f"/payments/{ORDER}/ledger",
    "/customers/ann/balances",
    "/customers/ann/tenders",
    "/trial-balance",
    "/exceptions",
    "/payouts",
)


async def ready() -> dict[str, bool]:
    return {}


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """Reads as the role that serves."""
    pool = await asyncpg.create_pool(database.url, min_size=1, max_size=2)
    ports: Any = HttpPorts(queries=Queries(pool, read_statements(package="payment")), commands=None, clock=None)  # type: ignore[arg-type]  # reads only
    app = build_http(
        service="payment",
        token="token",
        telemetry=Telemetry.to(service="payment", endpoint=None),
        ready=ready,
        status=dict,
        router=routing(signer=Signer(b"a secret of both sides"), replays=NoReplays())(ports),
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://payment", headers=TOKEN) as c:
        yield c
    await pool.close()


async def paid(on: DatabaseBench) -> None:
    """Let a transfer and a coupon pay the order, a refund be under way, and one line of the statement be unknown."""
    await on.send(tender(), top_up())
    await on.send(lock(("coupon-1", 300)))
    await on.send(request(channel="bank_transfer"))
    await on.send(statement_line(channel="bank_transfer"))
    await on.send(refund())
    await on.send(statement_line("unheard", 7, channel="bank_transfer", kind="refund", line_number=2))


async def test_payment_is_shown(on: DatabaseBench, client: httpx.AsyncClient) -> None:
    """A payment shows its state, its amounts, its tenders and its refunds."""
    await paid(on)
    shown = (await client.get(f"/payments/{ORDER}")).json()
    assert ("reconciled", DUE, 2_000, 8_000) == tuple(
        shown[name] for name in ("state", "captured", "in_flight", "refundable")
    )
    assert [("coupon-1", 300, True)] == [(t["tender_id"], t["amount"], t["consumed"]) for t in shown["tenders"]]
    assert [("requested", "asked")] == [(each["state"], each["why"]) for each in shown["refunds"]]


async def test_ledger_of_an_order_sums_to_zero(on: DatabaseBench, client: httpx.AsyncClient) -> None:
    """All postings of an order are shown, and add up."""
    await paid(on)
    postings = (await client.get(f"/payments/{ORDER}/ledger")).json()
    assert {f"{ORDER}:capture:cap-1", f"{ORDER}:earned", f"{ORDER}-r1:asked"} <= {each["entry_id"] for each in postings}
    assert 0 == sum(each["amount"] for each in postings)


async def test_customer_sees_balance_and_tenders(on: DatabaseBench, client: httpx.AsyncClient) -> None:
    """Stored value and tenders are shown by customer."""
    await paid(on)
    assert [{"currency": "EUR", "amount": DUE}] == (await client.get("/customers/ann/balances")).json()
    (coupon,) = (await client.get("/customers/ann/tenders")).json()
    assert (500, 200, 0, 300) == tuple(coupon[name] for name in ("issued", "available", "locked", "consumed"))


async def test_trial_balance_sums_to_zero(on: DatabaseBench, client: httpx.AsyncClient) -> None:
    """Every account is shown with what it holds."""
    await paid(on)
    books = {each["account"]: each["amount"] for each in (await client.get("/trial-balance")).json()}
    assert (0, -2_000, 7) == (sum(books.values()), books["REFUND_PAYABLE"], books["SUSPENSE"])


async def test_exceptions_and_payouts_wait_for_a_person(on: DatabaseBench, client: httpx.AsyncClient) -> None:
    """What needs a person is listed: the unknown line, and the refund of a transfer."""
    await paid(on)
    (exception,) = (await client.get("/exceptions")).json()
    assert ("MISSING_IN_BOOKS", None) == (exception["classified"], exception["resolved_at"])
    assert [] == (await client.get("/exceptions", params={"after": exception["id"]})).json()
    (payout,) = (await client.get("/payouts")).json()
    assert (f"{ORDER}-r1", ATTEMPT, 2_000) == (payout["refund_id"], payout["attempt_id"], payout["amount"])


async def test_unknown_payment_is_not_found(client: httpx.AsyncClient) -> None:
    """An order without a payment is a problem that names it."""
    answer = await client.get(f"/payments/{ORDER}")
    assert (404, f"Order {ORDER} has no payment.") == (answer.status_code, answer.json()["detail"])


@pytest.mark.parametrize("limit", ["0", "1001", "many"])
async def test_page_of_the_wrong_size_is_refused(client: httpx.AsyncClient, limit: str) -> None:
    """A limit outside 1 to 1000 is refused by name."""
    answer = await client.get("/exceptions", params={"limit": limit})
    assert (422, "query.limit") == (answer.status_code, answer.json()["fields"][0]["field"])


@pytest.mark.parametrize("path", [*PATHS, "/statements"])
async def test_every_route_asks_for_the_token(client: httpx.AsyncClient, path: str) -> None:
    """Without the token nothing is shown or taken."""
    wrong = {"Authorization": "Bearer wrong"}
    answer = await (client.post if path == "/statements" else client.get)(path, headers=wrong)
    assert 401 == answer.status_code


async def test_notice_is_remembered_in_redis_when_it_was_handled(redis_url: str) -> None:
    """A notice that was begun goes on, one that was handled is known, and another channel's is another."""
    replays = RedisReplays(url=redis_url)
    assert not await replays.handled(notice_id="card:N1")
    assert not await replays.handled(notice_id="card:N1")
    await replays.remember(notice_id="card:N1")
    assert await replays.handled(notice_id="card:N1")
    assert not await replays.handled(notice_id="alipay:N1")
    await replays.aclose()


async def test_gate_without_redis_lets_everything_through() -> None:
    """A gate that does not answer says no, and breaks nothing."""
    replays = RedisReplays(url="redis://127.0.0.1:1/0")
    await replays.remember(notice_id="card:N1")
    assert not await replays.handled(notice_id="card:N1")
    await replays.aclose()
