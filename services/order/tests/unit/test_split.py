from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.decision import Poison
from chassis.testing import MONDAY
from contracts.values import Contract
from money.freight import Freight, FreightPolicy
from money.runs import Units
from money.waterfall import Discount, PricedLine, price_order
from order.domain.lifecycle import State
from order.domain.order import Order, Terms, TermsLine, TermsMerchant
from order.domain.parts import amount_of, merchant_parts
from order.domain.profiles import ProfileName
from order.domain.refunds import Claim, give_back
from order.domain.split import last_of, share_of_part, split, without
from order.domain.values import Allocation, Delivery, InvoiceChoice
from services.order.tests.basket import DAY, line, place
from services.order.tests.examples import Shop
from services.order.tests.words import captured, reconciled, requested, stock_committed, stock_reserved

POLICIES = st.sampled_from(FreightPolicy)
CLASSES = st.sampled_from(["ambient", "cold"])
LINES = st.lists(
    st.tuples(st.integers(1, 30), st.integers(0, 9999), st.sampled_from("ab"), CLASSES, st.booleans()),
    min_size=1,
    max_size=6,
)


def lines_of(lines: Sequence[tuple[int, int, str, str, bool]]) -> tuple[TermsLine, ...]:
    return tuple(
        TermsLine(
            line_id=f"l{n}",
            sku=f"s{n}",
            offer_id="o",
            name="n",
            spec="",
            merchant_id=merchant,
            handling_class=class_,
            weight=1,
            virtual=virtual,
            quantity=quantity,
        )
        for n, (quantity, _, merchant, class_, virtual) in enumerate(lines)
    )


def agreed(
    lines: Sequence[tuple[int, int, str, str, bool]], *, coupon: int, freight: int, policy: FreightPolicy
) -> Terms:
    terms_lines = lines_of(lines)
    shipped = any(not each.virtual for each in terms_lines)
    priced = price_order(
        lines=[
            PricedLine(line=f"l{n}", quantity=each[0], gross=each[1], tax_rate=70_000, tax_included=False)
            for n, each in enumerate(lines)
        ],
        coupons=[Discount(source="c", amount=coupon)],
        freight=Freight(amount=freight if shipped else 0, policy=policy),
    )
    parts = merchant_parts(priced=priced, lines=terms_lines, commissions={"a": 50_000, "b": 33_333})
    return Terms(
        order_id="x",
        customer_id="c",
        profile=ProfileName.STANDARD,
        currency="USD",
        channel="card",
        placed_at=MONDAY,
        lines=terms_lines,
        delivery=Delivery(region="r", method="standard"),
        invoice=InvoiceChoice(),
        priced=priced,
        merchants=tuple(TermsMerchant(part=part, window=DAY) for part in parts),
        archive=DAY,
        pay_within=DAY,
    )


def started(terms: Terms, *, warehouses: int) -> Order:
    allocations = []
    for each in terms.physical:
        left = each.quantity
        for warehouse in range(warehouses, 0, -1):
            size = left if warehouse == 1 else left // 2
            left -= size
            if size:
                name = f"w{warehouse}"
                allocations.append(Allocation(line_id=each.line_id, sku=each.sku, warehouse_id=name, quantity=size))
    return Order(
        order_id="x",
        customer_id="c",
        profile=terms.profile,
        state=State.CONFIRMING_PAYMENT,
        since=MONDAY,
        placed_at=MONDAY,
        fingerprint="f",
        allocations=tuple(allocations),
        unsettled=tuple(merchant.part for merchant in terms.merchants),
    )


@given(LINES, st.integers(0, 5000), st.integers(0, 3000), POLICIES, st.integers(1, 3))
def test_nothing_is_lost_or_charged_twice(
    lines: list[tuple[int, int, str, str, bool]], coupon: int, freight: int, policy: FreightPolicy, warehouses: int
) -> None:
    """Every unit is in one sub-order, and the sub-orders' money is the order's, whatever the split."""
    terms = agreed(lines, coupon=coupon, freight=freight, policy=policy)
    parts = split(terms=terms, order=started(terms, warehouses=warehouses))
    shares = [share_of_part(terms=terms, part=part) for part in parts]
    assert terms.priced.due == sum(share.due for share in shares)
    assert terms.priced.freight.amount == sum(share.freight for share in shares)
    units = sorted((each.line, each.first, each.end) for part in parts for each in part.units)
    assert sum(quantity for quantity, *_ in lines) == sum(end - first for _, first, end in units)
    assert all(a[0] != b[0] or a[2] <= b[1] for a, b in pairwise(units))
    assert not any(part.freight for part in parts if part.virtual)


