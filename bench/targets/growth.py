"""What an order costs in databases with many finished orders, beside empty ones: two houses, in turns."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg
import httpx

from bench.house import database_urls
from bench.ours import Ours, opened
from bench.targets.multiplying import Sample, multiply, stored_bytes
from bench.targets.slices import Row, Session, Slice, carry_slice, print_slices
from bench.workload import Order, money_spent, units_sold
from simulators.demo.books import Clerk, Holdings

SHOWN = 5


async def measure_growth(*, session: Session, finished: int) -> list[str]:
    """Print a row for empty and one for full databases, and return what is wrong with the books of either."""
    plan, say = session.plan, session.say
    say("starting two houses")
    async with opened(workload=plan.workload) as empty, opened(workload=plan.workload) as full:
        empty_row, full_row = Row(), Row()
        await _warm(session, empty, empty_row)
        before = await _grown(session, full, full_row, finished)
        size = await stored_bytes(house=full.house)
        placed = len(full_row.taken)
        slices: defaultdict[str, list[Slice]] = defaultdict(list)
        turns = (("empty", empty, empty_row), (f"{finished:,} finished", full, full_row))
        for _, ours, row in turns:
            await _warm(session, ours, row)
        for number in range(session.rounds):
            for name, ours, row in turns if number % 2 == 0 else turns[::-1]:
                say(f"round {number + 1} of {session.rounds}: {name}")
                orders = row.take(workload=plan.workload, count=plan.orders)
                slices[name].append(await carry_slice(ours=ours, orders=orders, window=plan.window))
        say("verifying")
        wrong = [f"empty: {words}" for words in await empty.verify(orders=empty_row.taken)]
        wrong += [f"full: {words}" for words in await _compare(full, full_row.taken[placed:], before)]
    print_slices(title="the same orders on databases with a past", slices=slices, console=session.console)
    session.console.print(f"the five full databases hold {size / 1e9:,.1f} GB", highlight=False)
    return wrong


async def _warm(session: Session, ours: Ours, row: Row) -> None:
    session.say("warming up")
    orders = row.take(workload=session.plan.workload, count=session.plan.orders // 2)
    await carry_slice(ours=ours, orders=orders, window=session.plan.window)


async def _grown(session: Session, ours: Ours, row: Row, finished: int) -> Holdings:
    """Carry some orders, check their books, copy them until there are so many, and return what there is then."""
    since = datetime.now(UTC)
    await _warm(session, ours, row)
    if wrong := await ours.verify(orders=row.taken):
        raise RuntimeError(f"what is to be copied is wrong: {wrong}")
    sample = Sample(order_ids=[order.order_id for order in row.taken], since=since)
    await multiply(house=ours.house, sample=sample, copies=max(1, finished // len(row.taken)), say=session.say)
    return await _holdings(ours)


async def _holdings(ours: Ours) -> Holdings:
    async with httpx.AsyncClient() as client:
        return await Clerk(addresses=ours.house.addresses, client=client).holdings()


async def _compare(ours: Ours, orders: Sequence[Order], before: Holdings) -> list[str]:
    """Compare the orders one by one, and what has become of stock and money since: not all that there is."""
    urls = database_urls(house=ours.house)
    ids = [order.order_id for order in orders]
    states = await _by_order(urls["order"], "SELECT order_id, state FROM orders WHERE order_id = ANY($1)", ids)
    bills = "SELECT order_id, sum(invoiced)::bigint FROM bills WHERE order_id = ANY($1) GROUP BY order_id"
    invoiced = await _by_order(urls["billing"], bills, ids)
    wrong = []
    for order in orders:
        state, total = states.get(order.order_id, "unknown"), invoiced.get(order.order_id, 0)
        if total != (0 if order.declined else order.total) or order.declined != (state == "cancelled"):
            wrong.append(f"order {order.order_id} is {state}, invoiced {total} of {order.total}")
    return [*wrong[:SHOWN], *compare_holdings(before=before, after=await _holdings(ours), orders=orders)]


async def _by_order(url: str, statement: str, ids: Sequence[str]) -> dict[str, object]:
    connection = await asyncpg.connect(url)
    try:
        return {row[0]: row[1] for row in await connection.fetch(statement, ids)}
    finally:
        await connection.close()


def compare_holdings(*, before: Holdings, after: Holdings, orders: Sequence[Order]) -> list[str]:
    """Return where stock or prepaid money changed by anything but these orders."""
    wrong = []
    gone = Counter({sku: before.on_hand[sku] - after.on_hand[sku] for sku in before.on_hand})
    if +gone != units_sold(orders=orders) or -gone or +after.reserved:
        wrong.append(f"{sum(gone.values())} units are gone, {units_sold(orders=orders).total()} were sold")
    paid = after.accounts["CUSTOMER_PREPAID"] - before.accounts["CUSTOMER_PREPAID"]
    if paid != money_spent(orders=orders).total():
        wrong.append(f"the ledger took {paid} from customers, who spent {money_spent(orders=orders).total()}")
    return wrong
