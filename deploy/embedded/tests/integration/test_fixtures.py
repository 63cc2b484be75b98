"""The plugin's fixtures, on whichever servers this session has."""

import os
from collections.abc import Callable

import asyncpg
import pytest
from redis import Redis

from embedded.fixtures import KafkaOfTest
from embedded.server import api_versions_request, exchange
from embedded.templates import Database, Template

builds: list[str] = []


async def build_table(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE thing (id int PRIMARY KEY)")
    await connection.execute("INSERT INTO thing VALUES (1)")
    await connection.close()
    builds.append(url)


THINGS = Template(name="things", build=build_table)


async def test_runner_writes_rows_of_the_copied_template(fresh_database: Callable[..., Database]) -> None:
    """A copy has the template's tables and rows, and the service's role may change the rows."""
    connection = await asyncpg.connect(fresh_database(template=THINGS).url)
    await connection.execute("INSERT INTO thing VALUES (2)")
    assert [1, 2] == [row["id"] for row in await connection.fetch("SELECT id FROM thing ORDER BY id")]
    await connection.close()


async def test_copies_are_separate_and_the_template_is_built_once(fresh_database: Callable[..., Database]) -> None:
    """What one copy holds the next one does not, and both come from one build."""
    first, second = fresh_database(template=THINGS), fresh_database(template=THINGS)
    connection = await asyncpg.connect(first.url)
    await connection.execute("DELETE FROM thing")
    await connection.close()
    connection = await asyncpg.connect(second.url)
    assert 1 == await connection.fetchval("SELECT count(*) FROM thing")
    await connection.close()
    assert 1 == len(builds)


async def test_runner_may_not_define(database: Database) -> None:
    """The service's role can make no table, the owner can, and a test database is empty without a template."""
    connection = await asyncpg.connect(database.url)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("CREATE TABLE own (id int)")
    await connection.close()
    connection = await asyncpg.connect(database.owner_url)
    assert "CREATE TABLE" == await connection.execute("CREATE TABLE own (id int)")
    await connection.close()


async def test_runner_has_time_outs(database: Database) -> None:
    """The service's role gives up on long statements, long locks and idle transactions by itself."""
    connection = await asyncpg.connect(database.url)
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    assert ["15s", "3s", "4s"] == [await connection.fetchval(f"SHOW {name}") for name in names]
    await connection.close()


async def test_no_other_role_gets_in(fresh_database: Callable[..., Database]) -> None:
    """A service's role is refused by another service's database."""
    mine, other = fresh_database(), fresh_database(template=THINGS)
    trespass = mine.url.replace(f"/{mine.name}", f"/{other.name}")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(trespass)


def test_cache_is_empty_and_answers(redis_url: str) -> None:
    """A test's cache is empty and takes what it is given."""
    with Redis.from_url(redis_url) as client:
        assert 0 == client.dbsize()
        assert client.set("key", "value")


def test_broker_answers(kafka: KafkaOfTest) -> None:
    """The broker answers a client's handshake at the address that the fixture gives."""
    port = int(kafka.bootstrap.rpartition(":")[2])
    assert exchange(port=port, request=api_versions_request(), size=8)
    assert kafka.name(name="order.events").endswith(".order.events")


def test_header_names_the_servers(pytestconfig: pytest.Config) -> None:
    """The run says in its header which servers it uses."""
    header = str(pytestconfig.hook.pytest_report_header(config=pytestconfig, start_path=pytestconfig.rootpath))
    given = os.environ.get("DATABASE_URL")
    assert ("postgres by DATABASE_URL" if given else "servers: ") in header
