from datetime import timedelta

import asyncpg

from chassis.decision import Append, Save
from chassis.message import shard_of
from chassis.statements import read_statements
from chassis.store.postgres import PostgresStore
from chassis.store.values import Changes, Loaded, Saved, Write
from chassis.testing import MONDAY, refused_statements
from contracts.topics import PARTITIONS
from inventory.domain.carving import Piece, Wanted
from inventory.domain.catalog import Coverage, Warehouse, Zone, coverage
from inventory.domain.kinds import (
    COVERAGE,
    MOVEMENT,
    PRODUCT,
    RECEIPT,
    RESERVATION,
    STOCK,
    TAKEN,
    WAREHOUSE,
    Receipt,
    Taken,
    taken_key,
)
from inventory.domain.reservation import Allocation, Reservation, ReservationState, ReservedLine
from inventory.domain.sourcing import Alternative, Shortage
from inventory.domain.stock import EFFECTS, HoldMinute, Movement, MovementKind, SkuStock, Stock
from inventory.gateway import CounterBooks
from services.inventory.tests.examples import FISH, NORTH, ORDER, SOUTH, TEA

RESERVATIONS = (
    Reservation(
        order_id=ORDER,
        customer_id="c1",
        region="r1",
        state=ReservationState.HELD,
        lines=(ReservedLine(Wanted("l1", "tea", 3, 250, "m1", "ambient"), at_payment=True, low_stock=2, cap=9),),
        allocations=(Allocation("l1", "tea", "north", 3, taken=False, released=1),),
        hold_until=MONDAY + timedelta(seconds=90),
        ends=MONDAY + timedelta(minutes=2),
        cost=650,
        alternatives=(Alternative(("south",), 1_050, "costs 400 more"),),
        releases={"part": (Piece("l1", "tea", "north", 1),)},
        restocks={"back": (1, 0)},
        shipments=("dispatch:d1",),
    ),
    Reservation(
        order_id="other",
        customer_id="c2",
        region="r1",
        state=ReservationState.REFUSED,
        reason="out_of_stock",
        short=(Shortage("l1", "tea", 3, 1, "out_of_stock"),),
    ),
)


async def save(store: PostgresStore, *saves: Save, rows: tuple[Append, ...] = ()) -> None:
    """Write these aggregates as new ones, or over what the locks return."""
    locks = tuple((each.kind, each.key) for each in saves if each.kind.shared)

    def decide(locked: Loaded) -> Changes:
        found = {ref: stored.aggregate for ref, stored in locked.items()}
        saved = (Saved(each.kind, each.key, 1, found.get((each.kind, each.key)), each.aggregate) for each in saves)
        return Changes(now=MONDAY, saves=tuple(saved), rows=rows)

    await store.write(write=Write(fence={0: 1}, locks=locks, decide=decide))


async def locked(store: PostgresStore, *refs: tuple[object, str]) -> Loaded:
    """Return shared aggregates as a lock returns them."""
    seen: list[Loaded] = []

    def look(found: Loaded) -> Changes:
        seen.append(found)
        return Changes(now=MONDAY)

    await store.write(write=Write(fence={0: 1}, locks=tuple(refs), decide=look))  # type: ignore[arg-type]  # kinds of any aggregate
    return seen[0]


async def test_every_statement_fits_the_schema(pool: asyncpg.Pool) -> None:
    """Every statement of inventory can be prepared on the migrated schema."""
    async with pool.acquire() as connection:
        assert {} == await refused_statements(connection=connection, statements=read_statements(package="inventory"))


async def test_reservations_come_back_as_they_were(store: PostgresStore) -> None:
    """A reservation that is stored loads as the same value."""
    await save(store, *(Save(RESERVATION, each.order_id, each) for each in RESERVATIONS))
    loaded = await store.load(refs=[(RESERVATION, each.order_id) for each in RESERVATIONS])
    assert list(RESERVATIONS) == [loaded[RESERVATION, each.order_id].aggregate for each in RESERVATIONS]


async def test_receipts_come_back_as_they_were(store: PostgresStore) -> None:
    """A receipt that is stored loads as the same value."""
    receipt = Receipt("receipt-1", "tea", "north", 5, 15)
    await save(store, Save(RECEIPT, "receipt-1", receipt))
    assert receipt == (await store.load(refs=[(RECEIPT, "receipt-1")]))[RECEIPT, "receipt-1"].aggregate


async def test_stock_comes_back_as_it_was(store: PostgresStore) -> None:
    """All rows of a sku, with holds, safety and what was swept, load as the same value, before and after a change."""
    north = Stock("north", 10, 3, 2, 1, holds=(HoldMinute(MONDAY + timedelta(minutes=1), 3),), swept=MONDAY)
    for rows in ((north, Stock("south", on_hand=4)), (Stock("north", 9, 1, 0, 2, swept=MONDAY), Stock("south", 5))):
        stock = SkuStock("tea", rows=rows)
        await save(store, Save(STOCK, "tea", stock))
        assert stock == (await locked(store, (STOCK, "tea")))[STOCK, "tea"].aggregate


