"""What must have become of stock and money when databases already hold a past."""

from collections import Counter

from bench.targets.growth import compare_holdings
from bench.workload import Workload, money_spent, units_sold
from simulators.demo.books import Holdings

ORDERS = Workload(skus=10, customers=40).orders(first=0, count=60)


def _holdings(*, sold: Counter[str], paid: int) -> Holdings:
    on_hand = Counter({f"sku-{number:05}": 1_000 for number in range(10)})
    on_hand.subtract(sold)
    return Holdings(on_hand=on_hand, accounts=Counter({"CUSTOMER_PREPAID": paid - 5_000}))


def test_what_the_orders_took_is_right() -> None:
    """Units sold and money spent by these orders are the only change; declined ones changed nothing."""
    before = _holdings(sold=Counter(), paid=0)
    after = _holdings(sold=units_sold(orders=ORDERS), paid=money_spent(orders=ORDERS).total())
    assert [] == compare_holdings(before=before, after=after, orders=ORDERS)


def test_a_unit_too_many_and_a_cent_too_few_are_found() -> None:
    """Stock and ledger are compared to the unit."""
    sold = units_sold(orders=ORDERS) + Counter({"sku-00003": 1})
    after = _holdings(sold=sold, paid=money_spent(orders=ORDERS).total() - 1)
    assert 2 == len(compare_holdings(before=_holdings(sold=Counter(), paid=0), after=after, orders=ORDERS))


def test_what_is_still_reserved_is_found() -> None:
    """After the last order nothing is held."""
    before = _holdings(sold=Counter(), paid=0)
    after = Holdings(on_hand=before.on_hand, accounts=before.accounts, reserved=Counter({"sku-00001": 1}))
    assert 1 == len(compare_holdings(before=before, after=after, orders=()))
