import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from examples import HELD, NOW, changed, handled, receipt, said, saved, task, write
from toy import service as toy

from chassis.decision import Append
from chassis.statements import read_statements
from chassis.store.errors import BadData, DayMissing, Fenced, Unavailable, VersionConflict
from chassis.store.pool import open_pool
from chassis.store.postgres import PostgresStore
from chassis.store.values import Changes, Finished, Loaded, Write
from chassis.testing import refused_statements
from embedded.eventually import eventually
from embedded.templates import Database

Fetch = Callable[..., Coroutine[Any, Any, list[Mapping[str, Any]]]]


@pytest.fixture
async def other(database: Database) -> Any:
    """A store of another process on the same database."""
    pool = await open_pool(url=database.url, size=2, application="other")
    yield PostgresStore(pool=pool, queries=read_statements(package="toy"), tables=toy.TABLES)
    await pool.close()


async def test_every_statement_fits_the_schema(pool: asyncpg.Pool) -> None:
    """Every statement of the chassis and of the toy service can be prepared on the migrated schema."""
    async with pool.acquire() as connection:
        own = read_statements(package="chassis", name="chassis.sql")
        # It reads the part of the same statement that stands before it.
        assert list(await refused_statements(connection=connection, statements=own)) == ["point_out"]
        assert await refused_statements(connection=connection, statements=read_statements(package="toy")) == {}


async def test_a_new_owner_waits_for_an_open_write(
    owned: PostgresStore, other: PostgresStore, admin: Fetch, database: Database
) -> None:
    """The epoch is not raised while a write stands on it, and the next write of the old owner is fenced."""
    connection = await asyncpg.connect(database.url)
    transaction = connection.transaction()
    await transaction.start()
    await owned._writing.fence(connection, {0: 1})
    raising = asyncio.create_task(other.raise_epoch(shard=0))
    await blocked(admin)
    assert not raising.done()
    await transaction.rollback()
    assert await raising == 2
    await connection.close()
    with pytest.raises(Fenced):
        await write(owned, inbox=(handled("m1"),))


async def test_a_write_waits_for_a_new_owner_and_is_fenced(
    owned: PostgresStore, other: PostgresStore, admin: Fetch, database: Database
) -> None:
    """A write that has begun when its shard is being taken waits for the outcome, and leaves nothing of what it did."""
    connection = await asyncpg.connect(database.url)
    async with connection.transaction():
        await connection.execute("UPDATE owners SET epoch = epoch + 1 WHERE shard = 1")
        waiting = asyncio.create_task(write(other, saves=(saved(HELD),), inbox=(handled("m1"),)))
        await blocked(admin)
    with pytest.raises(Fenced) as caught:
        await waiting
    await connection.close()
    assert caught.value.shards == {1}
    assert await other.load(refs=[(toy.BOOKING, HELD.booking_id)]) == {}
    assert await other.known(message_ids=["m1"]) == {}


async def test_an_epoch_is_not_waited_for_for_ever(
    owned: PostgresStore, other: PostgresStore, database: Database
) -> None:
    """Raising an epoch gives up after a bounded wait and can be tried again."""
    connection = await asyncpg.connect(database.url)
    transaction = connection.transaction()
    await transaction.start()
    await owned._writing.fence(connection, {0: 1})
    with pytest.raises(Unavailable):
        await other.raise_epoch(shard=0)
    await transaction.rollback()
    await connection.close()
    assert await other.raise_epoch(shard=0) == 2


async def blocked(admin: Fetch) -> None:
    sql = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'other'"
    await eventually(lambda: admin(sql), every=0.01)


async def test_two_owners_take_from_one_row_in_turn(owned: PostgresStore, other: PostgresStore) -> None:
    """Concurrent writes of two processes on one shared row lose no change, and the last seats are given once."""
    await write(owned, saves=(changed(None, toy.Show("hamlet", 30)),))

    def take(locked: Loaded) -> Changes:
        show = locked[toy.SHOW, "hamlet"].aggregate
        if show.free < 2:
            return Changes(now=NOW)
        return Changes(now=NOW, saves=(changed(show, replace(show, free=show.free - 2)),))

    one = Write(fence={0: 1}, locks=((toy.SHOW, "hamlet"),), decide=take)
    two = replace(one, fence={1: 1})
    takes = [each.write(write=plan) for _ in range(10) for each, plan in ((owned, one), (other, two))]
    written = await asyncio.gather(*takes)
    assert sum(len(each.changes.saves) for each in written) == 15


async def test_a_check_guards_shared_rows(owned: PostgresStore) -> None:
    """A change that the CHECK forbids is bad data and names the constraint, not the values."""
    await write(owned, saves=(changed(None, toy.Show("hamlet", 1)),))
    with pytest.raises(BadData) as caught:
        await write(owned, saves=(changed(toy.Show("hamlet", 5), toy.Show("hamlet", 2)),))
    assert str(caught.value) == "CheckViolationError: shows: shows_free_check"


