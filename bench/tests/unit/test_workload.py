"""The workload is the same for all, and what it must come to is known."""

from bench.workload import LINES, Workload, money_spent, submissions, units_sold
from contracts.ids import order_id


def test_the_same_numbers_are_the_same_orders() -> None:
    """An order depends on seed and number alone, so that warm-up and rounds can take any part of the row."""
    workload = Workload(seed=3)
    assert workload.orders(first=10, count=20)[5] == workload.orders(first=15, count=1)[0]
    assert workload.orders(first=0, count=1) != Workload(seed=4).orders(first=0, count=1)


def test_ids_are_those_of_the_contracts() -> None:
    """The order service would refuse an order under any other id."""
    for order in Workload().orders(first=0, count=50):
        assert order.order_id == order_id(customer_id=order.customer, idempotency_key=order.key)


def test_lines_have_distinct_skus_at_their_price() -> None:
    """Every order has two lines of different skus, priced as the list says."""
    workload = Workload(skus=5)
    for order in workload.orders(first=0, count=200):
        assert len({line.sku for line in order.lines}) == LINES
        assert all(line.price == workload.prices()[line.sku] for line in order.lines)


def test_one_customer_in_twenty_is_declined() -> None:
    """An order is declined when its customer has nothing, which is so for 5 % of them."""
    workload = Workload(customers=1_000)
    orders = workload.orders(first=0, count=4_000)
    assert all(order.declined == (workload.balances()[order.customer] == 0) for order in orders)
    assert list(workload.balances().values()).count(0) == 50
    assert 0.035 < sum(order.declined for order in orders) / len(orders) < 0.065


def test_hot_orders_share_a_sku() -> None:
    """In the hot workload every order wants the first sku, and still a second one."""
    for order in Workload(hot=True, skus=4).orders(first=0, count=100):
        assert (order.lines[0].sku, len(order.lines)) == ("sku-00000", LINES)
        assert order.lines[1].sku != "sku-00000"


def test_declined_orders_take_nothing() -> None:
    """What was sold and spent is that of the orders that were not declined."""
    orders = Workload().orders(first=0, count=300)
    kept = [order for order in orders if not order.declined]
    assert sum(units_sold(orders=orders).values()) == sum(line.quantity for order in kept for line in order.lines)
    assert sum(money_spent(orders=orders).values()) == sum(order.total for order in kept)
    assert len(kept) < len(orders)


def test_duplicates_are_submitted_twice() -> None:
    """About the asked share of the orders comes twice, each right after its first time."""
    orders = Workload(duplicates=0.2).orders(first=0, count=1_000)
    submitted = list(submissions(orders=orders))
    assert len(submitted) == 1_000 + sum(order.twice for order in orders)
    assert 150 < sum(order.twice for order in orders) < 250
    assert not any(order.twice for order in Workload().orders(first=0, count=100))
