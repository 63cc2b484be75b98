from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from chassis.http import Queries
from chassis.poured import poured
from chassis.statements import read_statements
from chassis.store.postgres import PostgresStore
from chassis.testing import MONDAY, refused_statements
from embedded.templates import Database
from order.domain.exceptions import ExceptionState
from order.domain.lifecycle import State
from order.domain.order import ENTRY, ORDER, TERMS, Entry
from order.domain.profiles import ProfileName
from order.domain.reference import (
    ACCOUNT,
    COVERAGE,
    FREIGHT,
    MERCHANT,
    OFFER,
    PRODUCT,
    WAREHOUSE,
    Coverage,
    Warehouse,
    Zone,
)
from order.domain.timeline import broken_at
from order.repository import TABLES
from services.order.tests.basket import CUSTOMER, DAY, ID, cancel, coupon, line, place
from services.order.tests.examples import Shop
from services.order.tests.words import dispatched, intercepted, packed, refused

NORTH = Warehouse(warehouse_id="north", zones=(Zone(region="r1"),), classes=("cold", "ambient"))
SOUTH = Warehouse(warehouse_id="south", zones=(Zone(region="r1"), Zone(region="r2")), classes=("ambient",))


@pytest.fixture
def story() -> Shop:
    """An order with everything that an order can hold: parts, refunds, sagas, a lock, a long history."""
    shop = Shop()
    shop.confirmed(place(line("tea", 2), line("lamp"), line("milk"), tenders=(coupon(100),)))
    shop.say(packed(1), dispatched(1), refused(1), cancel(), intercepted("cancellation-1", 2, late=(3,)))
    return shop


@pytest.fixture
async def queries(story: Shop, database: Database) -> AsyncIterator[Queries]:
    async with poured(bench=story.bench, tables=TABLES, package="order", url=database.url) as queries:
        yield queries


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner_url)
    yield connection
    await connection.close()


async def test_every_statement_prepares(pool: asyncpg.Pool) -> None:
    """Each statement of queries.sql is right on the migrated schema."""
    async with pool.acquire() as connection:
        statements = read_statements(package="order")
        assert {} == await refused_statements(connection=connection, statements=statements)


async def test_an_order_comes_back_as_it_was(queries: Queries, pool: asyncpg.Pool, story: Shop) -> None:
    """Order, terms and history are loaded as they were saved, and the chain of the history holds."""
    store = PostgresStore(pool=pool, queries=queries.statements, tables=TABLES)
    loaded = await store.load(refs=[(ORDER, ID), (TERMS, ID)])
    assert story.order == loaded[ORDER, ID].aggregate
    assert story.terms == loaded[TERMS, ID].aggregate
    entries = [Entry(**row) for row in await queries.fetch("show_timeline", ID)]
    assert story.bench.rows(ENTRY) == entries
    assert None is broken_at(entries=entries)


async def test_a_changed_history_is_found(queries: Queries, owner: asyncpg.Connection) -> None:
    """A row that was tampered with breaks the chain at its number."""
    await owner.execute("UPDATE entries SET why = 'nothing' WHERE number = 3")
    assert 3 == broken_at(entries=[Entry(**row) for row in await queries.fetch("show_timeline", ID)])


async def test_reference_data_keeps_the_newest(store: PostgresStore) -> None:
    """Each feed stores its values, and a lower sequence changes nothing."""
    shop = Shop()
    for kind in (PRODUCT, MERCHANT, OFFER, FREIGHT, ACCOUNT):
        given = {key: stored.aggregate for (of, key), stored in shop.bench.store.aggregates.items() if of is kind}
        assert len(given) == await store.feed(kind=kind, items=[(key, 5, each) for key, each in given.items()])
        assert 0 == await store.feed(kind=kind, items=[(key, 4, each) for key, each in given.items()])
        loaded = await store.load(refs=[(kind, key) for key in given])
        assert given == {key: stored.aggregate for (_, key), stored in loaded.items()}


async def test_coverage_is_looked_up_in_warehouses(store: PostgresStore) -> None:
    """A region is covered by the classes of all warehouses that reach it; others are not covered at all."""
    await store.feed(kind=WAREHOUSE, items=[("north", 1, NORTH), ("south", 1, SOUTH)])
    loaded = await store.load(refs=[(COVERAGE, "r1"), (COVERAGE, "r2"), (COVERAGE, "r3")])
    assert {
        (COVERAGE, "r1"): Coverage(region="r1", classes=("ambient", "cold")),
        (COVERAGE, "r2"): Coverage(region="r2", classes=("ambient",)),
    } == {ref: stored.aggregate for ref, stored in loaded.items()}


@pytest.mark.parametrize(
    "table, column, names",
    [("orders", "state", State), ("orders", "profile", ProfileName), ("exceptions", "state", ExceptionState)],
)
async def test_checks_are_the_enums(pool: asyncpg.Pool, table: str, column: str, names: Any) -> None:
    """The CHECK of each state column allows exactly what the code knows."""
    found = await pool.fetchval(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1", f"{table}_{column}_check"
    )
    assert {each.value for each in names} == set(re.findall(r"'([a-z_]+)'", found))


async def test_lists_and_sagas_are_shown(queries: Queries) -> None:
    """An order stands in its customer's list, and its running sagas in the operator's."""
    listed = await queries.fetch("list_orders", CUSTOMER, MONDAY + DAY, "", 10)
    assert [ID] == [row["order_id"] for row in listed]
    running = {row["saga"]: row["step"] for row in await queries.fetch("list_sagas")}
    assert {"cancellation-1": "refund", "closing-1": "graded", "invoicing-1": "issue_invoice"} == running
    shown = {row["saga"]: row for row in await queries.fetch("show_sagas", ID)}
    assert ("done", "forward") == (shown["checkout"]["phase"], shown["closing-1"]["phase"])
    assert "graded" == shown["closing-1"]["plan"][0] == shown["closing-1"]["step"]


async def test_an_archived_order_is_audited_and_not_listed(queries: Queries, owner: asyncpg.Connection) -> None:
    """An order that is too old to show is in no list any more, and the auditor still sees it (L12)."""
    await owner.execute("UPDATE orders SET state = 'expired'")
    assert [] == await queries.fetch("list_orders", CUSTOMER, MONDAY + DAY, "", 10)
    assert [ID] == [row["order_id"] for row in await queries.fetch("audit_orders", "", 10)]


async def test_a_transition_changes_no_index_of_orders(queries: Queries, owner: asyncpg.Connection) -> None:
    """The next version of an order with the same sagas under way is written next to it, and into no index."""
    (saved,) = await owner.fetch("SELECT * FROM orders")
    save = next(each.sql for each in queries.statements.described() if each.name == "save_orders")
    later = {**saved, "version": saved["version"] + 1, "since": saved["since"] + DAY, "state": State.CLOSING.value}
    await owner.execute(save, *([value] for value in later.values()))
    await owner.execute("SELECT pg_stat_force_next_flush()")
    counts = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'orders'"
    seen = await owner.fetchrow(counts)
    assert seen is not None
    assert (1, 1) == tuple(seen)


async def test_running_sagas_are_found_by_their_index(queries: Queries, owner: asyncpg.Connection) -> None:
    """The list of sagas for operators can be read without reading all orders."""
    sql = next(each.sql for each in queries.statements.described() if each.name == "list_sagas")
    await owner.execute("SET enable_seqscan = off")
    plan = "\n".join(row[0] for row in await owner.fetch(f"EXPLAIN {sql}"))
    assert "orders_running_idx" in plan
