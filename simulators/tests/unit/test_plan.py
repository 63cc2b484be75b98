from collections import Counter
from dataclasses import replace

import pytest

from contracts.catalog import OfferPublishedV1
from contracts.order import OrderCancelledV1, OrderRejectedV1
from simulators.baskets.model import Basket
from simulators.baskets.read import Replay
from simulators.baskets.reference import derive_reference
from simulators.shopper.customer import Lived
from simulators.shopper.expectation import expected_of, totals_of
from simulators.shopper.messages import coupon_messages, feed_messages, place_order, stock_messages
from simulators.shopper.plan import Life, Plan, Shares, make_plans

REPLAY = Replay(count=500)


@pytest.fixture(scope="module")
def baskets() -> list[Basket]:
    return list(REPLAY.baskets())


@pytest.fixture(scope="module")
def plans(baskets: list[Basket]) -> tuple[Plan, ...]:
    return make_plans(baskets=baskets, seed=1, run="t", shares=Shares())


def test_shares_are_exact(plans: tuple[Plan, ...]) -> None:
    """Of 500 baskets 10 are short, 15 never paid, 5 paid late, 10 cancelled, 5 refused, whatever the seed."""
    expected = {
        Life.ORDINARY: 455,
        Life.SHORT: 10,
        Life.UNPAID: 15,
        Life.LATE: 5,
        Life.CANCELLED: 10,
        Life.REFUSED: 5,
    }
    assert expected == Counter(plan.life for plan in plans)


def test_seed_chooses(baskets: list[Basket], plans: tuple[Plan, ...]) -> None:
    """The same seed makes the same plan, another seed another one."""
    assert plans == make_plans(baskets=baskets, seed=1, run="t", shares=Shares())
    assert plans != make_plans(baskets=baskets, seed=2, run="t", shares=Shares())


def test_runs_do_not_meet(baskets: list[Basket], plans: tuple[Plan, ...]) -> None:
    """Another run has other order ids and the same lives."""
    other = make_plans(baskets=baskets, seed=1, run="u", shares=Shares())
    assert [plan.life for plan in plans] == [plan.life for plan in other]
    assert not {plan.order_id for plan in plans} & {plan.order_id for plan in other}


def test_short_order_alone_is_short(plans: tuple[Plan, ...]) -> None:
    """Only the orders that shall be short find less than they want, by one unit of one sku."""
    stocked: Counter[str] = Counter()
    for receipt in stock_messages(reference=derive_reference(replay=REPLAY), plans=plans, run="t"):
        stocked[receipt.sku] += receipt.quantity
    wanted: Counter[str] = Counter()
    for plan in plans:
        for line in plan.basket.lines:
            wanted[line.sku] += line.quantity
    short = {sku for sku, quantity in wanted.items() if stocked[sku] < quantity}
    assert {plan.short_sku for plan in plans if plan.life is Life.SHORT} == short
    assert all(wanted[sku] - stocked[sku] == 1 for sku in short)


def test_order_shows_what_the_basket_cost(plans: tuple[Plan, ...]) -> None:
    """Every order's figures are those of its basket, to the cent."""
    for plan in plans:
        order = place_order(plan=plan)
        assert plan.basket.net == sum(line.net for line in order.lines)
        assert plan.basket.coupon == sum(tender.amount for tender in order.tenders)
        assert plan.basket.net - plan.basket.coupon == order.due
        assert [t.tender_id for t in order.tenders] == [c.tender_id for c in coupon_messages(plan=plan)]


def test_only_the_unpaid_have_a_short_clock(plans: tuple[Plan, ...]) -> None:
    """An order that is paid in time never races with a compressed deadline."""
    express = {plan.life for plan in plans if place_order(plan=plan).profile == "express"}
    assert {Life.UNPAID, Life.LATE} == express


def test_offers_price_every_line(plans: tuple[Plan, ...]) -> None:
    """Each line's offer is published, for its sku and quantity, with its gross and promotion."""
    feeds = list(feed_messages(reference=derive_reference(replay=REPLAY), sequence=1))
    offers = {each.offer_id: each for each in feeds if isinstance(each, OfferPublishedV1)}
    for plan in plans:
        for line in plan.basket.lines:
            offer = offers[line.offer_id]
            assert (line.sku, line.quantity, line.gross, line.promotion) == (
                offer.sku,
                offer.base_quantity,
                offer.gross,
                offer.promotion,
            )


def test_totals_add_up(plans: tuple[Plan, ...]) -> None:
    """What stays with the merchants is what completed orders paid, in money and in documents."""
    totals = totals_of(lived=[(plan, plan.basket.due > 0) for plan in plans])
    kept = sum(plan.basket.due for plan in plans if plan.life is Life.ORDINARY)
    assert kept == totals.captured - totals.refunded == totals.invoiced - totals.credited
    assert {"completed": 455, "cancelled": 30, "rejected": 10, "closed": 5} == totals.outcomes
    shipped = sum(line.quantity for plan in plans if plan.life is Life.ORDINARY for line in plan.basket.lines)
    assert shipped == sum(totals.shipped.values()) - sum(totals.returned.values())


PAID, UNPAID = True, False


@pytest.mark.parametrize(
    "life,paid,money",
    [
        (Life.ORDINARY, PAID, (1, 0, 1, 0)),
        (Life.SHORT, UNPAID, (0, 0, 0, 0)),
        (Life.UNPAID, UNPAID, (0, 0, 0, 0)),
        (Life.LATE, PAID, (1, 1, 0, 0)),
        (Life.LATE, UNPAID, (0, 0, 0, 0)),
        (Life.CANCELLED, PAID, (1, 1, 0, 0)),
        (Life.REFUSED, PAID, (1, 1, 1, 1)),
    ],
)
def test_each_life_has_its_money(plans: tuple[Plan, ...], *, life: Life, paid: bool, money: tuple[int, ...]) -> None:
    """Captured, refunded, invoiced and credited follow from how the order was lived."""
    plan = next(plan for plan in plans if plan.life is life)
    expected = expected_of(plan=plan, paid=paid)
    figures = (expected.captured, expected.refunded, expected.invoiced, expected.credited)
    assert tuple(part * plan.basket.due for part in money) == figures


@pytest.mark.parametrize(
    "life, end, expected",
    [
        (Life.UNPAID, OrderRejectedV1, Life.SHORT),
        (Life.LATE, OrderRejectedV1, Life.SHORT),
        (Life.UNPAID, OrderCancelledV1, Life.UNPAID),
        (Life.ORDINARY, OrderRejectedV1, Life.ORDINARY),
    ],
)
def test_order_out_of_time_is_refused(
    life: Life, end: type[OrderRejectedV1 | OrderCancelledV1], expected: Life, plans: tuple[Plan, ...]
) -> None:
    """Only an order that nobody would have paid in time may be refused instead of cancelled."""
    lived = Lived(plan=replace(plans[0], life=life), paid=False, end=end)
    assert expected is lived.as_it_came.plan.life
