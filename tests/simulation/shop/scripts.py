"""Histories of the five services that are written down and not drawn: moments that chance seldom brings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from chassis.decision import Context, Decision, Poison, View
from chassis.message import Record
from chassis.routes import Route, Routes
from contracts.fulfillment import RecordTrackingV1
from contracts.order import PlaceOrderV1, RequestedTender
from contracts.payment import RecordChannelFactV1, RefundPaymentV1
from simulation.broker import header
from simulation.shop.again import ask_again, new_answers
from simulation.shop.catalogue import CURRENCY, CUSTOMERS
from simulation.shop.scene import Shop
from simulation.shop.wishes import TENDER, Wish
from simulation.shop.written import wish_for

POISONED = ("inventory.reserve-stock.v1", "inventory.commit-stock.v1", "payment.request-payment.v1")
LIVED_SECONDS = 20.0


async def asked_twice() -> list[str]:
    """Everything that the order service asks of others is asked again a moment later, as its clocks would do it."""
    shop = Shop(seed=2, orders=20)
    fickle = [replace(wish_for(n, lines=(("tea", 2),), channel="balance"), cancel_after=1.5) for n in range(4)]
    shop.wishes.update({each.order_id: each for each in fickle})
    _start(shop)
    await shop.prepare()
    shop.world.broker.listeners.append(partial(ask_again, shop))
    shop.open()
    await asyncio.sleep(LIVED_SECONDS)
    return [*await _ended(shop), *new_answers(shop=shop)]


async def one_sku_on_two_lines() -> list[str]:
    """Two lines of an order want the same sku, and there is enough for either of them alone."""
    return await _lived(wish_for(0, lines=(("rare", 3), ("rare", 3))))


async def one_coupon_for_two() -> list[str]:
    """Two orders want to use the same coupon."""
    coupon = (RequestedTender(tender_id="coupon-0", kind="coupon", amount=TENDER),)
    wishes = [wish_for(number, lines=(("tea", 2),), tenders=coupon, customer=CUSTOMERS[0]) for number in range(2)]
    return await _lived(*wishes)


async def more_than_the_cap() -> list[str]:
    """A customer orders a scarce sku twice, and has had all that one customer may have by the first time."""
    return await _lived(*(wish_for(number, lines=(("capped", 2),), customer=CUSTOMERS[0]) for number in range(3)))


async def other_figures() -> list[str]:
    """A customer agrees to another amount than the order costs."""
    wish = wish_for(0, lines=(("tea", 2),))
    return await _lived(replace(wish, command=replace_due(wish.command, 1)))


async def false_notice() -> list[str]:
    """A notice tells of money that the channel's own record does not have; the customer never pays."""
    shop = await _opened(wish_for(0, lines=(("tea", 1),), pay="never"))
    _notice(shop, amount=shop.wishes[next(iter(shop.wishes))].command.due)
    return await _ended(shop)


async def false_late_notice() -> list[str]:
    """A notice tells of a second capture of an order that is paid, and the channel's own record does not have it."""
    shop = await _opened(wish_for(0, lines=(("tea", 1),)))
    _notice(shop, amount=100)
    return await _ended(shop)


async def greedy_refund() -> list[str]:
    """Somebody asks for a refund of more than the order has paid, from the stored balance."""
    shop = await _opened(wish_for(0, lines=(("tea", 1),), channel="balance"))
    wish = next(iter(shop.wishes.values()))
    amount = wish.command.due + 1
    refund = RefundPaymentV1.model_validate(
        {
            "refund_id": f"{wish.order_id}-r9",
            "order_id": wish.order_id,
            "amount": amount,
            "parts": [{"merchant_id": "m1", "goods": amount, "commission": 0, "freight": 0, "tax": 0}],
            "reason": "greed",
        }
    )
    shop.world.publish(refund)
    return await _ended(shop)


async def refund_unanswered() -> list[str]:
    """A part is paid back, and for a while nobody hears the channel's answers."""
    wish = wish_for(0, lines=(("tea", 1), ("lamp", 1)), channel="card")
    shop = _shop(replace(wish, cancel_after=8.8, cancels="parts"))
    _start(shop)
    await shop.prepare()
    shop.world.broker.listeners.append(partial(_hear_no_refund, shop))
    shop.open()
    await asyncio.sleep(LIVED_SECONDS)
    shop.channel.behave()
    return await _ended(shop)


