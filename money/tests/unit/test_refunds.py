from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from money.division import divide
from money.documents import from_document, to_document
from money.errors import DocumentError, UnitsError
from money.freight import Freight, FreightPolicy
from money.refunds import refund, returned_whole
from money.runs import Kind, Units
from money.shares import TenderShare, all_units, whole_order
from money.waterfall import Discount, Priced, PricedLine, price_order

Orders = st.SearchStrategy[Priced]
Partitions = Callable[[Priced], st.SearchStrategy[list[list[Units]]]]

PEAR = PricedLine(line="1", quantity=3, gross=100)
PLUM = PricedLine(line="2", quantity=2, gross=50)
BASKET = price_order(
    lines=[PEAR, PLUM],
    coupons=[Discount(source="c-1", amount=10, lines=frozenset({"1"}))],
    freight=Freight(amount=90, policy=FreightPolicy.FIRST_CHILD),
)


def by_tender(shares: tuple[TenderShare, ...]) -> Counter[tuple[Kind, str]]:
    return Counter({(share.kind, share.source): share.amount for share in shares})


@given(st.data())
def test_refunds_of_any_partition_sum_to_what_was_paid(
    orders: Orders, partitions: Partitions, data: st.DataObject
) -> None:
    """However the units come back, each tender returns exactly what it paid."""
    priced = data.draw(orders)
    returned: Counter[tuple[Kind, str]] = Counter()
    for group in data.draw(partitions(priced)):
        returned += by_tender(refund(priced=priced, units=group))
    paid = by_tender(whole_order(priced=priced).tenders)
    paid[Kind.CHANNEL, ""] = priced.due - priced.freight.amount
    assert +paid == returned


@given(st.data())
def test_groups_conserve_every_figure(orders: Orders, partitions: Partitions, data: st.DataObject) -> None:
    """The shares of the sub-orders sum to those of the order, figure by figure."""
    priced = data.draw(orders)
    shares = divide(priced=priced, groups=data.draw(partitions(priced)))
    whole = whole_order(priced=priced)
    for figure in ("gross", "line_promotion", "order_promotion", "net", "payable", "tax_included", "tax_added", "due"):
        assert getattr(whole, figure) == sum(getattr(share, figure) for share in shares)
    assert priced.freight.amount == sum(share.freight for share in shares)
    assert by_tender(whole.tenders) == sum((by_tender(share.tenders) for share in shares), Counter())


def test_a_refund_returns_to_each_tender_what_it_paid() -> None:
    """The coupon comes back with the units that it paid for, the channel last."""
    expected = (
        TenderShare(kind=Kind.COUPON, source="c-1", amount=4),
        TenderShare(kind=Kind.CHANNEL, source="", amount=30),
    )
    assert expected == refund(priced=BASKET, units=[Units(line="1", first=0, count=1)])


def test_the_last_unit_returns_the_rest() -> None:
    """Three pears for ninety after the coupon: 30 each by the channel, and 4, 3, 3 by the coupon."""
    units = [Units(line="1", first=unit, count=1) for unit in range(3)]
    assert [34, 33, 33] == [sum(share.amount for share in refund(priced=BASKET, units=[unit])) for unit in units]


def test_a_unit_is_not_refunded_twice() -> None:
    """A unit that was refunded before is refused."""
    first = Units(line="1", first=0, count=1)
    with pytest.raises(UnitsError, match="line 1 unit 0 is named twice"):
        refund(priced=BASKET, units=[first], refunded=[Units(line="1", first=0, count=2)])


def test_a_refund_of_nothing_is_refused() -> None:
    """A refund names at least one unit."""
    with pytest.raises(UnitsError, match="units is empty"):
        refund(priced=BASKET, units=[])


def test_a_coupon_is_whole_again_with_its_last_unit() -> None:
    """A coupon counts as returned whole once all units that it paid for are back, not before."""
    assert () == returned_whole(priced=BASKET, units=[Units(line="1", first=0, count=2)])
    assert BASKET.tenders == returned_whole(priced=BASKET, units=[Units(line="1", first=0, count=3)])


def test_the_first_group_bears_the_freight() -> None:
    """Under the first-child policy the freight of the order is on the first group."""
    pears, plums = divide(
        priced=BASKET, groups=[[Units(line="1", first=0, count=3)], [Units(line="2", first=0, count=2)]]
    )
    assert (90, 0) == (pears.freight, plums.freight)
    assert (180, 50) == (pears.due, plums.due)


@pytest.mark.parametrize(
    "groups, message",
    [
        ([[Units(line="1", first=0, count=3)]], "groups name 3 units: the order has 5"),
        ([list(all_units(priced=BASKET)), [Units(line="2", first=0, count=1)]], "line 2 unit 0 is named twice"),
        ([], "groups name 0 units"),
    ],
)
def test_groups_must_be_all_units_once(groups: list[list[Units]], message: str) -> None:
    """Units that are left out or named twice are refused."""
    with pytest.raises(UnitsError, match=message):
        divide(priced=BASKET, groups=groups)


@given(st.data())
def test_a_price_survives_its_document(orders: Orders, data: st.DataObject) -> None:
    """A stored price is read back as it was."""
    priced = data.draw(orders)
    assert priced == from_document(document=to_document(priced=priced))


@pytest.mark.parametrize(
    "changes", [{"due": 1}, {"runs": [["gift", "", "1", 0, 1, 1]]}, {"lines": None}, {"freight": {}}]
)
def test_a_broken_document_is_refused(changes: dict[str, object]) -> None:
    """A document that does not add up or does not parse is refused."""
    with pytest.raises(DocumentError):
        from_document(document={**to_document(priced=BASKET), **changes})
