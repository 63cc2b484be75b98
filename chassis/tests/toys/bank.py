"""Runs tellers and vaults as processes on real servers, brings deposits, and counts what became of them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from contracts.envelope import from_headers, to_headers
from contracts.envelope import Envelope
from chassis.sources import SystemClock
from embedded.templates import Database
from toys.messages import REGISTRY, DepositV1

TOKEN = "toy-token"
SESSION_MS = 6_000
READY_SECONDS = 40.0


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@dataclass(slots=True)
class Worker:
    """One process of a service."""

    service: str
    port: int
    process: asyncio.subprocess.Process
    log: Path

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def stop(self) -> int:
        if self.process.returncode is None:
            self.send(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 30)

    async def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    def events(self, name: str) -> list[dict[str, Any]]:
        found = []
        for line in self.log.read_text().splitlines():
            if line.startswith("{") and (event := json.loads(line)).get("event") == name:
                found.append(event)
        return found


@dataclass(slots=True)
class Bank:
    """Both services, their databases and their topics."""

    bootstrap: str
    prefix: str
    databases: dict[str, Database]
    folder: Path
    workers: list[Worker] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)

    async def start(self, service: str, **extra: str) -> Worker:
        upper = service.upper()
        port = free_port()
        here = Path(__file__).parent.parent
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("TELLER_", "VAULT_"))},
            "PYTHONPATH": str(here),
            f"{upper}_DATABASE_URL": self.databases[service].url,
            f"{upper}_KAFKA_BOOTSTRAP": self.bootstrap,
            f"{upper}_TOPIC_PREFIX": self.prefix,
            f"{upper}_API_TOKEN": TOKEN,
            f"{upper}_HTTP_PORT": str(port),
            f"{upper}_SESSION_TIMEOUT_MS": str(SESSION_MS),
            "VAULT_INSURER_URL": self.databases["insurer"].url,
            **{f"{upper}_{name}": value for name, value in (self.extra | extra).items()},
        }
        log = self.folder / f"{service}-{len(self.workers)}.log"
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", f"toys.{service}", "serve", env=environment, stdout=out, stderr=out
            )
        worker = Worker(service, port, process, log)
        self.workers.append(worker)
        return worker

    async def start_all(self, **counts: int) -> None:
        for service, count in counts.items():
            for _ in range(count):
                await self.start(service)
        await self.until_ready()

    async def until_ready(self) -> None:
        for worker in self.workers:
            if worker.process.returncode is None:
                await self.until_answer(worker)

    async def until_answer(self, worker: Worker) -> None:
        deadline = asyncio.get_running_loop().time() + READY_SECONDS
        async with httpx.AsyncClient() as client:
            while True:
                assert worker.process.returncode is None, worker.log.read_text()[-3_000:]
                try:
                    response = await client.get(f"http://127.0.0.1:{worker.port}/health/ready", timeout=3)
                    if response.status_code == 200:
                        return
                except httpx.HTTPError:
                    pass
                assert asyncio.get_running_loop().time() < deadline, worker.log.read_text()[-3_000:]
                await asyncio.sleep(0.1)

    async def stop(self) -> list[int]:
        return list(await asyncio.gather(*(each.stop() for each in self.workers if each.process.returncode is None)))

    async def kill(self) -> None:
        for worker in self.workers:
            await worker.kill()

    def client(self, worker: Worker) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{worker.port}", headers=headers, timeout=15)

    async def status(self, worker: Worker) -> dict[str, Any]:
        async with self.client(worker) as client:
            found: dict[str, Any] = (await client.get("/status")).json()
            return found


@dataclass(slots=True)
class Depositor:
    """Brings deposits number 1, 2, 3 ... of each account, and remembers which the broker has acknowledged."""

    bank: Bank
    producer: AIOKafkaProducer
    accounts: Sequence[str]
    sent: Counter[str] = field(default_factory=Counter)

    @classmethod
    async def open(cls, bank: Bank, accounts: int) -> Depositor:
        producer = AIOKafkaProducer(bootstrap_servers=bank.bootstrap, enable_idempotence=True, acks="all")
        await producer.start()
        return cls(bank, producer, [f"account-{number}" for number in range(accounts)])

    async def bring(self, *, rounds: int, pause: float = 0.0, twice: bool = False) -> None:
        for _ in range(rounds):
            futures = []
            for account in self.accounts:
                self.sent[account] += 1
                futures += await self._send(account, self.sent[account], twice=twice)
            await asyncio.gather(*futures)
            await asyncio.sleep(pause)

    async def _send(self, account: str, number: int, *, twice: bool) -> list[Any]:
        command = DepositV1(account=account, number=number, amount=number)
        headers = envelope_headers(type_="teller.deposit.v1", key=account)
        value = command.model_dump_json().encode()
        topic = self.bank.prefix + "teller.commands"
        return [
            await self.producer.send(topic, value=value, key=account.encode(), headers=list(headers))
            for _ in range(2 if twice and number % 3 == 0 else 1)
        ]

    async def close(self) -> None:
        await self.producer.stop()


def envelope_headers(
    *, type_: str, key: str, id_: str | None = None, traceparent: str = ""
) -> tuple[tuple[str, bytes], ...]:
    envelope = Envelope(
        id=id_ or str(uuid4()),
        source="/test",
        type=type_,
        subject=key,
        time=SystemClock().now(),
        correlation_id=key,
        causation_id="",
        traceparent=traceparent,
    )
    return to_headers(envelope=envelope)


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


async def until_at_rest(bank: Bank, sent: Counter[str], seconds: float = 60) -> Books:
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
    consumer = AIOKafkaConsumer(
        bank.prefix + topic, bootstrap_servers=bank.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    try:
        seen: set[str] = set()
        numbers: dict[str, list[int]] = defaultdict(list)
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    envelope = from_headers(headers=record.headers)
                    if envelope.type == type_ and envelope.id not in seen:
                        seen.add(envelope.id)
                        data = model.model.model_validate_json(record.value)
                        numbers[data.account].append(data.number)  # type: ignore[attr-defined] # every toy message that is asked for has both
        return dict(numbers)
    finally:
        await consumer.stop()
