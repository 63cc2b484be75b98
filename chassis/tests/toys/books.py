"""Counts what became of deposits: in both databases and on every topic."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, ConsumerRecord

from contracts.envelope import from_headers
from toys.bank import Bank
from toys.messages import REGISTRY


@dataclass(slots=True)
class Books:
    """What both databases say."""

    accounts: dict[str, dict[str, Any]]
    boxes: dict[str, dict[str, Any]]
    safes: dict[str, int]
    moved: dict[str, int]
    movements: int
    outbox: int
    dead: int
    waiting: int

    def is_at_rest(self, sent: Counter[str]) -> bool:
        """Return whether everything that was sent has come all the way back."""
        return (
            all(len(self.accounts.get(name, {}).get("confirmed", ())) >= count for name, count in sent.items())
            and not self.outbox
            and not self.waiting
        )


async def read_books(bank: Bank) -> Books:
    teller = await asyncpg.connect(bank.databases["teller"].admin_url)
    vault = await asyncpg.connect(bank.databases["vault"].admin_url)
    try:
        accounts = await teller.fetch("SELECT account, document FROM accounts")
        boxes = await vault.fetch("SELECT account, document FROM boxes")
        safes = await vault.fetch("SELECT safe, total FROM safes")
        moved = await vault.fetch("SELECT safe, sum(amount)::bigint AS total FROM movements GROUP BY safe")
        both = (teller, vault)
        return Books(
            accounts={row["account"]: json.loads(row["document"]) for row in accounts},
            boxes={row["account"]: json.loads(row["document"]) for row in boxes},
            safes={row["safe"]: row["total"] for row in safes},
            moved={row["safe"]: row["total"] for row in moved},
            movements=await vault.fetchval("SELECT count(*) FROM movements"),
            outbox=sum([await each.fetchval("SELECT count(*) FROM outbox") for each in both]),
            dead=sum([await each.fetchval("SELECT count(*) FROM dead_letters") for each in both]),
            waiting=sum([await each.fetchval("SELECT count(*) FROM tasks") for each in both]),
        )
    finally:
        await teller.close()
        await vault.close()


async def until_at_rest(bank: Bank, sent: Counter[str], seconds: float = 150) -> Books:
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        books = await read_books(bank)
        if books.is_at_rest(sent):
            return books
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(explain(bank, books, sent))
        await asyncio.sleep(0.2)


def explain(bank: Bank, books: Books, sent: Counter[str]) -> str:
    behind = {
        name: (
            count,
            len(books.accounts.get(name, {}).get("deposits", ())),
            len(books.accounts.get(name, {}).get("confirmed", ())),
        )
        for name, count in sent.items()
    }
    logs = "\n".join(
        f"--- {each.log.name} ({each.process.returncode})\n{each.log.read_text()[-1_500:]}" for each in bank.workers
    )
    return f"outbox {books.outbox}, tasks {books.waiting}, (sent, deposited, confirmed): {behind}\n{logs}"


def check_books(books: Books, sent: Counter[str]) -> None:
    """Nothing lost, nothing twice, nothing out of order, and every sum is exact."""
    for name, count in sent.items():
        numbers = list(range(1, count + 1))
        assert numbers == books.accounts[name]["deposits"], name
        assert numbers == books.accounts[name]["confirmed"], name
        assert numbers == books.boxes[name]["numbers"], name
        assert sum(numbers) == books.accounts[name]["balance"] == books.boxes[name]["total"], name
        assert count // 10 == books.accounts[name]["audits"], name
        assert [number for number in numbers if number % 5 == 0] == sorted(books.boxes[name]["insured"]), name
    assert books.safes == books.moved
    assert sum(sent.values()) == books.movements
    assert sum(count * (count + 1) // 2 for count in sent.values()) == sum(books.safes.values())
    assert 0 == books.dead


async def check_topics(bank: Bank, sent: Counter[str]) -> None:
    """On each topic every message is there, and per key the first deliveries are in order."""
    expected = {
        "vault.commands": "vault.store.v1",
        "vault.events": "vault.stored.v1",
        "teller.events": "teller.confirmed.v1",
    }
    for topic, type_ in expected.items():
        numbers = await first_deliveries(bank, topic, type_)
        assert {name: list(range(1, count + 1)) for name, count in sent.items()} == numbers, topic


async def first_deliveries(bank: Bank, topic: str, type_: str) -> dict[str, list[int]]:
    model = REGISTRY.find(type_)
    assert model is not None
    seen: set[str] = set()
    numbers: dict[str, list[int]] = defaultdict(list)
    for record in await raw_records(bank, topic):
        envelope = from_headers(headers=record.headers)
        if envelope.type == type_ and envelope.id not in seen:
            seen.add(envelope.id)
            data = json.loads(record.value or b"{}")
            numbers[data["account"]].append(data["number"])
    return dict(numbers)


async def records_of(bank: Bank, topic: str) -> list[dict[str, Any]]:
    """Return the data of all records of a topic."""
    return [json.loads(record.value or b"{}") for record in await raw_records(bank, topic)]


async def raw_records(bank: Bank, topic: str) -> list[ConsumerRecord[bytes, bytes]]:
    consumer = AIOKafkaConsumer(
        bank.prefix + topic, bootstrap_servers=bank.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    found: list[ConsumerRecord[bytes, bytes]] = []
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += records
        return found
    finally:
        await consumer.stop()