async def test_a_row_added_by_two_owners_is_decided_again(
    owned: PostgresStore, other: PostgresStore, admin: Fetch, database: Database
) -> None:
    """A shared row that did not exist cannot be locked: whoever adds it second decides again."""
    connection = await asyncpg.connect(database.url)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("INSERT INTO shows (show, free) VALUES ('new', 1)")
    second = asyncio.create_task(write(other, saves=(changed(None, toy.Show("new", 5)),)))
    await blocked(admin)
    await transaction.commit()
    await connection.close()
    with pytest.raises(VersionConflict):
        await second


@pytest.mark.parametrize(
    "changes",
    [
        {"saves": (saved(replace(HELD, show="nul\0")),)},
        {"saves": (saved(replace(HELD, state="unheard of")),)},
        {"rows": (Append(toy.RECEIPT, toy.Receipt("r1", None), unique="r1"),)},  # type: ignore[arg-type]  # what a careless handler does
        {"rows": (Append(toy.RECEIPT, toy.Receipt("r1", 7), unique="r1"),)},  # type: ignore[arg-type]  # what a careless handler does
        {"rows": (Append(toy.RECEIPT, toy.Receipt("\ud800", "b1"), unique="r1"),)},
        {"rows": (Append(toy.RECEIPT, toy.Booking("r1", "", 1, ""), unique="r1"),)},
        {"saves": (changed(None, toy.Show("big", 2**31)),)},
        {"tasks": (task(data={"nul": "\0"}),)},
    ],
)
async def test_what_the_database_refuses_is_bad_data(owned: PostgresStore, changes: dict[str, Any]) -> None:
    """Constraints, values out of range and values that are no text are bad data; the next write is not disturbed."""
    with pytest.raises(BadData):
        await write(owned, **changes)
    await write(owned, inbox=(handled("m1"),))


async def test_what_is_out_of_date_is_said_first(owned: PostgresStore, other: PostgresStore) -> None:
    """Whoever decided on old figures decides again, or is fenced; what the database refuses besides is no poison."""
    await write(owned, saves=(saved(HELD),), rows=(receipt(1),))
    with pytest.raises(VersionConflict):
        await write(owned, saves=(saved(HELD),), rows=(receipt(1),))
    await other.raise_epoch(shard=0)
    with pytest.raises(Fenced):
        await write(owned, saves=(saved(HELD),), rows=(receipt(1),))


async def test_what_one_write_ends_and_sets_is_set(owned: PostgresStore) -> None:
    """A task that is finished or dropped and set again in one write is there afterwards, as it was set."""
    await write(owned, tasks=(task("t1"), task("t2")))
    again = (task("t1", message_id="new"), task("t2", message_id="new"))
    written = await write(owned, finished=(Finished("t1", "m-t1"),), dropped=("t2",), tasks=again)
    assert (written.ended, written.tasks) == (("t1", "t2"), again)
    found = await owned.tasks(shards=[0], until=NOW + timedelta(days=1), limit=10)
    assert [each.message_id for each in found] == ["new", "new"]


async def test_a_day_that_was_not_made_is_made(owned: PostgresStore) -> None:
    """A write on a day without a partition is no poison: the day is made, and the next try succeeds."""
    later = NOW + timedelta(days=30)
    with pytest.raises(DayMissing):
        await write(owned, journal=(replace(said("e1"), written_at=later),), now=later)
    await write(owned, journal=(replace(said("e1"), written_at=later),), now=later)


async def test_one_write_at_a_time(owned: PostgresStore) -> None:
    """Writes that are begun together commit in the order of their sequence numbers."""
    written = await asyncio.gather(*(write(owned, journal=(said(f"e{n}"), said(f"f{n}"))) for n in range(20)))
    seqs = [row.seq for each in written for row in each.outbox]
    assert seqs == sorted(seqs)


async def test_maintenance_runs_in_many_processes(owned: PostgresStore, other: PostgresStore) -> None:
    """Every process may maintain at once; days are made and dropped once."""
    far = NOW + timedelta(days=60)
    await asyncio.gather(*(each.maintain(now=far) for each in (owned, other) for _ in range(3)))
    await write(owned, journal=(replace(said("e1"), written_at=far),), now=far)


async def test_the_role_that_serves_may_not_change_tables_or_the_log(pool: asyncpg.Pool, owned: PostgresStore) -> None:
    """The service's role can neither rewrite what was said, nor drop a day, nor hand itself a shard's history."""
    await write(owned, journal=(said("e1"),))
    for sql in (
        "UPDATE event_log SET key = 'x'",
        "DELETE FROM event_log",
        "DROP TABLE event_log",
        "DELETE FROM owners",
        "DELETE FROM dead_letters",
        "CREATE TABLE mine (a int)",
        "UPDATE schema_migrations SET number = 1",
        "TRUNCATE inbox",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(sql)


async def test_a_defect_is_not_retried(pool: asyncpg.Pool, owned: PostgresStore) -> None:
    """A statement that does not fit the schema is a defect: it escapes, and the process ends."""
    owned._own = {**owned._own, "read_epochs": "SELECT nothing FROM nowhere WHERE shard = ANY($1)"}  # type: ignore[assignment]  # a wrong statement
    with pytest.raises(asyncpg.UndefinedTableError):
        await owned.epochs(shards=[0])