async def test_counters_of_customers_come_back_as_they_were(store: PostgresStore) -> None:
    """A customer's counter loads as the same value, before and after a change."""
    key = taken_key(customer_id="c1", sku="tea")
    for quantity in (3, 1):
        await save(store, Save(TAKEN, key, Taken("c1", "tea", quantity)))
        assert Taken("c1", "tea", quantity) == (await locked(store, (TAKEN, key)))[TAKEN, key].aggregate


async def test_the_newest_word_of_a_feed_counts(store: PostgresStore) -> None:
    """A product with a higher sequence replaces the one with a lower, and is not replaced by it."""
    assert 2 == await store.feed(kind=PRODUCT, items=[("tea", 2, TEA), ("fish", 1, FISH)])
    assert 0 == await store.feed(kind=PRODUCT, items=[("tea", 1, FISH)])
    assert TEA == (await store.load(refs=[(PRODUCT, "tea")]))[PRODUCT, "tea"].aggregate


async def test_the_coverage_of_a_region_is_looked_up_in_the_feed(store: PostgresStore) -> None:
    """The database finds the warehouses of a region as the domain does, and none for a region that nobody reaches."""
    far = Warehouse("far", zones=(Zone("r2", 1, 2), Zone("r1", 3, 4)), classes=("dry",), packaging=5)
    warehouses = (NORTH, SOUTH, far)
    await store.feed(kind=WAREHOUSE, items=[(each.warehouse_id, 1, each) for each in warehouses])
    found = await store.load(refs=[(COVERAGE, region) for region in ("r1", "r2", "moon")])
    expected: dict[str, Coverage | None] = {
        region: coverage(region=region, warehouses=warehouses) for region in ("r1", "r2")
    }
    assert expected == {key: stored.aggregate for (_, key), stored in found.items()}


async def test_the_code_and_the_schema_name_the_same_states(pool: asyncpg.Pool) -> None:
    """The CHECK of reservations allows exactly the states of the code."""
    assert {each.value for each in ReservationState} == await _allowed(pool, "reservations_state_check")


async def test_the_code_and_the_schema_agree_about_movements(pool: asyncpg.Pool) -> None:
    """The CHECK and the table of effects name the kinds of the code, with the same effects."""
    assert {each.value for each in MovementKind} == await _allowed(pool, "movements_kind_check")
    found = await pool.fetch("SELECT kind, on_hand, reserved, written_off FROM movement_kinds")
    expected = {(kind.value, effect.on_hand, effect.reserved, effect.written_off) for kind, effect in EFFECTS.items()}
    assert expected == {tuple(row) for row in found}


async def test_the_first_check_of_the_counters_waits_for_its_owner(pool: asyncpg.Pool) -> None:
    """The migration sets the first check, in the shard of its key."""
    (row,) = await pool.fetch("SELECT shard, key FROM tasks WHERE id = 'check-counters'")
    assert shard_of(row["key"], PARTITIONS) == row["shard"]


async def test_drifted_counters_are_found_and_rebuilt(
    store: PostgresStore, pool: asyncpg.Pool, database: object
) -> None:
    """A counter that is not what its movements add up to is reported, and set right by a rebuild."""
    moves = (
        Movement(MovementKind.RECEIVE, "tea", "north", "receive:1", "", 7, MONDAY),
        Movement(MovementKind.RESERVE, "tea", "north", "reserve:1", ORDER, 2, MONDAY),
    )
    rows = tuple(Append(MOVEMENT, each, unique=each.unique) for each in moves)
    right = SkuStock("tea", rows=(Stock("north", on_hand=7, reserved=2),))
    await save(store, Save(STOCK, "tea", right), rows=rows)
    books = CounterBooks(url=str(getattr(database, "url", "")))
    assert [] == await books.check(rebuild=False)
    await pool.execute("UPDATE stock SET reserved = 5")
    (drift,) = await books.check(rebuild=True)
    assert ("tea", "north", 5, 2) == (
        drift["sku"],
        drift["warehouse_id"],
        drift["reserved"],
        drift["moved_reserved"],
    )
    assert ([], right) == (
        await books.check(rebuild=False),
        (await locked(store, (STOCK, "tea")))[STOCK, "tea"].aggregate,
    )


async def _allowed(pool: asyncpg.Pool, constraint: str) -> set[str]:
    text = await pool.fetchval("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1", constraint)
    return {part for number, part in enumerate(text.split("'")) if number % 2}
