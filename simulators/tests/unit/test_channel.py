"""The provider through its addresses, without a network."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from simulators.chance import Chance
from simulators.channel.behaviour import Behaviour, Manners
from simulators.channel.http import answer_mistakes, customer_routes, shop_routes
from simulators.channel.provider import Provider
from simulators.channel.record import Record
from simulators.channel.signatures import Signer

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIGNER = Signer(secret=b"both know it")
OPEN = {
    "attempt_id": "o-1",
    "order_id": "o",
    "channel": "card",
    "currency": "USD",
    "amount": 1_000,
    "notify_url": "http://payment/notices/card",
}
Shop = Callable[..., Any]


def build(*, folder: Path, manners: Manners) -> tuple[FastAPI, Record]:
    record = Record(path=folder / "channel.sqlite3")
    behaviour = Behaviour(manners=manners, chance=Chance(seed=1))
    provider = Provider(
        record=record, behaviour=behaviour, base_url="http://channel", clock=lambda: NOW, wake=lambda: None
    )
    app = FastAPI()
    app.include_router(shop_routes(provider=provider, signer=SIGNER, behaviour=behaviour, clock=lambda: NOW))
    app.include_router(customer_routes(provider=provider))
    answer_mistakes(app=app)
    return app, record


@pytest.fixture
def manners() -> Manners:
    return Manners()


@pytest.fixture
def parts(tmp_path: Path, manners: Manners) -> Iterator[tuple[FastAPI, Record]]:
    app, record = build(folder=tmp_path, manners=manners)
    with closing(record):
        yield app, record


@pytest.fixture
def record(parts: tuple[FastAPI, Record]) -> Record:
    return parts[1]


@pytest.fixture
async def client(parts: tuple[FastAPI, Record]) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=parts[0])
    async with httpx.AsyncClient(transport=transport, base_url="http://channel") as client:
        yield client


@pytest.fixture
def shop(client: httpx.AsyncClient) -> Shop:
    async def ask(method: str, path: str, body: dict[str, Any] | None = None, *, at: datetime = NOW) -> httpx.Response:
        content = json.dumps(body).encode() if body is not None else b""
        headers = SIGNER.headers(body=content, now=int(at.timestamp()))
        return await client.request(method, path, content=content, headers=headers)

    return ask


async def pay(client: httpx.AsyncClient, opened: httpx.Response, **form: str) -> httpx.Response:
    return await client.post(opened.json()["pay_url"], data=form)


async def test_payment_is_opened_once(shop: Shop) -> None:
    """The same attempt again gets the same answer."""
    first, second = await shop("POST", "/payments", OPEN), await shop("POST", "/payments", OPEN)
    assert (200, "open", 0) == (first.status_code, first.json()["state"], first.json()["captured"])
    assert first.json() == second.json()


async def test_other_body_conflicts(shop: Shop) -> None:
    """The same attempt with another amount is refused, and the first stays as it was."""
    await shop("POST", "/payments", OPEN)
    answer = await shop("POST", "/payments", {**OPEN, "amount": 999})
    assert 409 == answer.status_code
    assert 1_000 == (await shop("GET", "/payments/o-1")).json()["amount"]


async def test_customer_pays_once(shop: Shop, client: httpx.AsyncClient) -> None:
    """Pressing the button twice takes the money once."""
    opened = await shop("POST", "/payments", OPEN)
    await pay(client, opened)
    await pay(client, opened)
    found = (await shop("GET", "/payments/o-1")).json()
    assert ("paid", 1_000, 1) == (found["state"], found["captured"], len(found["captures"]))


async def test_customer_pays_twice_on_purpose(shop: Shop, client: httpx.AsyncClient) -> None:
    """Whoever insists pays a second time, under a reference of its own."""
    opened = await shop("POST", "/payments", OPEN)
    await pay(client, opened)
    await pay(client, opened, again="true")
    found = (await shop("GET", "/payments/o-1")).json()
    assert (2_000, 2) == (found["captured"], len({each["reference"] for each in found["captures"]}))


async def test_customer_pays_another_amount(shop: Shop, client: httpx.AsyncClient) -> None:
    """A customer may pay too little, and the payment says how much was taken."""
    await pay(client, await shop("POST", "/payments", OPEN), amount="400")
    assert 400 == (await shop("GET", "/payments/o-1")).json()["captured"]


async def test_close_wins_over_nobody(shop: Shop, client: httpx.AsyncClient) -> None:
    """An unpaid payment closes; money that comes later still counts."""
    opened = await shop("POST", "/payments", OPEN)
    closed = await shop("POST", "/payments/o-1/close")
    await pay(client, opened)
    found = (await shop("GET", "/payments/o-1")).json()
    assert (200, "closed") == (closed.status_code, closed.json()["state"])
    assert ("closed", 1_000) == (found["state"], found["captured"])


async def test_paid_payment_does_not_close(shop: Shop, client: httpx.AsyncClient) -> None:
    """Closing what is paid is refused, and the answer tells what was taken."""
    await pay(client, await shop("POST", "/payments", OPEN))
    answer = await shop("POST", "/payments/o-1/close")
    assert (409, 1_000) == (answer.status_code, answer.json()["captured"])


async def test_refund_is_paid_once(shop: Shop, client: httpx.AsyncClient) -> None:
    """The same refund again is answered alike and takes nothing more."""
    await pay(client, await shop("POST", "/payments", OPEN))
    refund = {"refund_id": "o-r1", "attempt_id": "o-1", "currency": "USD", "amount": 300}
    first, second = await shop("POST", "/refunds", refund), await shop("POST", "/refunds", refund)
    assert first.json() == second.json() == (await shop("GET", "/refunds/o-r1")).json()
    assert 300 == (await shop("GET", "/payments/o-1")).json()["refunded"]


async def test_refund_has_a_cap(shop: Shop, client: httpx.AsyncClient) -> None:
    """No more goes back than was taken."""
    await pay(client, await shop("POST", "/payments", OPEN))
    refund = {"refund_id": "o-r1", "attempt_id": "o-1", "currency": "USD", "amount": 1_001}
    answer = await shop("POST", "/refunds", refund)
    assert (422, "1000 USD is left of attempt o-1") == (answer.status_code, answer.json()["error"])


async def test_statement_lists_the_day(shop: Shop, client: httpx.AsyncClient) -> None:
    """A statement has the bookings of its day, as JSON and as CSV."""
    await pay(client, await shop("POST", "/payments", OPEN))
    await shop("POST", "/refunds", {"refund_id": "o-r1", "attempt_id": "o-1", "currency": "USD", "amount": 300})
    found = (await shop("GET", "/statements/2026-03-01")).json()
    table = (await shop("GET", "/statements/2026-03-01?format=csv")).text.splitlines()
    assert [("capture", 1_000), ("refund", 300)] == [(line["kind"], line["amount"]) for line in found["lines"]]
    assert 3 == len(table)
    assert [] == (await shop("GET", "/statements/2026-03-02")).json()["lines"]


@pytest.mark.parametrize("path", ["/payments/none", "/refunds/none", "/pay/none"], ids=["payment", "refund", "page"])
async def test_unknown_id_is_not_found(shop: Shop, path: str) -> None:
    """What does not exist is 404."""
    assert 404 == (await shop("GET", path)).status_code


async def test_unsigned_request_is_refused(client: httpx.AsyncClient, shop: Shop) -> None:
    """A request without signature opens nothing."""
    answer = await client.post("/payments", json=OPEN)
    assert 401 == answer.status_code
    assert 404 == (await shop("GET", "/payments/o-1")).status_code


@pytest.mark.parametrize("seconds,status", [(299, 200), (301, 401), (-301, 401)])
async def test_old_signature_is_refused(shop: Shop, seconds: int, status: int) -> None:
    """A signature is good for 300 seconds, to both sides."""
    at = datetime.fromtimestamp(NOW.timestamp() - seconds, tz=UTC)
    assert status == (await shop("POST", "/payments", OPEN, at=at)).status_code


@pytest.mark.parametrize(
    "change,field",
    [({"amount": 0}, "amount"), ({"currency": "dollars"}, "currency"), ({"notify_url": "ftp://x"}, "notify_url")],
)
async def test_bad_form_names_the_field(shop: Shop, change: dict[str, Any], field: str) -> None:
    """A wrong request is told which field is wrong."""
    answer = await shop("POST", "/payments", {**OPEN, **change})
    assert (400, True) == (answer.status_code, answer.json()["error"].startswith(f"{field}: "))


async def test_capture_survives_a_kill(shop: Shop, client: httpx.AsyncClient, tmp_path: Path) -> None:
    """What was captured is read again by a provider that starts on the same file, with the notice that it owes."""
    await pay(client, await shop("POST", "/payments", OPEN))
    _, again = build(folder=tmp_path, manners=Manners())
    with closing(again):
        payment = again.payment(attempt_id="o-1", base_url="")
        assert payment is not None
        assert 1_000 == payment.captured
        assert 1 == len(again.owed(until=2**62, limit=10))


async def test_every_booking_owes_a_notice(shop: Shop, client: httpx.AsyncClient, record: Record) -> None:
    """A capture and a refund are each told to the shop's address."""
    await pay(client, await shop("POST", "/payments", OPEN))
    await shop("POST", "/refunds", {"refund_id": "o-r1", "attempt_id": "o-1", "currency": "USD", "amount": 300})
    owed = record.owed(until=2**62, limit=10)
    told = [(each.url, json.loads(each.body)["kind"], json.loads(each.body)["amount"]) for each in owed]
    assert [(OPEN["notify_url"], "captured", 1_000), (OPEN["notify_url"], "refunded", 300)] == told


@pytest.mark.parametrize("manners", [Manners(duplicated=1_000_000)], ids=["duplicated"])
async def test_duplicate_notice_keeps_its_id(shop: Shop, client: httpx.AsyncClient, record: Record) -> None:
    """A notice that is sent twice is the same notice."""
    await pay(client, await shop("POST", "/payments", OPEN))
    owed = record.owed(until=2**62, limit=10)
    assert 2 == len(owed)
    assert 1 == len({(each.notice_id, each.body) for each in owed})


async def test_page_shows_what_is_to_pay(shop: Shop, client: httpx.AsyncClient) -> None:
    """The pay page names the sum and the order."""
    opened = await shop("POST", "/payments", OPEN)
    page = await client.get(opened.json()["pay_url"])
    assert "<h1>10.00 USD</h1>" in page.text
    assert "Order o, by card. This payment is open." in page.text
