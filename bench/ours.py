"""Our system as a black box: orders go in on a topic, invoices and cancellations are seen on topics."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bench.checking import compare
from bench.counting import Statement, read_statements, reset_statements, transactions, wal_bytes
from bench.folder import temporary_folder
from bench.following import Ends, end_offsets
from bench.house import SOURCE, command_of, fill, open_house
from bench.loops import closed_loop, open_loop
from bench.peer import Run
from bench.workload import Order, Workload
from contracts.values import ChannelName
from simulators.demo.books import Clerk
from simulators.house.addresses import SERVICES
from simulators.house.embedded import EmbeddedHouse
from simulators.publishing import Publisher, derived_id

SERVERS = ("postgres", "kafka", "valkey")


class Ours:
    """ordersaga: five services, PostgreSQL, Kafka and Valkey."""

    name = "ordersaga"

    def __init__(self, *, statements: bool = False, processes: int = 1) -> None:
        """Start nothing; `statements` has PostgreSQL count them, at some cost; `processes` is for each service."""
        self._statements = statements
        self._processes = processes
        self._house: EmbeddedHouse | None = None
        self._publisher: Publisher | None = None
        self._ends: Ends | None = None
        self.workload = Workload()

    def absent(self) -> str | None:
        """Return nothing: what it needs is what the project needs."""
        return None

    @property
    def house(self) -> EmbeddedHouse:
        """The running house."""
        if self._house is None:
            raise RuntimeError("it has not been started")
        return self._house

    async def start(self, *, folder: Path, workload: Workload) -> None:
        """Bring the house up and fill it."""
        self.workload = workload
        self._house = await asyncio.to_thread(
            open_house,
            folder=folder,
            say=lambda _line: None,
            statements=self._statements,
            processes=self._processes,
        )
        await fill(house=self._house, workload=workload)
        kafka = self._house.addresses.kafka
        self._ends = Ends(bootstrap=kafka)
        await self._ends.start()
        self._publisher = await Publisher(bootstrap=kafka, source=SOURCE).__aenter__()

    async def closed(self, *, orders: Sequence[Order], window: int) -> Run:
        """Carry the orders with so many in flight."""
        return await closed_loop(orders=orders, window=window, carry=self.carry)

    async def open(self, *, orders: Sequence[Order], rate: float) -> Run:
        """Carry the orders at this rate."""
        return await open_loop(orders=orders, rate=rate, carry=self.carry)

    async def verify(self, *, orders: Sequence[Order]) -> list[str]:
        """Ask the services for their books, and the auditor."""
        async with httpx.AsyncClient() as client:
            clerk = Clerk(addresses=self.house.addresses, client=client)
            wrong = await self.compare(clerk=clerk, orders=orders)
        verdict = await asyncio.to_thread(self.house.audit)
        return wrong if verdict.exit_code == 0 else [*wrong, verdict.words]

    async def compare(self, *, clerk: Clerk, orders: Sequence[Order]) -> list[str]:
        """Compare the books with what the orders must leave behind."""
        return await compare(clerk=clerk, workload=self.workload, orders=orders)

    async def counts(self) -> Mapping[str, float]:
        """Return how many messages and database transactions there have been; the latter are a second behind."""
        ends = await end_offsets(bootstrap=self.house.addresses.kafka)
        return {
            "messages": sum(ends.values()),
            "transactions": await asyncio.to_thread(transactions, house=self.house),
            "WAL bytes": await asyncio.to_thread(wal_bytes, house=self.house),
        }

    async def forget_statements(self) -> None:
        """Let the count of statements begin anew."""
        await asyncio.to_thread(reset_statements, house=self.house)

    async def statements(self) -> list[Statement]:
        """Return what has been executed since."""
        return await asyncio.to_thread(read_statements, house=self.house)

    async def stop(self) -> None:
        """End everything."""
        if self._publisher is not None:
            await self._publisher.__aexit__()
        if self._ends is not None:
            await self._ends.stop()
        if self._house is not None:
            await asyncio.to_thread(self._house.stop)

    def pids(self) -> Mapping[str, int]:
        """Return the processes of services and servers."""
        names = [f"{service}-{number}" for service in SERVICES for number in range(2, self._processes + 1)]
        services = {name: self.house.process(name).pid for name in (*SERVICES, *names)}
        servers = {name: int((self.house.state_dir / f"{name}.pid").read_text()) for name in SERVERS}
        return services | servers

    def channel_of(self, *, order: Order) -> ChannelName:  # noqa: ARG002 - asked by who pays in more ways than one
        """Return what an order is paid by."""
        return "balance"

    def expect(self, *, order: Order) -> asyncio.Future[bool]:
        """Return what tells of the end of an order that is about to be submitted."""
        if self._ends is None:
            raise RuntimeError("it has not been started")
        return self._ends.expect(order_id=order.order_id)

    async def carry(self, order: Order) -> bool:
        """Submit an order by its command and wait for its end."""
        if self._publisher is None:
            raise RuntimeError("it has not been started")
        end = self.expect(order=order)
        now = datetime.now(UTC)
        await self._publisher.publish(
            message=command_of(
                order_id=order.order_id,
                key=order.key,
                customer=order.customer,
                lines=tuple((line.sku, line.quantity, line.price) for line in order.lines),
                channel=self.channel_of(order=order),
            ),
            id_=derived_id(at=now, of=(order.order_id,)),
            at=now,
            copies=1 + order.twice,
        )
        return await end


@asynccontextmanager
async def opened(*, workload: Workload, processes: int = 1) -> AsyncIterator[Ours]:
    """Give our system, filled, on a folder of its own; leave the block and all of it ends."""
    ours = Ours(processes=processes)
    with temporary_folder() as folder:
        try:
            await ours.start(folder=folder, workload=workload)
            yield ours
        finally:
            await ours.stop()
