import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from money.errors import MoneyError, PricingError
from money.freight import Freight
from money.runs import Kind, Run, Units
from money.shares import TenderShare, line_share, share_of, unit_share, whole_order
from money.waterfall import Discount, Priced, PricedLine, TenderUse, price_order

Orders = st.SearchStrategy[Priced]
Lines = Callable[[str], st.SearchStrategy[PricedLine]]
SingleUnits = Callable[[Priced], list[Units]]

MUG = PricedLine(line="1", quantity=3, gross=1000, promotion=100, offer="mug-3")
TEA = PricedLine(line="2", quantity=1, gross=500, offer="tea-1", tax_rate=60_000)


def test_each_stage_divides_what_the_last_one_left() -> None:
    """The worked example of the README comes out to the cent."""
    priced = price_order(
        lines=[MUG, TEA],
        order_promotion=Discount(source="spring", amount=140),
        coupons=[Discount(source="c-1", amount=200, lines=frozenset({"1"}))],
        red_packet=Discount(source="r-1", amount=60),
        points=Discount(source="points", amount=100),
        freight=Freight(amount=300),
    )
    mug, tea = line_share(priced=priced, line="1"), line_share(priced=priced, line="2")
    assert (1000, 100, 90, 810) == (mug.gross, mug.line_promotion, mug.order_promotion, mug.net)
    assert (500, 0, 50, 450) == (tea.gross, tea.line_promotion, tea.order_promotion, tea.net)
    assert (
        TenderShare(kind=Kind.COUPON, source="c-1", amount=200),
        TenderShare(kind=Kind.RED_PACKET, source="r-1", amount=35),
        TenderShare(kind=Kind.POINTS, source="points", amount=58),
    ) == mug.tenders
    assert (517, 383, 22) == (mug.payable, tea.payable, tea.tax_included)
    assert [172, 172, 173] == [unit_share(priced=priced, line="1", unit=unit).payable for unit in range(3)]
    assert 1200 == priced.due


def test_odd_cents_of_a_line_go_to_its_first_units() -> None:
    """A line of three for ten is 4, 3, 3, stored as two runs."""
    priced = price_order(lines=[PricedLine(line="1", quantity=3, gross=10, offer="o")])
    assert (
        Run(kind=Kind.GROSS, source="o", line="1", first=0, count=1, amount=4),
        Run(kind=Kind.GROSS, source="o", line="1", first=1, count=2, amount=3),
    ) == priced.runs


def test_a_tender_is_used_up_to_its_eligible_net() -> None:
    """What a tender offers beyond its eligible lines is told and stays with the customer."""
    priced = price_order(lines=[MUG, TEA], coupons=[Discount(source="c-1", amount=999, lines=frozenset({"2"}))])
    assert (TenderUse(kind=Kind.COUPON, source="c-1", offered=999, used=500),) == priced.tenders
    assert 900 == priced.due


def test_tax_on_top_raises_what_is_due() -> None:
    """Added tax is rounded once per line and paid by the channel."""
    line = PricedLine(line="1", quantity=3, gross=1000, tax_rate=88_700, tax_included=False)
    priced = price_order(lines=[line])
    assert 1089 == priced.due
    assert [30, 30, 29] == [unit_share(priced=priced, line="1", unit=unit).tax_added for unit in range(3)]


def test_an_order_of_nothing_costs_nothing() -> None:
    """A free order has no runs and nothing due."""
    priced = price_order(lines=[PricedLine(line="1", quantity=2, gross=0)], points=Discount(source="p", amount=9))
    assert ((), 0) == (priced.runs, priced.due)


@given(st.data())
def test_units_sum_to_the_order(orders: Orders, single_units: SingleUnits, data: st.DataObject) -> None:
    """The dues of single units and the freight sum to the due of the order, and no unit owes less than nothing."""
    priced = data.draw(orders)
    shares = [share_of(priced=priced, units=[unit]) for unit in single_units(priced)]
    assert all(share.payable >= 0 and share.net >= 0 for share in shares)
    assert priced.due == sum(share.due for share in shares) + priced.freight.amount
    assert priced.due == whole_order(priced=priced).due


@given(st.data())
def test_every_stage_conserves_its_amount(orders: Orders, data: st.DataObject) -> None:
    """Gross and promotion of each line and the use of each tender are what their runs sum to."""
    priced = data.draw(orders)
    for line in priced.lines:
        share = line_share(priced=priced, line=line.line)
        assert (line.gross, line.promotion) == (share.gross, share.line_promotion)
    used = {(use.kind, use.source): use.used for use in priced.tenders if use.used}
    paid = {(tender.kind, tender.source): tender.amount for tender in whole_order(priced=priced).tenders}
    assert used == paid


@given(st.data())
def test_the_order_of_lines_changes_no_price(lines: Lines, data: st.DataObject) -> None:
    """Lines given in another order get the same runs."""
    drawn = [data.draw(lines(number)) for number in "1234"]
    shuffled = data.draw(st.permutations(drawn))
    points = Discount(source="p", amount=777)
    assert price_order(lines=drawn, points=points) == price_order(lines=shuffled, points=points)


def test_a_large_order_stays_small() -> None:
    """A hundred and sixty lines of a hundred units need a few runs per line, not a share per unit."""
    drawn = random.Random(3)
    lines = [PricedLine(line=str(n), quantity=100, gross=drawn.randrange(10**6), offer=str(n)) for n in range(160)]
    priced = price_order(
        lines=lines,
        order_promotion=Discount(source="campaign", amount=1_000_003),
        coupons=[Discount(source="c", amount=100_003)],
        red_packet=Discount(source="r", amount=7_919),
        points=Discount(source="p", amount=104_729),
    )
    assert len(priced.runs) <= 160 * (2 + 3 + 4 + 5 + 6)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"lines": []}, "lines is empty"),
        ({"lines": [MUG, MUG]}, "'1' is named twice"),
        ({"order_promotion": Discount(source="spring", amount=1401)}, "'spring' is 1401: at most 1400"),
        ({"coupons": [Discount(source="c", amount=1, lines=frozenset({"7"}))]}, "'c' names line 7"),
        ({"coupons": [Discount(source="c", amount=1), Discount(source="c", amount=2)]}, "is named twice"),
    ],
)
def test_a_wrong_order_is_refused(changes: dict[str, object], message: str) -> None:
    """What cannot be priced is refused, and the message names it."""
    with pytest.raises(PricingError, match=message):
        price_order(**{"lines": [MUG, TEA], **changes})  # type: ignore[arg-type]  # one call stands for five shapes


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"quantity": 0}, "quantity of line 1 is 0"),
        ({"gross": -1}, "gross of line 1 is -1"),
        ({"promotion": 11}, "promotion of line 1 is 11: a whole number from 0 to 10"),
        ({"gross": 1.5}, "gross of line 1 is 1.5"),
    ],
)
def test_a_wrong_line_is_refused(changes: dict[str, object], message: str) -> None:
    """A line with a figure out of range is refused by field."""
    with pytest.raises(MoneyError, match=message):
        PricedLine(**{"line": "1", "quantity": 1, "gross": 10, **changes})  # type: ignore[arg-type]  # wrong on purpose


def test_units_of_a_line_are_told_apart() -> None:
    """Some units of a line are told without the others."""
    priced = price_order(lines=[MUG])
    assert 600 == share_of(priced=priced, units=[Units(line="1", first=0, count=2)]).due
