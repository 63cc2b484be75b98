"""The toy service's database, and a store on it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from examples import NOW, own
from toy.service import TABLES
from toys.bank import Bank
from toys.messages import TOPICS

from chassis.kafka.provision import provision
from chassis.migrating import migrate
from chassis.statements import read_statements
from chassis.store.pool import open_pool
from chassis.store.postgres import PostgresStore
from embedded.fixtures import KafkaOfTest
from embedded.templates import Database, Template


async def build_toy(url: str) -> None:
    await migrate(url=url, package="toy")


@pytest.fixture(scope="session")
def database_template() -> Template:
    return Template(name="toy", build=build_toy)


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[asyncpg.Pool]:
    pool = await open_pool(url=database.url, size=4, application="toy")
    yield pool
    await pool.close()


@pytest.fixture
async def store(pool: asyncpg.Pool) -> PostgresStore:
    store = PostgresStore(pool=pool, queries=read_statements(package="toy"), tables=TABLES)
    await store.maintain(now=NOW)
    return store


@pytest.fixture
async def owned(store: PostgresStore) -> PostgresStore:
    await own(store)
    return store


@pytest.fixture
async def admin(database: Database) -> AsyncIterator[Callable[..., Any]]:
    connection = await asyncpg.connect(database.admin_url)
    yield connection.fetch
    await connection.close()


async def build_teller(url: str) -> None:
    await migrate(url=url, package="toys.teller")


async def build_vault(url: str) -> None:
    await migrate(url=url, package="toys.vault")


async def build_insurer(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE policies (id text PRIMARY KEY, tries integer NOT NULL)")
    await connection.close()


@pytest.fixture
async def bank(fresh_database: Callable[..., Database], kafka: KafkaOfTest, tmp_path: Path) -> AsyncIterator[Bank]:
    databases = {
        "teller": fresh_database(template=Template(name="teller", build=build_teller)),
        "vault": fresh_database(template=Template(name="vault", build=build_vault)),
        "insurer": fresh_database(template=Template(name="insurer", build=build_insurer)),
    }
    prefix = f"{kafka.prefix}."
    await provision(bootstrap=kafka.bootstrap, topics=TOPICS, prefix=prefix)
    bank = Bank(bootstrap=kafka.bootstrap, prefix=prefix, databases=databases, folder=tmp_path)
    yield bank
    await bank.kill()
