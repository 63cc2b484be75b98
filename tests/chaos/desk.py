"""The customers' desk, which writes down what was acknowledged, and a publisher that outlives its broker."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from contracts.order import CancelOrderV1, ConfirmReceiptV1, PlaceOrderV1
from simulators.publishing import Outgoing, Publisher
from simulators.shopper.customer import OrderDesk

TAKEN_SECONDS = 15.0
STOP_SECONDS = 2.0
AGAIN_SECONDS = 0.5


class Record:
    """A file of the orders that the house has acknowledged, written when the acknowledgement comes."""

    def __init__(self, *, path: Path) -> None:
        self._path = path
        path.touch()

    def note(self, *, order_id: str, way: str) -> None:
        """Write one line."""
        line = json.dumps({"order_id": order_id, "way": way, "at": datetime.now(UTC).isoformat()})
        with self._path.open("a") as file:
            file.write(f"{line}\n")

    def read(self) -> dict[str, str]:
        """Return the way that each order came by."""
        lines = (json.loads(line) for line in self._path.read_text().splitlines())
        return {line["order_id"]: line["way"] for line in lines}


class RecordingDesk:
    """Places orders, and keeps what it sent by Kafka: a broker may forget what it has acknowledged."""

    def __init__(self, *, desk: OrderDesk, record: Record) -> None:
        self._desk = desk
        self._record = record
        self._sent: dict[str, list[PlaceOrderV1 | CancelOrderV1 | ConfirmReceiptV1]] = defaultdict(list)

    async def place(self, *, order: PlaceOrderV1, by_http: bool, twice: bool) -> None:
        """Place an order, and write it down when it is acknowledged: by the broker, or by an answer over HTTP."""
        await self._desk.place(order=order, by_http=by_http, twice=twice)
        self._record.note(order_id=order.order_id, way="http" if by_http else "kafka")
        if not by_http:
            self._sent[order.order_id].append(order)

    async def cancel(self, *, order: CancelOrderV1, by_http: bool, twice: bool) -> None:
        """Cancel an order."""
        await self._desk.cancel(order=order, by_http=by_http, twice=twice)
        if not by_http:
            self._sent[order.order_id].append(order)

    async def confirm(self, *, order: ConfirmReceiptV1, twice: bool) -> None:
        """Say that the goods are here."""
        await self._desk.confirm(order=order, twice=twice)
        self._sent[order.order_id].append(order)

    async def send_again(self, *, order_ids: Collection[str]) -> int:
        """Send again what was sent by Kafka for these orders, as whoever has seen no outcome must; return how much."""
        commands = [command for order_id in order_ids for command in self._sent[order_id]]
        for command in commands:
            match command:
                case PlaceOrderV1():
                    await self._desk.place(order=command, by_http=False, twice=False)
                case CancelOrderV1():
                    await self._desk.cancel(order=command, by_http=False, twice=False)
                case ConfirmReceiptV1():
                    await self._desk.confirm(order=command, twice=False)
        return len(commands)


class PatientPublisher(Publisher):
    """Sends again, with a new producer, what the broker has not taken in time: the receivers' inboxes drop repeats."""

    def __init__(self, *, bootstrap: str, source: str) -> None:
        super().__init__(bootstrap=bootstrap, source=source)
        self._of = (bootstrap, source)
        self._replacing = asyncio.Lock()

    async def publish_all(self, *, records: Sequence[Outgoing]) -> None:
        """Return when the broker has all of them, however long it takes."""
        while True:
            producer = self._producer
            try:
                async with asyncio.timeout(TAKEN_SECONDS):
                    await super().publish_all(records=records)
            except (KafkaError, TimeoutError):
                await self._replace(producer)
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return

    async def _replace(self, broken: AIOKafkaProducer) -> None:
        async with self._replacing:
            if self._producer is not broken:
                return
            await _stop(broken)
            bootstrap, source = self._of
            super().__init__(bootstrap=bootstrap, source=source)
            with suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(TAKEN_SECONDS):
                    await self._producer.start()


async def _stop(producer: AIOKafkaProducer) -> None:
    with suppress(Exception):
        await asyncio.wait_for(producer.stop(), STOP_SECONDS)
    with suppress(Exception):
        await asyncio.wait_for(producer.client.close(), STOP_SECONDS)
