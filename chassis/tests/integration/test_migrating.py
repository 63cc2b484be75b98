import asyncio
import re
from importlib.resources import files

import asyncpg
import pytest
from examples import NOW, handled, own, write
from toy.service import TABLES

from chassis.migrating import Migration, MigrationError, migrate, pending, read_migrations
from chassis.statements import read_statements
from chassis.store.pool import open_pool
from chassis.store.postgres import PostgresStore
from embedded.templates import Database, Template


@pytest.fixture
def database_template() -> Template:
    return Template()


async def test_migrations_are_applied_once(database: Database) -> None:
    """The first run applies everything in order, the second nothing."""
    names = [(each.source, each.number) for each in await migrate(url=database.owner_url, package="toy")]
    assert names == [("chassis", 1), ("chassis", 2), ("toy", 1)]
    assert await migrate(url=database.owner_url, package="toy") == []


async def test_processes_that_migrate_at_once_do_it_once(database: Database) -> None:
    """Of several processes that start together one migrates, and the others find it done."""
    applied = await asyncio.gather(*(migrate(url=database.owner_url, package="toy") for _ in range(3)))
    assert sorted(len(each) for each in applied) == [0, 0, 3]


async def test_one_role_may_do_both(database: Database) -> None:
    """The role that owns the tables can serve, too."""
    await migrate(url=database.admin_url, package="toy")
    pool = await open_pool(url=database.admin_url, size=2, application="both")
    store = PostgresStore(pool=pool, queries=read_statements(package="toy"), tables=TABLES)
    await store.maintain(now=NOW)
    await own(store)
    await write(store, inbox=(handled("m1"),))
    assert list(await store.known(message_ids=["m1"])) == ["m1"]
    await pool.close()


async def test_a_database_that_is_behind_is_seen(database: Database) -> None:
    """A service can tell that migrations are pending, with the rights of the role that serves."""
    await migrate(url=database.owner_url)
    connection = await asyncpg.connect(database.url)
    behind = await pending(connection=connection, package="toy")
    await connection.close()
    assert [(each.source, each.number) for each in behind] == [("toy", 1)]


async def test_an_edited_migration_is_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that was applied may not change afterwards."""
    await migrate(url=database.owner_url, package="toy")
    monkeypatch.setattr(Migration, "checksum", "edited")
    with pytest.raises(MigrationError, match="chassis 0001 was applied with another content"):
        await migrate(url=database.owner_url, package="toy")


async def test_a_migration_whose_file_is_gone_is_refused(database: Database) -> None:
    """A database that is ahead of the code is not migrated."""
    await migrate(url=database.owner_url, package="toy")
    connection = await asyncpg.connect(database.owner_url)
    await connection.execute("INSERT INTO schema_migrations VALUES ('toy', 2, 'later', 'x')")
    await connection.close()
    with pytest.raises(MigrationError, match="toy 0002 was applied and its file is gone"):
        await migrate(url=database.owner_url, package="toy")


async def test_state_columns_hold_what_the_code_says(database: Database) -> None:
    """The words of each CHECK are those that the chassis writes."""
    await migrate(url=database.owner_url)
    connection = await asyncpg.connect(database.owner_url)
    rows = await connection.fetch(
        "SELECT conname, pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE conname = ANY($1::text[])",
        ["inbox_outcome_check", "tasks_kind_check", "tasks_state_check"],
    )
    await connection.close()
    words = {row["conname"]: set(re.findall(r"'(\w+)'", row["text"])) for row in rows}
    assert words == {
        "inbox_outcome_check": {"applied", "duplicate", "rejected", "dead"},
        "tasks_kind_check": {"timer", "call", "retry"},
        "tasks_state_check": {"waiting", "started"},
    }


def test_migrations_begin_with_an_explanation() -> None:
    """The chassis's migration explains its tables before it makes them."""
    chassis, *_ = read_migrations(package="chassis")
    tables = set(re.findall(r"^CREATE TABLE (\w+)", chassis.sql, re.MULTILINE))
    introduction = chassis.sql[: chassis.sql.index("\nCREATE TABLE")]
    assert {table for table in tables if table not in introduction} == set()
    assert (files("chassis") / "migrations" / "schema_migrations.sql").is_file()