@given(LINES, st.integers(0, 5000), st.integers(0, 3000), POLICIES)
def test_merchants_share_what_is_due(
    lines: list[tuple[int, int, str, str, bool]], coupon: int, freight: int, policy: FreightPolicy
) -> None:
    """The merchants' parts are the due of the order, and the sub-orders of a merchant are its part."""
    terms = agreed(lines, coupon=coupon, freight=freight, policy=policy)
    assert terms.priced.due == sum(amount_of(part=merchant.part) for merchant in terms.merchants)
    parts = split(terms=terms, order=started(terms, warehouses=2))
    for merchant in terms.merchants:
        own = [share_of_part(terms=terms, part=part) for part in parts if part.merchant_id == merchant.part.merchant_id]
        assert (merchant.part.goods, merchant.part.freight, merchant.part.tax) == (
            sum(share.payable for share in own),
            sum(share.freight for share in own),
            sum(share.tax_added for share in own),
        )


@given(LINES, st.integers(0, 5000), st.integers(0, 3000), POLICIES, st.randoms())
def test_refunds_of_all_parts_are_the_payment(
    lines: list[tuple[int, int, str, str, bool]], coupon: int, freight: int, policy: FreightPolicy, random: Random
) -> None:
    """Giving back one sub-order after the other, in any order, returns exactly what was paid and leaves nothing."""
    terms = agreed(lines, coupon=coupon, freight=freight, policy=policy)
    order = started(terms, warehouses=2)
    parts = list(split(terms=terms, order=order))
    random.shuffle(parts)
    for part in parts:
        claim = Claim(saga=part.sub_order_id, units=part.units, freights={part.merchant_id: part.freight}, reason="r")
        order = give_back(terms=terms, order=order, claim=claim)
    assert terms.priced.due == sum(refund.amount for refund in order.refunds)
    used = sum(use.used for use in terms.priced.tenders)
    assert used == sum(tender.amount for refund in order.refunds for tender in refund.tenders)
    assert {0} == {each for part in order.unsettled for each in (part.goods, part.commission, part.freight, part.tax)}
    assert order.refunds[-1].whole


@given(st.integers(1, 20), st.lists(st.integers(0, 8), max_size=4))
def test_cut_units_are_gone_and_the_rest_stays(quantity: int, cuts: list[int]) -> None:
    """Cutting the last units again and again leaves the first ones."""
    units: tuple[Units, ...] = (Units(line="l", first=0, count=quantity),)
    left = quantity
    for cut in cuts:
        units = without(units=units, cut=last_of(units=units, line_id="l", count=cut))
        left = max(0, left - cut)
        assert left == sum(each.count for each in units)
    assert () == units or 0 == units[0].first


def test_parts_are_by_merchant_warehouse_and_class() -> None:
    """Two merchants, two warehouses and two classes make the sub-orders, physical ones first."""
    command = place(line("code"), line("tea", 2), line("milk"), line("lamp"), line("rare"))
    shop = Shop()
    shop.say(command)
    shop.say(stock_reserved(command, warehouses={"rare": "w2"}))
    due = shop.due
    shop.say(*_money(due))
    shop.say(stock_committed(shop.order))
    found = [(part.merchant_id, part.warehouse_id, part.handling_class) for part in shop.order.sub_orders]
    assert [
        ("m1", "w1", "ambient"),
        ("m1", "w1", "cold"),
        ("m2", "w1", "ambient"),
        ("m1", "w2", "ambient"),
        ("m1", None, "ambient"),
    ] == found


def _money(due: int) -> list[Contract]:
    return [requested(), captured(due), reconciled(due)]


def test_units_without_a_warehouse_are_poison() -> None:
    """A commit that leaves units without a warehouse cannot be split."""
    terms = agreed([(3, 100, "a", "cold", False)], coupon=0, freight=0, policy=FreightPolicy.SPREAD)
    order = started(terms, warehouses=1)
    with pytest.raises(Poison, match="l0: 3 units"):
        split(terms=terms, order=replace(order, allocations=()))
