"""The pytest plugin: servers for a session; a database, topics and a cache of its own for each test.

Servers start when a test first asks, each by itself. Under xdist every worker has its own.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from redis import Redis

from embedded.choice import choose, docker_lacks
from embedded.servers import Servers
from embedded.templates import Database, Databases, Template

_SERVERS = pytest.StashKey[Servers]()


@dataclass(frozen=True, kw_only=True)
class KafkaOfTest:
    """The broker, and a prefix for topics and groups that no other test uses."""

    bootstrap: str
    prefix: str

    def name(self, *, name: str) -> str:
        """Return a topic's or group's name for this test."""
        return f"{self.prefix}.{name}"


def pytest_configure(config: pytest.Config) -> None:
    """Choose the servers; start none."""
    choice = choose(environ=os.environ, docker_lacks=docker_lacks)
    config.stash[_SERVERS] = Servers(choice=choice, environ=os.environ)


def pytest_report_header(config: pytest.Config) -> str:
    """Say which servers integration tests will use."""
    return f"servers: {config.stash[_SERVERS]}"


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what was started, however the session went."""
    config.stash[_SERVERS].stop()


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    """The session's servers."""
    return pytestconfig.stash[_SERVERS]


@pytest.fixture(scope="session")
def databases(servers: Servers) -> Iterator[Databases]:
    """The session's template databases."""
    databases = Databases(admin_url=servers.postgres_url)
    yield databases
    databases.close()


@pytest.fixture
def fresh_database(databases: Databases) -> Iterator[Callable[..., Database]]:
    """Make databases that end with the test: `fresh_database(template=Template(name=..., build=...))`."""
    made: list[Database] = []

    def fresh(*, template: Template | None = None) -> Database:
        made.append(databases.fresh(template=template or Template()))
        return made[-1]

    yield fresh
    for database in made:
        databases.drop(database=database)


@pytest.fixture(scope="session")
def database_template() -> Template:
    """The template of `database`; a service's conftest gives its own, with its migrations."""
    return Template()


@pytest.fixture
def database(fresh_database: Callable[..., Database], database_template: Template) -> Database:
    """A database of the test's own."""
    return fresh_database(template=database_template)


@pytest.fixture
def topic_prefix() -> str:
    """A prefix for topics and groups that no other test uses."""
    return f"t{secrets.token_hex(4)}"


@pytest.fixture
def kafka(servers: Servers, topic_prefix: str) -> KafkaOfTest:
    """The broker, with names of the test's own."""
    return KafkaOfTest(bootstrap=servers.kafka_bootstrap, prefix=topic_prefix)


@pytest.fixture
def redis_url(servers: Servers) -> str:
    """An empty database of Valkey: number 15, so that a server given by address keeps its others."""
    url = f"{servers.redis_url.rpartition('/')[0]}/15"
    with Redis.from_url(url) as client:
        client.flushdb()
    return url
