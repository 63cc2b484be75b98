"""Records at the limits of a real broker: what is too large is refused in time, and nothing of its key overtakes it."""

import asyncio
from collections.abc import Sequence

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from toys.bank import Bank, envelope_headers
from toys.books import first_deliveries
from toys.messages import PARTITIONS, StoreV1

from chassis.message import shard_of
from contracts.topics import MAX_MESSAGE_BYTES
from embedded.eventually import eventually

pytestmark = pytest.mark.timeout(600)

NAMES = [f"account-{number}" for number in range(100)]
BIG = NAMES[0]
NEIGHBOUR = next(name for name in NAMES[1:] if shard_of(name, PARTITIONS) == shard_of(BIG, PARTITIONS))
ELSEWHERE = next(name for name in NAMES if shard_of(name, PARTITIONS) != shard_of(BIG, PARTITIONS))
MEGABYTE = 1024 * 1024


async def bring(bank: Bank, *commands: StoreV1) -> None:
    """Send commands in this order."""
    producer = AIOKafkaProducer(bootstrap_servers=bank.bootstrap, enable_idempotence=True)
    await producer.start()
    for command in commands:
        key = command.account.encode()
        headers = list(envelope_headers(type_="vault.store.v1", key=command.account))
        await producer.send(
            bank.prefix + "vault.commands", value=command.model_dump_json().encode(), key=key, headers=headers
        )
    await producer.stop()


def stores(account: str, numbers: Sequence[int], *, slip_bytes: int = 0) -> list[StoreV1]:
    return [StoreV1(account=account, number=number, amount=1, slip_bytes=slip_bytes) for number in numbers]


async def until_told(bank: Bank, wanted: dict[str, list[int]]) -> None:
    """Wait until exactly this was told, in the order of first deliveries."""

    async def is_told() -> bool:
        return wanted == await first_deliveries(bank, "vault.events", "vault.stored.v1")

    await eventually(is_told, within=200, every=0.5)


async def fetch(bank: Bank, sql: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(bank.databases["vault"].admin_url)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()


async def limit(bank: Bank, topic: str, size: int) -> None:
    """Let a topic take records of at most so many bytes."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bank.bootstrap)
    await admin.start()
    try:
        configs = {"max.message.bytes": str(size), "compression.type": "uncompressed", "retention.ms": "86400000"}
        resource = ConfigResource(ConfigResourceType.TOPIC, bank.prefix + topic, configs=configs)
        answers = await admin.alter_configs([resource])
        assert [0] == [each[0] for answer in answers for each in answer.resources]
    finally:
        await admin.close()


async def test_an_event_above_our_limit_is_refused_before_it_is_written(bank: Bank) -> None:
    """The cause of an event that is too large is a dead letter without effect; the largest allowed one is delivered."""
    await bank.start_all(vault=1)
    largest = stores(BIG, [1], slip_bytes=MAX_MESSAGE_BYTES - 2_000)
    too_large = stores(BIG, [2], slip_bytes=MAX_MESSAGE_BYTES)
    await bring(bank, *largest, *too_large, *stores(BIG, [3]), *stores(NEIGHBOUR, [1]), *stores(ELSEWHERE, [1]))
    await until_told(bank, {BIG: [1, 3], NEIGHBOUR: [1], ELSEWHERE: [1]})
    (letter,) = await fetch(bank, "SELECT error FROM dead_letters")
    assert f"of {MAX_MESSAGE_BYTES}" in letter["error"]
    moved = await fetch(bank, "SELECT account, number FROM movements ORDER BY account, number")
    assert [(BIG, 1), (BIG, 3)] == [(row["account"], row["number"]) for row in moved if row["account"] == BIG]
    assert 1 == len(await fetch(bank, "SELECT 1 FROM event_log WHERE type = 'vault.dead-lettered.v1'"))


async def test_an_event_that_the_broker_refuses_holds_its_shard(bank: Bank) -> None:
    """Where the broker takes less than we allow, nothing of the shard overtakes what it refused, and others flow."""
    await limit(bank, "vault.events", 50_000)
    await bank.start_all(vault=1)
    (worker,) = bank.workers
    await bring(bank, *stores(BIG, [1]))
    await until_told(bank, {BIG: [1]})
    held = [*stores(BIG, [2], slip_bytes=200_000), *stores(BIG, range(3, 40))]
    await bring(bank, *held, *stores(NEIGHBOUR, range(1, 40)), *stores(ELSEWHERE, range(1, 40)))
    elsewhere = {ELSEWHERE: list(range(1, 40))}

    async def is_held() -> bool:
        told = await first_deliveries(bank, "vault.events", "vault.stored.v1")
        return told == {BIG: [1], **elsewhere} and len(worker.events("relay.error")) > 3

    await eventually(is_held, within=200, every=0.5)
    assert all("MessageSizeTooLarge" in each["error"] for each in worker.events("relay.error")[:1])
    await bring(bank, *stores(BIG, range(40, 60)))
    await limit(bank, "vault.events", MEGABYTE)
    await until_told(bank, {BIG: list(range(1, 60)), NEIGHBOUR: list(range(1, 40)), **elsewhere})
    assert (None, []) == (worker.process.returncode, await fetch(bank, "SELECT error FROM dead_letters"))


async def test_records_above_the_limit_of_a_fetch_are_read(bank: Bank) -> None:
    """Foreign records of more than a fetch asks for are dead letters, and what follows them is handled."""
    await limit(bank, "vault.commands", 4 * MEGABYTE)
    await bank.start_all(vault=1)
    producer = AIOKafkaProducer(bootstrap_servers=bank.bootstrap, max_request_size=4 * MEGABYTE)
    await producer.start()
    for _ in range(3):
        headers = list(envelope_headers(type_="vault.store.v1", key=BIG))
        await producer.send_and_wait(
            bank.prefix + "vault.commands", value=b" " * (3 * MEGABYTE), key=BIG.encode(), headers=headers
        )
    await producer.stop()
    await bring(bank, *stores(BIG, [1, 2]), *stores(NEIGHBOUR, [1]), *stores(ELSEWHERE, [1]))
    await until_told(bank, {BIG: [1, 2], NEIGHBOUR: [1], ELSEWHERE: [1]})
    letters = await fetch(bank, "SELECT error FROM dead_letters")
    assert 3 == sum("the record is too large" in letter["error"] for letter in letters)
    await asyncio.gather(*(bank.until_answer(worker) for worker in bank.workers))
