"""The embedded stack itself: it keeps what it was given through kills and restarts, and ends without a trace."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from redis import Redis

from embedded.claim import StateInUseError
from embedded.eventually import wait_until
from embedded.ports import is_free
from embedded.process import ServerFailedError
from embedded.server import api_versions_request, exchange
from embedded.stack import Stack, start

TOPIC = "order.events"


def new_folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="ordersaga-"))
    path.chmod(0o711)
    yield path
    assert wait_until(lambda: removed(path=path))


def removed(*, path: Path) -> bool:
    """Say whether the folder is gone; a server that is just ending may still tidy up in it."""
    shutil.rmtree(path, ignore_errors=True)
    return not path.exists()


state_dir = pytest.fixture(scope="module")(new_folder)
folder = pytest.fixture(new_folder)


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return []


@pytest.fixture(scope="module")
def stack(state_dir: Path, lines: list[str]) -> Iterator[Stack]:
    with start(state_dir=state_dir, services=("order", "billing"), fsync=True, progress=lines.append) as stack:
        yield stack


async def query(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def publish(*, bootstrap: str, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        await producer.send_and_wait(TOPIC, value=value, partition=0)


async def make_topic(*, bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    if TOPIC not in await admin.list_topics():
        await admin.create_topics([NewTopic(TOPIC, num_partitions=1, replication_factor=1)])
    await admin.close()


async def published(*, bootstrap: str) -> list[bytes]:
    partition = TopicPartition(TOPIC, 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([partition])
    end = (await consumer.end_offsets([partition]))[partition]
    values: list[bytes] = []
    while len(values) < end:
        values.append((await consumer.getone()).value)
    await consumer.stop()
    return values


async def test_committed_rows_survive_a_killed_postgres(stack: Stack) -> None:
    """Rows that were committed before signal 9 are there after the restart, at the same address."""
    url = stack.postgres_url(database="order", role="order_owner")
    await query(url, "CREATE TABLE survivor AS SELECT 42 AS answer")
    stack.kill(name="postgres")
    assert not stack.is_alive(name="postgres")
    stack.restart(name="postgres")
    assert url == stack.postgres_url(database="order", role="order_owner")
    assert 42 == await query(url, "SELECT answer FROM survivor")


async def test_committed_rows_survive_an_immediate_stop(stack: Stack) -> None:
    """A server that is struck does what the signal says, and has its rows when it is back."""
    url = stack.postgres_url(database="order", role="order_owner")
    await query(url, "CREATE TABLE stopped AS SELECT 42 AS answer")
    stack.strike(name="postgres", number=signal.SIGQUIT)
    assert wait_until(lambda: not stack.is_alive(name="postgres"))
    stack.restart(name="postgres")
    assert 42 == await query(url, "SELECT answer FROM stopped")


def test_keys_survive_a_killed_valkey(stack: Stack) -> None:
    """Keys that were set before signal 9 are there after the restart."""
    with Redis.from_url(stack.redis_url) as client:
        client.set("survivor", "42")
        assert wait_until(lambda: client.info("persistence")["aof_pending_bio_fsync"] == 0)
    stack.kill(name="valkey")
    stack.restart(name="valkey")
    with Redis.from_url(stack.redis_url) as client:
        assert b"42" == client.get("survivor")


async def test_topics_and_records_survive_a_killed_kafka(stack: Stack) -> None:
    """Acknowledged records are there after signal 9, and new ones can be added."""
    await make_topic(bootstrap=stack.kafka_bootstrap)
    await publish(bootstrap=stack.kafka_bootstrap, value=b"before")
    stack.kill(name="kafka")
    stack.restart(name="kafka")
    await publish(bootstrap=stack.kafka_bootstrap, value=b"after")
    assert [b"before", b"after"] == await published(bootstrap=stack.kafka_bootstrap)


async def test_service_databases_keep_to_their_roles(stack: Stack) -> None:
    """Each service has a database that its owner may shape, its runner may use and another service's may not enter."""
    owner = stack.postgres_url(database="billing", role="billing_owner")
    runner = stack.environment(service="billing")["BILLING_DATABASE_URL"]
    await query(owner, "CREATE TABLE invoice AS SELECT 1 AS number")
    assert 1 == await query(runner, "SELECT number FROM invoice")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await query(runner, "DROP TABLE invoice")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await query(stack.postgres_url(database="billing", role="order_service"), "SELECT 1")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await query(runner.replace("billing_service:", "billing_service:wrong"), "SELECT 1")