async def lapsed_hold() -> list[str]:
    """A hold lapses while the process that holds its clock stands still; others take the goods; then it wakes."""
    wishes = [wish_for(number, lines=(("rare", 1),), profile="express", pay="never") for number in range(5)]
    shop = _shop(*wishes)
    _start(shop, inventories=2)
    await shop.prepare()
    shop.open()
    await asyncio.sleep(5.0)
    first = next(each for each in shop.world.all if each.plan.name == "inventory")
    first.freeze()
    shop.world.clock.forward += timedelta(minutes=1)
    for late in (wish_for(number, lines=(("rare", 5),)) for number in range(10, 15)):
        shop.wishes[late.order_id] = late
        shop.outside.live(late)
    await asyncio.sleep(2.0)
    first.thaw()
    return await _ended(shop)


async def early_word() -> list[str]:
    """A carrier tells of a parcel before the warehouse has heard of its shipment."""
    wish = wish_for(0, lines=(("tea", 1),))
    shop = _shop(wish)
    _start(shop)
    await shop.prepare()
    word = RecordTrackingV1(
        order_id=wish.order_id,
        shipment_id=f"{wish.order_id}-s1-d1",
        carrier="early",
        code="hello",
        occurred_at=shop.world.clock.now(),
    )
    shop.world.publish(word)
    shop.open()
    await asyncio.sleep(LIVED_SECONDS)
    return await _ended(shop)


async def poisoned_participant() -> list[str]:
    """Hole 20: for one order each, a participant can never handle a command of its checkout."""
    wishes = [wish_for(number, lines=(("tea", 1),)) for number in range(len(POISONED))]
    shop = _shop(*wishes)
    fates = dict(zip((each.order_id for each in wishes), POISONED, strict=True))
    for service in ("inventory", "payment"):
        plan = shop.world.plans[service]
        routes = (replace(route, handler=_cursed(route, fates)) for route in plan.routes.values())
        shop.world.plans = {**shop.world.plans, service: replace(plan, routes=Routes(*routes))}
    shop.world.broker.listeners.append(partial(_expect_dead, shop, fates))
    _start(shop)
    await shop.prepare()
    shop.open()
    await asyncio.sleep(LIVED_SECONDS)
    return await _ended(shop)


def replace_due(command: PlaceOrderV1, more: int) -> PlaceOrderV1:
    """Return the command with another amount."""
    return command.model_copy(update={"due": command.due + more})


def _shop(*wishes: Wish) -> Shop:
    shop = Shop(seed=1, orders=0)
    shop.wishes.update({each.order_id: each for each in wishes})
    return shop


def _start(shop: Shop, *, inventories: int = 1) -> None:
    for service in shop.world.plans:
        for _ in range(inventories if service == "inventory" else 1):
            shop.world.start(service=service)


async def _opened(*wishes: Wish) -> Shop:
    shop = _shop(*wishes)
    _start(shop)
    await shop.prepare()
    shop.open()
    await asyncio.sleep(LIVED_SECONDS)
    return shop


async def _lived(*wishes: Wish) -> list[str]:
    return await _ended(await _opened(*wishes))


async def _ended(shop: Shop) -> list[str]:
    wrong = await shop.settle()
    shop.channel.close()
    return wrong


def _hear_no_refund(shop: Shop, record: Record) -> None:
    if header(record, "ce_type") == "payment.refund-payment.v1":
        shop.channel.roughness.breaks_after = 1.0


def _notice(shop: Shop, *, amount: int) -> None:
    wish = next(iter(shop.wishes.values()))
    shop.world.publish(
        RecordChannelFactV1(
            order_id=wish.order_id,
            attempt_id=f"{wish.order_id}-1",
            channel="alipay",
            fact="captured",
            reference="nobody-knows",
            currency=CURRENCY,
            amount=amount,
            occurred_at=shop.world.clock.now(),
        )
    )


def _cursed(route: Route[Any], fates: Mapping[str, str]) -> Callable[[Any, View, Context], Decision]:
    def handle(command: Any, view: View, context: Context) -> Decision:
        if fates.get(context.key) == route.type:
            raise Poison("it can never be handled")
        return route.handler(command, view, context)

    return handle


def _expect_dead(shop: Shop, fates: Mapping[str, str], record: Record) -> None:
    if fates.get((record.key or b"").decode()) == header(record, "ce_type"):
        shop.world.poisoned.add(header(record, "ce_id"))
