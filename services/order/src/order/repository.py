"""How the kinds of the order service are bound to the statements of queries.sql."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.tables import Lookup, RowTable, Table, Tables
from order.domain.exceptions import EXCEPTION, LAST_AUDIT, AuditException
from order.domain.order import ENTRY, ORDER, TERMS, Entry, Order
from order.domain.reference import ACCOUNT, COVERAGE, FREIGHT, MERCHANT, OFFER, PRODUCT, WAREHOUSE, coverage


def _order_columns(order: Order) -> tuple[Any, ...]:
    return (
        order.customer_id,
        order.profile.value,
        order.state.value,
        order.since,
        order.placed_at,
        any(saga.running for saga in order.sagas.values()),
        any(saga.stuck for saga in order.sagas.values()),
    )


def _entry_columns(entry: Entry) -> tuple[Any, ...]:
    return (
        entry.order_id,
        entry.number,
        entry.at,
        entry.what,
        entry.state_from,
        entry.state_to,
        entry.who,
        entry.why,
        entry.message_id,
        entry.previous,
        entry.hash,
    )


def _stuck_while_running(order: Order) -> bool:
    sagas = order.sagas.values()
    return any(saga.running for saga in sagas) or not any(saga.stuck for saga in sagas)


def _chained(entries: Sequence[Entry]) -> bool:
    return all(entry.number > 0 and (entry.number == 1) == (not entry.previous) for entry in entries)


def _exception_columns(exception: AuditException) -> tuple[Any, ...]:
    return exception.state.value, exception.opened_at


TABLES = Tables(
    Table(kind=ORDER, load="load_orders", save="save_orders", row=_order_columns, holds=_stuck_while_running),
    Table(kind=TERMS, load="load_terms", save="save_terms"),
    RowTable(kind=ENTRY, insert="insert_entries", row=_entry_columns, holds=_chained),
    Table(kind=EXCEPTION, load="load_exceptions", save="save_exceptions", row=_exception_columns),
    Table(kind=LAST_AUDIT, load="load_last_audits", save="save_last_audits"),
    Table(kind=PRODUCT, load="load_products", save="save_products"),
    Table(kind=MERCHANT, load="load_merchants", save="save_merchants"),
    Table(kind=OFFER, load="load_offers", save="save_offers"),
    Table(kind=WAREHOUSE, load="load_warehouses", save="save_warehouses"),
    Lookup(
        kind=COVERAGE,
        load="load_coverage",
        of=WAREHOUSE,
        make=lambda region, found: coverage(region=region, warehouses=found),
    ),
    Table(kind=FREIGHT, load="load_freight_tariffs", save="save_freight_tariffs"),
    Table(kind=ACCOUNT, load="load_accounts", save="save_accounts"),
)
