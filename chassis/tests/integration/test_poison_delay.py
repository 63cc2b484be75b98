"""How long other keys of a partition wait for one poison message among them, beside the same stream without poison."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

import asyncpg
import orjson
import pytest
from aiokafka import AIOKafkaProducer
from toys.bank import Bank, envelope_headers
from toys.messages import PARTITIONS

from chassis.message import shard_of
from embedded.eventually import eventually

pytestmark = pytest.mark.timeout(600)

PARTITION = 0
BATCH = 32
ROUNDS = 80
EVERY = 40
PAUSE = 0.05
ACCOUNTS = [name for name in (f"account-{n}" for n in range(100)) if shard_of(name, PARTITIONS) == PARTITION][:8]
BAD, *GOOD = ACCOUNTS


def body(account: str, number: int, amount: int = 10**6) -> bytes:
    return orjson.dumps({"account": account, "number": number, "amount": amount})


POISON: dict[str, Callable[[], bytes] | None] = {
    "none": None,
    "undecodable": lambda: b"{",
    "raising handler": lambda: body(BAD, 0),
    "refused by the driver": lambda: body(BAD, 2**40),
    "refused row": lambda: body(BAD, 7, -(10**12)),
}


@dataclass
class Stream:
    """A steady stream into one partition: what was sent when, and what of it is poison."""

    bank: Bank
    producer: AIOKafkaProducer
    sent: dict[str, datetime] = field(default_factory=dict)
    poison: int = 0

    async def bring(self, poison: Callable[[], bytes] | None) -> None:
        """Send rounds of all accounts, and now and then a poison in the middle of one, seconds apart."""
        for number in range(1, ROUNDS + 1):
            futures = [await self.send(account, body(account, number)) for account in GOOD[:4]]
            if poison is not None and number % EVERY == 0:
                self.poison += 1
                futures.append(await self.send(BAD, poison(), good=False))
            futures += [await self.send(account, body(account, number)) for account in GOOD[4:]]
            await asyncio.gather(*futures)
            await asyncio.sleep(PAUSE)

    async def send(self, account: str, value: bytes, *, good: bool = True) -> asyncio.Future[object]:
        id_ = str(uuid4())
        headers = list(envelope_headers(type_="vault.store.v1", key=account, id_=id_))
        topic = self.bank.prefix + "vault.commands"
        if good:
            self.sent[id_] = datetime.now().astimezone()
        future: asyncio.Future[object] = await self.producer.send(
            topic, value=value, key=account.encode(), partition=PARTITION, headers=headers
        )
        return future


async def fetch(bank: Bank, sql: str, *arguments: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(bank.databases["vault"].admin_url)
    try:
        return list(await connection.fetch(sql, *arguments))
    finally:
        await connection.close()


async def refused(bank: Bank) -> int:
    """Return how many transactions of the service's database ended without a commit."""
    sql = "SELECT xact_rollback AS n FROM pg_stat_database WHERE datname = current_database()"
    return int((await fetch(bank, sql))[0]["n"])


async def delays(bank: Bank, stream: Stream) -> list[float]:
    """Return how many milliseconds after it was sent each good message was decided in the write that was committed."""

    async def all_handled() -> list[asyncpg.Record]:
        rows = await fetch(bank, "SELECT message_id, handled_at, outcome FROM inbox")
        found = [row for row in rows if row["message_id"] in stream.sent]
        return found if len(found) == len(stream.sent) else []

    handled = await eventually(all_handled, within=240, every=0.5)
    assert {"applied"} == {row["outcome"] for row in handled}
    return sorted((row["handled_at"] - stream.sent[row["message_id"]]).total_seconds() * 1_000 for row in handled)


@pytest.mark.parametrize("kind", POISON)
async def test_a_poison_message_costs_its_neighbours_few_writes(bank: Bank, kind: str) -> None:
    """Poison known before the write costs no transaction, a refused row one for each halving and two more."""
    bank.extra = {"BATCH_SIZE": str(BATCH)}
    await bank.start_all(vault=1)
    before = await refused(bank)
    producer = AIOKafkaProducer(bootstrap_servers=bank.bootstrap)
    await producer.start()
    stream = Stream(bank, producer)
    begun = time.monotonic()
    await stream.bring(POISON[kind])
    await producer.stop()
    found = await delays(bank, stream)
    seconds = time.monotonic() - begun
    letters = await fetch(bank, "SELECT 1 FROM dead_letters")
    assert stream.poison == len(letters)

    async def counted() -> bool:
        return kind != "refused row" or await refused(bank) - before >= stream.poison

    await eventually(counted, within=60)
    lost = await refused(bank) - before
    print(
        f"poison delay: {kind}: {stream.poison} poison among {len(found)} in {seconds:.1f} s; other keys of the "
        f"partition wait p50 {found[len(found) // 2]:.0f} ms, p99 {found[len(found) * 99 // 100]:.0f} ms, "
        f"most {found[-1]:.0f} ms; {lost} refused transactions"
    )
    # A busy machine may lose a transaction to a time-out: fewer than one for each poison are none of its doing.
    most = stream.poison * (1 + BATCH.bit_length()) if kind.startswith("refused") else ROUNDS // EVERY - 1
    assert lost <= most
