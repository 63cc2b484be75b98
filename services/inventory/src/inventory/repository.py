"""How the kinds of inventory are bound to the statements of queries.sql."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chassis.tables import DatabaseRow, Lookup, RowTable, SharedTable, Table, Tables
from inventory.domain.catalog import coverage
from inventory.domain.counters import CounterCheck
from inventory.domain.kinds import (
    COUNTER_CHECK,
    COVERAGE,
    MOVEMENT,
    PRODUCT,
    RECEIPT,
    RESERVATION,
    STOCK,
    TAKEN,
    WAREHOUSE,
    Taken,
    taken_key,
)
from inventory.domain.reservation import Reservation, ReservationState
from inventory.domain.stock import HoldMinute, Movement, SkuStock, Stock


def _stock_of(rows: Sequence[DatabaseRow]) -> Mapping[str, SkuStock]:
    by_sku: dict[str, list[Stock]] = {}
    for row in rows:
        by_sku.setdefault(row["sku"], []).append(_stock(row))
    return {sku: SkuStock(sku=sku, rows=tuple(found)) for sku, found in by_sku.items()}


def _stock(row: DatabaseRow) -> Stock:
    return Stock(
        warehouse_id=row["warehouse_id"],
        on_hand=row["on_hand"],
        reserved=row["reserved"],
        safety=row["safety"],
        written_off=row["written_off"],
        holds=_holds(row["holds"]),
        swept=row["swept"],
    )


def _holds(text: str) -> tuple[HoldMinute, ...]:
    found = json.loads(text)
    minutes = (HoldMinute(ends=datetime.fromisoformat(ends), quantity=units) for ends, units in found.items())
    return tuple(sorted(minutes, key=lambda minute: minute.ends))


def _stock_changes(before: SkuStock | None, after: SkuStock) -> list[tuple[Any, ...]]:
    old = before or SkuStock(sku=after.sku)
    pairs = [(old.row(warehouse_id=row.warehouse_id), row) for row in after.rows]
    return [(after.sku, *_change(was, now)) for was, now in pairs if was != now]


def _change(was: Stock, now: Stock) -> tuple[Any, ...]:
    holds = {each.ends.isoformat(): each.quantity for each in now.holds}
    return (
        now.warehouse_id,
        now.on_hand - was.on_hand,
        now.reserved - was.reserved,
        now.written_off - was.written_off,
        None if now.safety == was.safety else now.safety,
        None if now.holds == was.holds else json.dumps(holds),
        now.swept,
    )


def _whole(stock: SkuStock) -> bool:
    return all(0 <= row.reserved <= row.on_hand and row.safety >= 0 and row.written_off >= 0 for row in stock.rows)


def _counted(taken: Taken) -> bool:
    return taken.quantity >= 0


def _taken_of(rows: Sequence[DatabaseRow]) -> Mapping[str, Taken]:
    return {row["key"]: Taken(row["customer_id"], row["sku"], row["quantity"]) for row in rows}


def _taken_change(before: Taken | None, after: Taken) -> list[tuple[Any, ...]]:
    key = taken_key(customer_id=after.customer_id, sku=after.sku)
    return [(key, after.customer_id, after.sku, after.quantity - (before.quantity if before else 0))]


def _reservation_columns(reservation: Reservation) -> tuple[Any, ...]:
    return (reservation.state.value, reservation.customer_id, reservation.ends)


def _only_a_hold_ends(reservation: Reservation) -> bool:
    return (reservation.state is ReservationState.HELD) == (reservation.ends is not None)


def _moved(movements: Sequence[Movement]) -> bool:
    return all(movement.quantity > 0 for movement in movements)


def _movement_columns(movement: Movement) -> tuple[Any, ...]:
    return (
        movement.cause,
        movement.kind.value,
        movement.sku,
        movement.warehouse_id,
        movement.order_id,
        movement.quantity,
        movement.at,
    )


def _check_columns(check: CounterCheck) -> tuple[Any, ...]:
    return (check.checked_at, json.dumps(list(check.drifts)))


TABLES = Tables(
    SharedTable(
        kind=STOCK, load="lock_stock", save="change_stock", make=_stock_of, change=_stock_changes, holds=_whole
    ),
    SharedTable(
        kind=TAKEN, load="lock_taken", save="change_taken", make=_taken_of, change=_taken_change, holds=_counted
    ),
    Table(
        kind=RESERVATION,
        load="load_reservations",
        save="save_reservations",
        row=_reservation_columns,
        holds=_only_a_hold_ends,
    ),
    Table(kind=RECEIPT, load="load_receipts", save="save_receipts"),
    RowTable(kind=MOVEMENT, insert="insert_movements", row=_movement_columns, holds=_moved),
    RowTable(kind=COUNTER_CHECK, insert="insert_counter_checks", row=_check_columns),
    Table(kind=PRODUCT, load="load_products", save="save_products"),
    Table(kind=WAREHOUSE, load="load_warehouses", save="save_warehouses"),
    Lookup(
        kind=COVERAGE,
        load="load_coverage",
        of=WAREHOUSE,
        make=lambda region, found: coverage(region=region, warehouses=tuple(found)),
    ),
)
