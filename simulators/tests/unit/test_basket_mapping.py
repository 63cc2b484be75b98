from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.baskets.mapping import Row, baskets_of, product_of
from simulators.baskets.model import BasketLine, LeftOut, ProductRow
from simulators.baskets.weights import grams_of

NOON = datetime(2017, 1, 1, 12)  # noqa: DTZ001 - the data has times without a zone
MILK = Row(
    basket=1,
    household=7,
    store=330,
    week=1,
    at=NOON,
    sku=10,
    department="GROCERY",
    quantity=2,
    sales=300,
    retail=50,
    match=25,
    coupon=0,
)
FUEL = MILK._replace(sku=11, department="FUEL")


def test_a_line_costs_what_the_data_says() -> None:
    """Gross is sales and both discounts, the promotion is the discounts, a coupon pays of the net."""
    basket = next(baskets_of(rows=[MILK._replace(coupon=40)]))
    assert (BasketLine(sku="10", quantity=2, gross=375, promotion=75, coupon=40),) == basket.lines
    assert (375, 75, 300, 40, 260) == (basket.gross, basket.promotion, basket.net, basket.coupon, basket.due)


def test_a_basket_keeps_who_where_and_when() -> None:
    """Household, store and time become customer, region and a time in UTC."""
    basket = next(baskets_of(rows=[MILK]))
    assert ("1", "h7", "r330", 1) == (basket.basket_id, basket.customer_id, basket.region, basket.week)
    assert datetime(2017, 1, 1, 12, tzinfo=UTC) == basket.at


def test_a_coupon_pays_at_most_the_net_of_its_line() -> None:
    """What a coupon is printed beyond the net is counted and pays nothing."""
    basket = next(baskets_of(rows=[MILK._replace(coupon=310)]))
    assert (300, 0, LeftOut(coupon_excess=10)) == (basket.coupon, basket.due, basket.left_out)


@pytest.mark.parametrize(
    "row, left_out",
    [
        (FUEL, LeftOut(fuel_lines=1)),
        (FUEL._replace(quantity=0), LeftOut(fuel_lines=1)),
        (MILK._replace(sku=11, quantity=0), LeftOut(lines_without_quantity=1)),
        (MILK._replace(sku=11, quantity=101), LeftOut(lines_above_quantity=1)),
        (MILK._replace(sku=11, quantity=0, coupon=999), LeftOut(lines_without_quantity=1)),
    ],
)
def test_other_lines_are_counted_once(row: Row, left_out: LeftOut) -> None:
    """A line that is no merchandise is left out for one reason, and its coupon is no excess."""
    basket = next(baskets_of(rows=[MILK, row]))
    assert (["10"], left_out) == ([line.sku for line in basket.lines], basket.left_out)


@pytest.mark.parametrize("row", [MILK._replace(quantity=100), MILK._replace(department="")])
def test_the_edges_of_merchandise_are_in(row: Row) -> None:
    """A hundred units are merchandise, and so is a product that is not listed."""
    assert 1 == len(next(baskets_of(rows=[row])).lines)


def test_baskets_without_merchandise_are_told_by_the_next_one() -> None:
    """What was left out before a basket is told with it, and by the last one also what came after."""
    rows = [FUEL, MILK._replace(basket=2), FUEL._replace(basket=3), MILK._replace(basket=4), FUEL._replace(basket=5)]
    first, last = baskets_of(rows=rows)
    assert ("2", LeftOut(baskets=1, fuel_lines=1)) == (first.basket_id, first.left_out)
    assert ("4", LeftOut(baskets=2, fuel_lines=2)) == (last.basket_id, last.left_out)


@pytest.mark.parametrize(
    "department, handling_class", [("SEAFOOD-PCKGD", "cold"), ("GROCERY", "ambient"), ("", "ambient")]
)
def test_the_department_decides_the_class(department: str, handling_class: str) -> None:
    """Cold departments need a cold warehouse, all others do not."""
    assert handling_class == product_of(row=ProductRow(sku="1", department=department)).handling_class


def test_an_unlisted_product_has_a_merchant() -> None:
    """A sku that the data does not list belongs to the merchant of the unlisted."""
    product = product_of(row=ProductRow(sku="9"))
    assert ("unlisted product 9", "unlisted", 500) == (product.name, product.merchant_id, product.weight)


@pytest.mark.parametrize(
    "package_size, grams",
    [
        ("16 OZ", 454),
        (".5 OZ", 14),
        ("16 OZS.", 454),
        ("3-LB BAG", 1361),
        ("1 1/2 LB", 680),
        ("3/4 OZ", 21),
        ("750 ML", 750),
        ("1/2 L", 500),
        ("1 GA", 3785),
        ("12 PK/12 OZ", 4082),
        ("12/16.9 OZ", 5749),
        ("10 OZ/4 PK", 1134),
        ("48 G/1.69 OZ", 48),
        ("24 CT/13 GAL", 500),
        ("1 IN X 6 FT", 500),
        ("15142310 OZ", 500),
        ("0 OZ", 500),
        ("CTN", 500),
        ("", 500),
    ],
)
def test_the_package_tells_the_weight(package_size: str, grams: int) -> None:
    """The words of a package give grams, and 500 where they tell none."""
    assert grams == grams_of(package_size=package_size)


@given(st.text("0123456789 ./-OZLBPKCTGA"))
def test_any_words_give_a_weight(package_size: str) -> None:
    """Whatever the words are, the weight is at least a gram and at most 50 kg."""
    assert 1 <= grams_of(package_size=package_size) <= 50_000
