"""Poison on real servers: whatever is written between good messages, they are handled, and it alone is set aside."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import asyncpg
import orjson
import pytest
from aiokafka import AIOKafkaProducer
from toys.bank import Bank, envelope_headers
from toys.messages import PARTITIONS, StoreV1

from chassis.message import shard_of
from embedded.eventually import eventually

pytestmark = pytest.mark.timeout(600)

TOPIC = "vault.commands"
PARTITION = 0
ACCOUNTS = [name for name in (f"account-{n}" for n in range(100)) if shard_of(name, PARTITIONS) == PARTITION][:8]
ELSEWHERE = next(name for name in (f"other-{n}" for n in range(100)) if shard_of(name, PARTITIONS) != PARTITION)
BAD = ACCOUNTS[0]
GOOD = ACCOUNTS[1:]
ROUNDS = 3


@dataclass(frozen=True)
class Sent:
    """A record as it is sent, whole."""

    value: bytes | None
    key: bytes | None = BAD.encode()
    headers: tuple[tuple[str, bytes], ...] = ()


def body(**changes: object) -> bytes:
    return orjson.dumps({"account": BAD, "number": 1, "amount": 1, **changes})


def headed(value: bytes | None, *, key: bytes | None = BAD.encode(), **changes: bytes) -> Sent:
    headers = dict(envelope_headers(type_="vault.store.v1", key=BAD))
    return Sent(value, key, tuple({**headers, **changes}.items()))


# One maker for each kind of poison, with words of the reason that its dead letter gives.
POISON: dict[str, tuple[Callable[[], Sent], str]] = {
    "no envelope": (lambda: Sent(body()), "ce_id is missing"),
    "header not UTF-8": (lambda: headed(body(), ce_type=b"\xff"), "ce_type is not UTF-8"),
    "id with a NUL": (lambda: headed(body(), ce_id=b"a\0b"), "not printable"),
    "unknown type": (lambda: headed(body(), ce_type=b"vault.burn.v1"), "unknown type"),
    "unknown version": (lambda: headed(body(), ce_type=b"vault.store.v9"), "unknown type"),
    "no JSON": (lambda: headed(b"{"), "Invalid JSON"),
    "deep nesting": (lambda: headed(b"[" * 100_000), "vault.store.v1"),
    "no value": (lambda: headed(None), "no value"),
    "no key": (lambda: headed(body(), key=None), "no key"),
    "another's key": (lambda: headed(body(), key=ACCOUNTS[-1].encode()), "is not the key"),
    "another partition": (lambda: headed(body(account=ELSEWHERE), key=ELSEWHERE.encode()), "belongs to partition"),
    "NUL in a text": (lambda: headed(b'{"account":"a\\u0000","number":1,"amount":1}'), "is not the key"),
    "too large": (lambda: headed(body() + b" " * 930_000), "too large"),
    "number out of range": (lambda: headed(body(number=2**40)), "out of int32 range"),
    "amount out of range": (
        lambda: headed(b'{"account":"%b","number":7,"amount":%d}' % (BAD.encode(), 2**80)),
        "out of int64 range",
    ),
    "constraint": (lambda: headed(body(number=8, amount=-(10**12))), "safes_total_check"),
}
OTHER_LIBRARY = """
import asyncio, sys
from aiokafka import AIOKafkaProducer

class Name(str):
    def encode(self, *_):
        return b"\\xff\\xfe"

async def main(bootstrap, topic, key, value, *headers):
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    found = (each.partition("=") for each in headers)
    pairs = [(Name("odd"), b"1"), *((name, text.encode()) for name, _, text in found)]
    await producer.send_and_wait(topic, value.encode(), key=key.encode(), partition=0, headers=pairs)
    await producer.stop()

asyncio.run(main(*sys.argv[1:]))
"""


async def bring(bank: Bank) -> int:
    """Send every poison between good messages of other accounts, in one partition; return how many of each account."""
    producer = AIOKafkaProducer(bootstrap_servers=bank.bootstrap, linger_ms=20)
    await producer.start()
    number = 0
    for _ in range(ROUNDS):
        for make, _ in POISON.values():
            number += 1
            for account in GOOD:
                command = StoreV1(account=account, number=number, amount=10**6)
                headers = envelope_headers(type_="vault.store.v1", key=account)
                await send(producer, bank, Sent(command.model_dump_json().encode(), account.encode(), headers))
            await send(producer, bank, make())
    await producer.stop()
    return number


async def send(producer: AIOKafkaProducer, bank: Bank, sent: Sent) -> None:
    await producer.send(
        bank.prefix + TOPIC, value=sent.value, key=sent.key, partition=PARTITION, headers=list(sent.headers)
    )


async def numbers(bank: Bank) -> dict[str, list[int]]:
    """Return the numbers that each account has stored, in the order in which they were handled."""
    rows = await fetch(bank, "SELECT account, document -> 'numbers' AS numbers FROM boxes")
    return {row["account"]: orjson.loads(row["numbers"]) for row in rows}


async def fetch(bank: Bank, sql: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(bank.databases["vault"].admin_url)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()


async def test_poison_stops_nobody(bank: Bank) -> None:
    """Good messages are stored in order beside sixteen kinds of poison, each a dead letter at its offset by name."""
    await bank.start_all(vault=1)
    brought = await bring(bank)

    async def all_stored() -> bool:
        found = await numbers(bank)
        return all(found.get(account) == list(range(1, brought + 1)) for account in GOOD)

    await eventually(all_stored, within=240)
    letters = await fetch(bank, "SELECT record_offset, partition, error FROM dead_letters ORDER BY record_offset")
    wanted = [words for _ in range(ROUNDS) for _, words in POISON.values()]
    offsets = [(number + 1) * (len(GOOD) + 1) - 1 for number in range(len(wanted))]
    assert offsets == [row["record_offset"] for row in letters]
    assert [] == [
        (words, row["error"]) for words, row in zip(wanted, letters, strict=True) if words not in row["error"]
    ]
    assert ([None], [1]) == ([bank.workers[0].process.returncode], [len(bank.workers)])


async def test_foreign_header_name_stops_nobody(bank: Bank) -> None:
    """A message with a header name that is not UTF-8, at which the Kafka client gives up, is handled."""
    await bank.start_all(vault=1)
    command = StoreV1(account=BAD, number=1, amount=1).model_dump_json()
    headers = [f"{name}={value.decode()}" for name, value in envelope_headers(type_="vault.store.v1", key=BAD)]
    await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", OTHER_LIBRARY, bank.bootstrap, bank.prefix + TOPIC, BAD, command, *headers],
        check=True,
        env={**os.environ, "AIOKAFKA_NO_EXTENSIONS": "1"},
    )

    async def is_stored() -> bool:
        return {BAD: [1]} == await numbers(bank)

    await eventually(is_stored, within=120)
