"""Our side of the protocol against the simulated provider: what one says the other understands."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from chassis.gateway import Ask, Reply, Verdict
from payment.gateway import HttpChannel
from payment.http.notices import command_of
from payment.importing import Format, LineReader
from payment.signatures import Signer
from services.payment.tests.examples import ATTEMPT, ORDER
from simulators.chance import Chance
from simulators.channel.behaviour import Behaviour, Manners
from simulators.channel.http import answer_mistakes, customer_routes, shop_routes
from simulators.channel.provider import Provider
from simulators.channel.record import Record
from simulators.channel.signatures import Signer as TheirSigner

SECRET = b"a secret of both sides"
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DATA = {
    "order_id": ORDER,
    "attempt_id": ATTEMPT,
    "refund_id": f"{ORDER}-r1",
    "channel": "card",
    "currency": "EUR",
    "amount": 10_000,
}


def wake() -> None:
    """Wake nobody: notices are read from the record."""


class World:
    """The provider, and our adapter to it."""

    def __init__(self, folder: Path) -> None:
        self.record = Record(path=folder / "channel.sqlite")
        behaviour = Behaviour(manners=Manners(), chance=Chance(seed=1))
        provider = Provider(
            record=self.record,
            behaviour=behaviour,
            base_url="https://channel.example",
            clock=lambda: NOW,
            wake=wake,
        )
        app = FastAPI()
        signer = TheirSigner(SECRET)
        app.include_router(shop_routes(provider=provider, signer=signer, behaviour=behaviour, clock=lambda: NOW))
        app.include_router(customer_routes(provider=provider))
        answer_mistakes(app=app)
        self.transport = httpx.ASGITransport(app=app)
        self.channel = self.channel_with(SECRET)

    def channel_with(self, secret: bytes) -> HttpChannel:
        """Return an adapter that signs with this secret."""
        return HttpChannel(
            base_url="https://channel.example",
            notify_url="https://shop.example/notices",
            signer=Signer(secret),
            now=lambda: int(NOW.timestamp()),
            transport=self.transport,
        )

    async def ask(self, name: str, **changes: object) -> Reply:
        ask = Ask(id=name, name=name, key=ORDER, data={**DATA, **changes}, again=False, first_asked_at=None)
        reply: Reply = await getattr(self.channel, name)(ask)
        return reply

    async def pay(self, **form: str) -> None:
        created = await self.ask("create")
        async with httpx.AsyncClient(transport=self.transport) as customer:
            assert 200 == (await customer.post(created.data["pay_url"], data=form)).status_code


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path)
    yield world
    await world.channel.aclose()
    world.record.close()


async def test_payment_is_created_once(world: World) -> None:
    """The same attempt has the same page."""
    assert (await world.ask("create")) == (await world.ask("create"))


async def test_attempt_with_another_amount_is_refused(world: World) -> None:
    """An attempt stands for its figures."""
    await world.ask("create")
    assert Verdict.NO == (await world.ask("create", amount=1)).verdict


async def test_record_has_what_was_paid(world: World) -> None:
    """A payment is found in the record, and twice when it was paid twice."""
    assert Reply.yes({"captures": []}) == await world.ask("query")
    await world.pay()
    await world.pay(again="true")
    captures = (await world.ask("query")).data["captures"]
    assert [10_000, 10_000] == [capture["amount"] for capture in captures]


async def test_unpaid_payment_is_closed_and_paid_one_is_not(world: World) -> None:
    """Close answers what is there: yes for nothing, no for money."""
    assert Verdict.YES == (await world.ask("close")).verdict
    await world.pay()
    assert Verdict.NO == (await world.ask("close")).verdict


async def test_refund_is_paid_once_and_never_more_than_is_left(world: World) -> None:
    """The same refund has one reference; more than is left is refused."""
    await world.pay()
    first = await world.ask("refund", amount=6_000)
    assert (Verdict.YES, first) == (first.verdict, await world.ask("refund", amount=6_000))
    assert Verdict.NO == (await world.ask("refund", refund_id="another", amount=4_001)).verdict


async def test_wrong_secret_leaves_everything_unknown(world: World) -> None:
    """Credentials that are refused say nothing of a payment."""
    world.channel = world.channel_with(b"another secret")
    names = ("create", "query", "close", "refund")
    assert {Verdict.UNKNOWN} == {(await world.ask(name)).verdict for name in names}


async def test_notices_can_be_read(world: World) -> None:
    """What the provider owes us is read as facts with the references of its record."""
    await world.pay()
    await world.ask("refund", amount=6_000)
    owed = world.record.owed(until=int(NOW.timestamp() * 1_000), limit=10)
    commands = [command_of(channel="card", body=notice.body) for notice in owed]
    assert [("captured", 10_000), ("refunded", 6_000)] == [(each.fact, each.amount) for each in commands]
    assert {ORDER} == {each.order_id for each in commands}
    assert {"https://shop.example/notices/card"} == {notice.url for notice in owed}


async def test_statement_can_be_read(world: World) -> None:
    """Every line of the day's statement is a command."""
    await world.pay()
    await world.ask("refund", amount=6_000)
    reader = LineReader(format=Format.CSV, statement_id="card-monday")
    lines = [reader.read(line) async for line in world.channel.statement(day="2026-01-05")]
    assert [("capture", 10_000), ("refund", 6_000)] == [(line.kind, line.amount) for line in lines if line]
