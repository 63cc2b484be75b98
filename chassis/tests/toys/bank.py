"""Runs tellers and vaults as processes on real servers, brings deposits, and counts what became of them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from aiokafka import AIOKafkaProducer

from chassis.sources import SystemClock
from contracts.envelope import Envelope, to_headers
from embedded.templates import Database
from toys.messages import DepositV1

TOKEN = "toy-token"
SESSION_MS = 6_000
READY_SECONDS = 120.0


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
        return await asyncio.wait_for(self.process.wait(), 60)

    async def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    def events(self, name: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line.get("event") == name]


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
    @asynccontextmanager
    async def at(cls, bank: Bank, *, accounts: int = 24) -> AsyncIterator[Depositor]:
        producer = AIOKafkaProducer(bootstrap_servers=bank.bootstrap, enable_idempotence=True, acks="all")
        await producer.start()
        try:
            yield cls(bank, producer, [f"account-{number}" for number in range(accounts)])
        finally:
            await producer.stop()

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
