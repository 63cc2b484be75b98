"""How customers live their plans, with the events told by the test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from contracts.fulfillment import ShipmentDeliveredV1
from contracts.order import (
    CancelOrderV1,
    ConfirmReceiptV1,
    OrderCancelledV1,
    OrderClosedV1,
    OrderCompletedV1,
    OrderConfirmedV1,
    OrderPlacedV1,
    OrderRejectedV1,
    PlaceOrderV1,
)
from contracts.payment import PaymentRequestedV1
from contracts.values import Contract, SubOrder
from simulators.baskets.model import Basket, BasketLine
from simulators.channel.signatures import Signer
from simulators.shopper.customer import Lived, Street, live
from simulators.shopper.plan import Life, Plan, Shares, make_plans
from simulators.shopper.watch import Watch

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BASKET = Basket(
    basket_id="1",
    customer_id="h1",
    region="r1",
    week=1,
    at=NOW,
    lines=(BasketLine(sku="7", quantity=2, gross=500, promotion=100, coupon=0),),
)
PLAN = make_plans(baskets=[BASKET], seed=1, run="t", shares=Shares())[0]
ORDER = PLAN.order_id
PLACED = OrderPlacedV1(
    order_id=ORDER,
    customer_id="h1",
    profile="standard",
    currency="USD",
    channel="card",
    region="r1",
    lines=(),
    tenders=(),
    freight=0,
    tax=0,
    due=400,
    placed_at=NOW,
)
REQUESTED = PaymentRequestedV1(
    order_id=ORDER, attempt_id=f"{ORDER}-1", channel="card", pay_url="http://world/pay/P1", deadline=NOW
)
CONFIRMED = OrderConfirmedV1(
    order_id=ORDER,
    customer_id="h1",
    currency="USD",
    confirmed_at=NOW,
    sub_orders=(
        SubOrder(
            sub_order_id=f"{ORDER}-s1",
            merchant_id="m1",
            warehouse_id="w1",
            handling_class="ambient",
            virtual=False,
            lines=(),
            freight=0,
            total=400,
        ),
    ),
)
DELIVERED = ShipmentDeliveredV1(
    order_id=ORDER, sub_order_id=f"{ORDER}-s1", shipment_id=f"{ORDER}-s1-d1", delivered_at=NOW
)
COMPLETED = OrderCompletedV1(order_id=ORDER, customer_id="h1", by="window", completed_at=NOW)
CANCELLED = OrderCancelledV1(order_id=ORDER, customer_id="h1", reason="unpaid", refunded=0, cancelled_at=NOW)
CLOSED = OrderClosedV1(order_id=ORDER, customer_id="h1", reason="refused", refunded=400, closed_at=NOW)
REJECTED = OrderRejectedV1(order_id=ORDER, customer_id="h1", reason="short", detail="")


class Town:
    """Writes down what the customer does: at the desk, at the pay page, at the world's desk."""

    def __init__(self) -> None:
        self.deeds: list[str] = []
        self.watch = Watch()

    async def place(self, *, order: PlaceOrderV1, by_http: bool, twice: bool) -> None:
        self.deeds.append(f"place {order.profile} {order.due}")

    async def cancel(self, *, order: CancelOrderV1, by_http: bool, twice: bool) -> None:
        self.deeds.append("cancel")

    async def confirm(self, *, order: ConfirmReceiptV1, twice: bool) -> None:
        self.deeds.append("confirm")

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.deeds.append("script" if request.method == "PUT" else "pay")
        return httpx.Response(204)

    async def told(self, *messages: Contract) -> None:
        for message in messages:
            self.watch.learn(message=message, order_id=ORDER)
            for _ in range(20):
                await asyncio.sleep(0)


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
async def living(town: Town) -> AsyncIterator[Callable[..., Awaitable[Lived]]]:
    async def run(plan: Plan, *messages: Contract) -> Lived:
        street = Street(
            desk=town, watch=town.watch, client=client, world_url="http://world", signer=Signer(b"s"), now=lambda: 0
        )
        task = asyncio.create_task(live(plan=plan, street=street))
        await town.told(*messages)
        return await asyncio.wait_for(task, timeout=5)

    async with httpx.AsyncClient(transport=httpx.MockTransport(town.answer)) as client:
        yield run


