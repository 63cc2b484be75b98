"""What all peers have in common that keep the shop in PostgreSQL."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from bench.loops import closed_loop, open_loop
from bench.peer import Run
from bench.programs import Programs
from bench.shop import compare, fill
from bench.workload import Order, Workload


class ShopPeer(ABC):
    """A peer over the tables of the shop; what it adds are its programs and how it is told an order."""

    name: str
    servers: ClassVar[Sequence[str]] = ("postgres",)
    schemas: ClassVar[Sequence[Path]] = ()

    def __init__(self) -> None:
        """Start nothing."""
        self._programs: Programs | None = None
        self._workload = Workload()

    def absent(self) -> str | None:
        """Return nothing: the project has what it needs, unless the peer says otherwise."""
        return None

    @abstractmethod
    async def begin(self) -> None:
        """Start the programs; servers and tables are there."""

    @abstractmethod
    async def carry(self, order: Order) -> bool:
        """Submit an order, and return whether it was completed when it has ended."""

    @abstractmethod
    async def end(self) -> None:
        """Let go of connections; the programs are ended after this."""

    @property
    def programs(self) -> Programs:
        """What runs."""
        if self._programs is None:
            raise RuntimeError("it has not been started")
        return self._programs

    @property
    def database_url(self) -> str:
        """The address of the shop."""
        return self.programs.stack.postgres_url()

    async def start(self, *, folder: Path, workload: Workload) -> None:
        """Bring everything up."""
        self._workload = workload
        self._programs = await asyncio.to_thread(lambda: Programs(folder=folder, servers=self.servers))
        await fill(url=self.database_url, workload=workload, more=self.schemas)
        await self.begin()

    async def closed(self, *, orders: Sequence[Order], window: int) -> Run:
        """Carry the orders with so many in flight."""
        return await closed_loop(orders=orders, window=window, carry=self.carry)

    async def open(self, *, orders: Sequence[Order], rate: float) -> Run:
        """Carry the orders at this rate."""
        return await open_loop(orders=orders, rate=rate, carry=self.carry)

    async def verify(self, *, orders: Sequence[Order]) -> list[str]:
        """Look into the tables."""
        return await compare(url=self.database_url, workload=self._workload, orders=orders)

    async def stop(self) -> None:
        """End everything."""
        await self.end()
        if self._programs is not None:
            await asyncio.to_thread(self._programs.stop)

    def pids(self) -> Mapping[str, int]:
        """Return the processes."""
        return self.programs.pids()
