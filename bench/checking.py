"""What our services must say of stock and money after the orders of a run, asked through their own reads."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bench.workload import Order, Workload, money_spent, units_sold
from simulators.demo.books import PAGE, Clerk

SHOWN = 5
_CUSTOMERS_ASKED = 300


async def compare(*, clerk: Clerk, workload: Workload, orders: Sequence[Order], from_balance: bool = True) -> list[str]:
    """Return what is wrong, in words; without `from_balance` the orders must have left the balances alone."""
    return [
        *_lost(await _facts(clerk, "order"), await _facts(clerk, "billing"), orders),
        *await _stock(clerk, workload, orders),
        *await _money(clerk, workload, orders, money_spent(orders=orders if from_balance else ())),
    ]


def _lost(
    known: Mapping[str, Mapping[str, Any]], billed: Mapping[str, Mapping[str, Any]], orders: Sequence[Order]
) -> list[str]:
    wrong = []
    for order in orders:
        invoiced = billed.get(order.order_id, {}).get("invoiced", 0)
        state = known.get(order.order_id, {}).get("state", "unknown")
        if invoiced != (0 if order.declined else order.total) or order.declined != (state == "cancelled"):
            wrong.append(f"order {order.order_id} is {state}, invoiced {invoiced} of {order.total}")
    if len(known) != len(orders):
        wrong.append(f"{len(orders)} orders were placed, {len(known)} are known")
    return _first(wrong)


async def _stock(clerk: Clerk, workload: Workload, orders: Sequence[Order]) -> list[str]:
    """Compare sku by sku: what was sold has left the shelf, what was given back is free again."""
    holdings, sold = await clerk.holdings(), units_sold(orders=orders)
    return _first(
        [
            f"{sku}: {holdings.on_hand[sku]} on hand, {holdings.reserved[sku]} reserved, {sold[sku]} of {units} sold"
            for sku, units in workload.stock().items()
            if (holdings.on_hand[sku], holdings.reserved[sku]) != (units - sold[sku], 0)
        ]
    )


async def _money(clerk: Clerk, workload: Workload, orders: Sequence[Order], spent: Counter[str]) -> list[str]:
    """Compare the sum of all balances by the ledger, and the balances of some customers one by one."""
    balances = workload.balances()
    wrong = []
    for customer in sorted({order.customer for order in orders})[:_CUSTOMERS_ASKED]:
        found = sum(row["amount"] for row in await clerk.ask(service="payment", path=f"/customers/{customer}/balances"))
        if found != balances[customer] - spent[customer]:
            wrong.append(f"{customer} has {found} of {balances[customer]}, and spent {spent[customer]}")
    accounts = (await clerk.holdings()).accounts
    prepaid, due = -accounts["CUSTOMER_PREPAID"], sum(balances.values()) - sum(spent.values())
    if prepaid != due:
        wrong.append(f"the ledger holds {prepaid} for customers, not {due}")
    return _first(wrong)


def _first(wrong: Sequence[str]) -> list[str]:
    more = [f"and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []
    return [*wrong[:SHOWN], *more]


async def _facts(clerk: Clerk, service: str) -> Mapping[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    after = ""
    while page := await clerk.ask(service=service, path="/audit/orders", after=after, limit=PAGE):
        found |= {row["order_id"]: row["facts"] for row in page}
        after = page[-1]["order_id"]
    return found


def tally(*, orders: Sequence[Order]) -> Counter[str]:
    """Return how many orders must be completed, and how many declined."""
    return Counter("declined" if order.declined else "completed" for order in orders)


def compare_captures(*, captured: Mapping[str, int], orders: Sequence[Order]) -> list[str]:
    """Return where the provider's own record says other amounts than those of the orders that were completed."""
    due = {order.order_id: 0 if order.declined else order.total for order in orders}
    return _first(
        [
            f"order {each}: the provider took {captured.get(each, 0)} of {due[each]}"
            for each in due
            if due[each] != captured.get(each, 0)
        ]
    )
