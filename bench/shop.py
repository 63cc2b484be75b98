"""The shop of a peer in PostgreSQL: its tables before the first order, and what must be in them after the last."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import asyncpg

from bench.workload import Order, Workload, money_spent, units_sold

SHOWN = 5
_SCHEMA = Path(__file__).with_name("shop.sql")


async def fill(*, url: str, workload: Workload, more: Iterable[Path] = ()) -> None:
    """Make the tables, put stock and money into them, and refresh the planner's statistics."""
    connection = await asyncpg.connect(url)
    try:
        for schema in (_SCHEMA, *more):
            await connection.execute(schema.read_text(encoding="utf-8"))
        for table, columns, rows in (
            ("stock", ("sku", "units"), workload.stock()),
            ("balances", ("customer", "money"), workload.balances()),
        ):
            await connection.copy_records_to_table(table, columns=columns, records=list(rows.items()))
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def compare(*, url: str, workload: Workload, orders: Sequence[Order]) -> list[str]:
    """Return what is wrong with orders, stock and money, in words."""
    connection = await asyncpg.connect(url)
    try:
        return [
            *_first(await _ends(connection, orders)),
            *_first(await _stock(connection, workload, orders)),
            *_first(await _money(connection, workload, orders)),
        ]
    finally:
        await connection.close()


async def _ends(connection: Any, orders: Sequence[Order]) -> list[str]:
    """Compare each order with its rows, all of them: those that a completed order has, and those of a declined one."""
    rows = await connection.fetch(
        """
        SELECT orders.order_id::text, orders.total, payments.amount AS paid, invoices.total AS invoiced,
            reservations.order_id IS NOT NULL AS reserved, shipments.order_id IS NOT NULL AS shipped,
            cancellations.order_id IS NOT NULL AS cancelled
        FROM orders
        LEFT JOIN reservations USING (order_id) LEFT JOIN payments USING (order_id)
        LEFT JOIN shipments USING (order_id) LEFT JOIN invoices USING (order_id)
        LEFT JOIN cancellations USING (order_id)
        """
    )
    found = {row["order_id"]: tuple(row)[1:] for row in rows}
    wrong = [
        f"order {order.order_id} is {found.get(order.order_id)}, not {_right(order)}"
        for order in orders
        if found.get(order.order_id) != _right(order)
    ]
    if len(found) != len(orders):
        wrong.append(f"{len(orders)} orders were placed, {len(found)} are known")
    return wrong


def _right(order: Order) -> tuple[object, ...]:
    if order.declined:
        return (order.total, None, None, False, False, True)
    return (order.total, order.total, order.total, True, True, False)


async def _stock(connection: Any, workload: Workload, orders: Sequence[Order]) -> list[str]:
    sold = units_sold(orders=orders)
    left = dict(await connection.fetch("SELECT sku, units FROM stock"))
    return [
        f"{sku}: {left.get(sku)} left of {units}, {sold[sku]} sold"
        for sku, units in workload.stock().items()
        if left.get(sku) != units - sold[sku]
    ]


async def _money(connection: Any, workload: Workload, orders: Sequence[Order]) -> list[str]:
    """Compare the balance of each customer, and balances with invoices altogether."""
    spent, before = money_spent(orders=orders), workload.balances()
    left = dict(await connection.fetch("SELECT customer, money FROM balances"))
    invoiced = await connection.fetchval("SELECT coalesce(sum(total), 0)::bigint FROM invoices")
    wrong = [
        f"{customer} has {left.get(customer)} of {money}, and spent {spent[customer]}"
        for customer, money in before.items()
        if left.get(customer) != money - spent[customer]
    ]
    if sum(left.values()) + invoiced != sum(before.values()):
        wrong.append(f"balances {sum(left.values())} and invoices {invoiced} are not {sum(before.values())}")
    return wrong


def _first(wrong: Sequence[str]) -> list[str]:
    return [*wrong[:SHOWN], *([f"and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else [])]
