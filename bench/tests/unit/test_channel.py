"""The line that pays through a provider: who pays how, and what the provider must have taken."""

import pytest

from bench.checking import compare_captures
from bench.ours_by_channel import OursByChannel
from bench.workload import Order, Workload

ORDERS = Workload().orders(first=0, count=100)


@pytest.mark.parametrize("order", ORDERS[:20], ids=lambda order: order.key)
def test_who_has_no_money_is_declined_by_the_balance(order: Order) -> None:
    """All others pay by card."""
    assert OursByChannel().channel_of(order=order) == ("balance" if order.declined else "card")


def test_the_provider_has_taken_what_orders_cost() -> None:
    """Nothing is wrong when each completed order was captured once and in full, and no other."""
    captured = {order.order_id: order.total for order in ORDERS if not order.declined}
    assert [] == compare_captures(captured=captured, orders=ORDERS)


def test_another_amount_is_found() -> None:
    """Money that was taken twice, or from who was declined, is said order by order."""
    captured = {order.order_id: order.total for order in ORDERS}
    paid = next(order for order in ORDERS if not order.declined)
    captured[paid.order_id] *= 2
    declined = sum(order.declined for order in ORDERS)
    assert declined > 0
    assert min(5, declined + 1) <= len(compare_captures(captured=captured, orders=ORDERS))