def test_second_stack_on_the_same_state_is_refused(stack: Stack) -> None:
    """A second start on the folder fails with the first one's process id, and the first one goes on."""
    with pytest.raises(StateInUseError, match=f"in use by process {os.getpid()}"):
        start(state_dir=stack.state_dir)
    assert all(stack.is_alive(name=name) for name in stack.addresses())


def test_second_stack_on_another_state_takes_other_ports(stack: Stack, folder: Path) -> None:
    """Two stacks stand side by side."""
    with start(state_dir=folder, servers=("valkey",), services=()) as other:
        assert other.redis_url != stack.redis_url
        assert stack.is_alive(name="valkey")


def test_progress_has_a_line_for_each_server(stack: Stack, lines: list[str]) -> None:
    """Each server says when it is ready and where."""
    ready = {line.split(":")[0] for line in lines if "ready on 127.0.0.1:" in line}
    assert {"postgres", "valkey", "kafka"} == ready
    assert set(stack.addresses()) == ready


async def test_stop_frees_ports_and_the_next_start_has_all_data(folder: Path) -> None:
    """After a stop nobody listens; a start on the folder gives the same addresses and the same data."""
    with start(state_dir=folder, services=("order",), fsync=False) as stack:
        addresses = stack.addresses()
        await query(stack.postgres_url(database="order", role="order_owner"), "CREATE TABLE kept AS SELECT 7 AS n")
        await make_topic(bootstrap=stack.kafka_bootstrap)
        await publish(bootstrap=stack.kafka_bootstrap, value=b"kept")
    ports = [int(address.rpartition(":")[2].split("/")[0]) for address in addresses.values()]
    assert all(is_free(port=port) for port in ports)
    async with start(state_dir=folder, services=("order",), fsync=False) as stack:
        assert addresses == stack.addresses()
        assert 7 == await query(stack.postgres_url(database="order", role="order_service"), "SELECT n FROM kept")
        assert [b"kept"] == await published(bootstrap=stack.kafka_bootstrap)


def launch(*, folder: Path) -> tuple[subprocess.Popen[str], int]:
    """Start the command line with two servers, as a shell does in the background, and return it with Kafka's port."""
    background = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")
    command = (sys.executable, "-m", "embedded", "up", "--no-fsync", "--only", "postgres", "kafka", "--state")
    arguments = (*background, *command, str(folder))
    launcher = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert launcher.stdout is not None
    addresses = dict(launcher.stdout.readline().split() for _ in range(2))
    return launcher, int(addresses["kafka"].rpartition(":")[2])


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_servers_end_with_their_launcher(blow: signal.Signals, folder: Path) -> None:
    """However the command line ends, nothing goes on listening."""
    launcher, port = launch(folder=folder)
    assert exchange(port=port, request=api_versions_request(), size=8)
    launcher.send_signal(blow)
    launcher.communicate(timeout=120)
    assert wait_until(lambda: is_free(port=port))


def test_folder_of_a_killed_launcher_can_be_started_at_once(folder: Path) -> None:
    """A start waits for what a killed launcher left running, and takes over its folder."""
    launcher, _ = launch(folder=folder)
    launcher.kill()
    launcher.communicate(timeout=120)
    with start(state_dir=folder, servers=("postgres", "kafka")) as stack:
        assert stack.is_alive(name="postgres")
        assert stack.is_alive(name="kafka")


def test_failed_start_says_why_and_frees_the_folder(folder: Path) -> None:
    """A server that cannot start is reported with the end of its log, and the folder is not left locked."""
    spoil(folder=folder)
    with pytest.raises(ServerFailedError, match=r"(?s)valkey ended while starting.*valkey\.log ends with:.+"):
        start(state_dir=folder, servers=("valkey",))
    shutil.rmtree(folder / "valkey")
    with start(state_dir=folder, servers=("valkey",)) as stack:
        assert stack.is_alive(name="valkey")


def test_server_can_be_required_again_after_a_failure(folder: Path) -> None:
    """A failed server is not taken for a running one: the next call starts it, beside those that run."""
    spoil(folder=folder)
    with start(state_dir=folder, servers=(), services=()) as stack:
        with pytest.raises(ServerFailedError, match="valkey ended while starting"):
            stack.require("valkey", "postgres")
        shutil.rmtree(folder / "valkey")
        stack.require("valkey")
        assert {"valkey"} == set(stack.addresses())
        assert stack.is_alive(name="valkey")


def spoil(*, folder: Path) -> None:
    (folder / "valkey").mkdir()
    (folder / "valkey" / "appendonlydir").write_text("not a folder")
