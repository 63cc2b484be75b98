import pytest
from hypothesis import given
from hypothesis import strategies as st

from money.errors import MoneyError
from money.freight import (
    Freight,
    FreightPolicy,
    FreightReason,
    FreightTemplate,
    divide_freight,
    freight_price,
    freight_refund,
    rebook_freight,
)
from money.tax import tax_added, tax_included

PARCEL = FreightTemplate(first=1_000, first_price=800, step=500, step_price=150)


@pytest.mark.parametrize("measure, price", [(0, 0), (1, 800), (1_000, 800), (1_001, 950), (1_500, 950), (1_501, 1_100)])
def test_a_begun_step_costs_a_step(measure: int, price: int) -> None:
    """Freight is the first price, and a step price for every begun step beyond it."""
    assert price == freight_price(template=PARCEL, measure=measure)


def test_freight_is_spread_by_net() -> None:
    """Spread freight follows the net of the children."""
    freight = Freight(amount=1_000, policy=FreightPolicy.SPREAD)
    assert (334, 666) == divide_freight(freight=freight, nets=[100, 199])


@pytest.mark.parametrize(
    "reason, amount",
    [
        (FreightReason.CANCELLED_BEFORE_DISPATCH, 800),
        (FreightReason.MERCHANT_AT_FAULT, 1_000),
        (FreightReason.CHANGE_OF_MIND, 0),
    ],
)
def test_the_reason_decides_the_freight_that_comes_back(reason: FreightReason, amount: int) -> None:
    """All before dispatch, all with the way back when the merchant is at fault, none on a change of mind."""
    assert amount == freight_refund(freight=800, reason=reason, return_freight=200)


def test_refusing_the_child_that_bears_the_freight_frees_nobody() -> None:
    """The freight of the refused first child is booked on the surviving children."""
    assert (0, 300, 600) == rebook_freight(freights=[900, 0, 0], nets=[500, 100, 200], refused=[0])


def test_freight_stays_when_all_children_are_refused() -> None:
    """Without a surviving child the freight stays where it was."""
    assert (900, 0) == rebook_freight(freights=[900, 0], nets=[5, 5], refused=[0, 1])


@given(st.lists(st.tuples(st.integers(0, 999), st.integers(0, 999)), min_size=1, max_size=6), st.data())
def test_rebooking_conserves_the_freight(children: list[tuple[int, int]], data: st.DataObject) -> None:
    """Whoever is refused, the freight of the order stays the same."""
    freights = [freight for freight, _ in children]
    refused = data.draw(st.lists(st.integers(0, len(children) - 1)))
    rebooked = rebook_freight(freights=freights, nets=[net for _, net in children], refused=refused)
    assert sum(freights) == sum(rebooked)


@pytest.mark.parametrize("call", [{"refused": [2]}, {"nets": [1]}])
def test_unknown_children_are_refused(call: dict[str, list[int]]) -> None:
    """A child that does not exist is refused by name."""
    with pytest.raises(MoneyError, match=r"child 2|freights has 2"):
        rebook_freight(**{"freights": [1, 2], "nets": [1, 1], "refused": [0], **call})


@pytest.mark.parametrize("field", ["first", "first_price", "step_price"])
def test_a_wrong_template_is_refused(field: str) -> None:
    """A negative figure in a tariff is refused by name."""
    with pytest.raises(MoneyError, match=f"^{field} is -1"):
        FreightTemplate(**{"first": 0, "first_price": 0, "step": 1, "step_price": 0, field: -1})


@pytest.mark.parametrize(
    "base, rate, tax", [(1_000, 130_000, 130), (50, 10_000, 1), (49, 10_000, 0), (-50, 10_000, -1)]
)
def test_added_tax_is_rounded_half_away_from_zero(base: int, rate: int, tax: int) -> None:
    """Tax on top is the rate of the base, rounded once."""
    assert tax == tax_added(base=base, rate=rate)


@pytest.mark.parametrize("base, rate, tax", [(1_130, 130_000, 130), (100, 60_000, 6), (382, 60_000, 22), (3, 10**6, 2)])
def test_included_tax_is_a_part_of_the_price(base: int, rate: int, tax: int) -> None:
    """Tax in the price is what leaves the net of the rate, rounded once."""
    assert tax == tax_included(base=base, rate=rate)


def test_a_rate_is_in_parts_per_million() -> None:
    """A rate above 100 % is refused."""
    with pytest.raises(MoneyError, match="rate is 1000001"):
        tax_added(base=1, rate=1_000_001)