Living = Callable[..., Awaitable[Lived]]


async def test_ordinary_customer_pays_and_waits(town: Town, living: Living) -> None:
    """Most customers pay and let the window end."""
    plan = replace(PLAN, confirms=False)
    lived = await living(plan, PLACED, REQUESTED, CONFIRMED, DELIVERED, COMPLETED)
    assert ["script", "place standard 400", "pay"] == town.deeds
    assert (True, OrderCompletedV1) == (lived.paid, lived.end)


async def test_some_confirm_what_arrived(town: Town, living: Living) -> None:
    """Who confirms does so when every sub-order is there."""
    await living(replace(PLAN, confirms=True), PLACED, REQUESTED, CONFIRMED, DELIVERED, COMPLETED)
    assert ["script", "place standard 400", "pay", "confirm"] == town.deeds


async def test_nobody_confirms_what_has_ended(town: Town, living: Living) -> None:
    """An order that ended before it arrived is not confirmed."""
    await living(replace(PLAN, confirms=True), PLACED, REQUESTED, CONFIRMED, CANCELLED)
    assert ["script", "place standard 400", "pay"] == town.deeds


async def test_late_customer_pays_after_the_end(town: Town, living: Living) -> None:
    """Who pays late pays only once the order is cancelled."""
    plan = replace(PLAN, life=Life.LATE)
    await living(plan, PLACED, REQUESTED, CANCELLED)
    assert ["script", "place express 400", "pay"] == town.deeds


async def test_late_customer_may_find_no_page(town: Town, living: Living) -> None:
    """An order that was cancelled before it had a pay page is not paid."""
    lived = await living(replace(PLAN, life=Life.LATE), PLACED, CANCELLED)
    assert (False, ["script", "place express 400"]) == (lived.paid, town.deeds)


async def test_unpaid_order_is_left_alone(town: Town, living: Living) -> None:
    """Who never pays does nothing more."""
    await living(replace(PLAN, life=Life.UNPAID), PLACED, REQUESTED, CANCELLED)
    assert ["script", "place express 400"] == town.deeds


@pytest.mark.parametrize("early", [True, False])
async def test_cancelling_customer_has_paid(town: Town, living: Living, *, early: bool) -> None:
    """Who changes their mind has paid before, whether the money is proven yet or not."""
    plan = replace(PLAN, life=Life.CANCELLED, early=early)
    lived = await living(plan, PLACED, REQUESTED, CONFIRMED, CANCELLED)
    assert ["script", "place standard 400", "pay", "cancel"] == town.deeds
    assert (True, OrderCancelledV1) == (lived.paid, lived.end)


async def test_refusing_customer_pays(town: Town, living: Living) -> None:
    """What is refused at the door was paid."""
    lived = await living(replace(PLAN, life=Life.REFUSED), PLACED, REQUESTED, CONFIRMED, CLOSED)
    assert (["script", "place standard 400", "pay"], OrderClosedV1) == (town.deeds, lived.end)


async def test_rejected_customer_goes_home(town: Town, living: Living) -> None:
    """A rejected order is not paid."""
    lived = await living(replace(PLAN, life=Life.ORDINARY), REJECTED)
    assert (["script", "place standard 400"], False) == (town.deeds, lived.paid)


async def test_free_basket_is_not_paid(town: Town, living: Living) -> None:
    """A basket that costs nothing has no pay page."""
    line = replace(BASKET.lines[0], promotion=500)
    plan = replace(PLAN, confirms=False, basket=replace(BASKET, lines=(line,)))
    lived = await living(plan, PLACED, CONFIRMED, COMPLETED)
    assert (["script", "place standard 0"], False) == (town.deeds, lived.paid)
