"""Both loops submit every order once, and count from when it was due."""

import asyncio

import pytest

from bench.loops import closed_loop, open_loop
from bench.workload import Order, Workload


async def test_a_closed_loop_keeps_its_window() -> None:
    """Never more orders are in flight than the window holds, and every order is carried once."""
    orders = Workload().orders(first=0, count=100)
    flying, most, seen = 0, 0, list[str]()

    async def carry(order: Order) -> bool:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        seen.append(order.order_id)
        await asyncio.sleep(0)
        flying -= 1
        return not order.declined

    run = await closed_loop(orders=orders, window=7, carry=carry)
    assert most == 7
    assert sorted(seen) == sorted(order.order_id for order in orders)
    assert (run.completed, run.declined) == (
        sum(not order.declined for order in orders),
        sum(order.declined for order in orders),
    )
    assert len(run.latencies) == run.ended == 100


async def test_an_open_loop_does_not_wait_for_ends() -> None:
    """Orders are submitted though none has ended, and the wait for a stalled system is in every latency."""
    orders = Workload().orders(first=0, count=5)
    all_in, count = asyncio.Event(), 0

    async def carry(_order: Order) -> bool:
        nonlocal count
        count += 1
        if count == len(orders):
            all_in.set()
        await all_in.wait()
        return True

    run = await open_loop(orders=orders, rate=1_000.0, carry=carry)
    assert run.ended == 5
    assert min(run.latencies) >= 0
    assert run.latencies[0] >= 0


async def test_an_order_that_fails_ends_the_run() -> None:
    """A peer that breaks is not measured."""

    async def carry(_order: Order) -> bool:
        raise OSError("gone")

    with pytest.raises(ExceptionGroup):
        await closed_loop(orders=Workload().orders(first=0, count=3), window=2, carry=carry)
