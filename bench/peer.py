"""What the benchmark asks of every system it measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.workload import Order, Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How a number of orders went through."""

    seconds: float  # from the first submission to the end of the last saga
    latencies: tuple[float, ...]  # milliseconds from the submission of an order to the end of its saga, ended ones only
    completed: int  # paid, shipped and invoiced
    declined: int  # not paid, and the stock given back

    @property
    def ended(self) -> int:
        """The orders whose saga has ended, either way."""
        return self.completed + self.declined


class Peer(Protocol):
    """A system that carries the workload.

    A peer is used once: `start`, any number of runs, `verify`, `stop`. Servers and workers are processes of their own.
    """

    name: str

    def absent(self) -> str | None:
        """Return why the peer cannot run here, or nothing when it can."""

    async def start(self, *, folder: Path, workload: Workload) -> None:
        """Bring everything up under the folder: servers, schema, stock and customers, statistics (ANALYZE)."""

    async def closed(self, *, orders: Sequence[Order], window: int) -> Run:
        """Carry the orders with so many in flight at a time; the next is submitted when one has ended."""

    async def open(self, *, orders: Sequence[Order], rate: float) -> Run:
        """Carry the orders, submitted at this rate per second whatever becomes of them.

        A latency counts from the moment at which the order was due, so that a stalled generator hides nothing.
        """

    async def verify(self, *, orders: Sequence[Order]) -> list[str]:
        """Compare stock and money with all orders carried since the start; return what is wrong, in words."""

    async def stop(self) -> None:
        """End every process that was started."""

    def pids(self) -> Mapping[str, int]:
        """Return the root of each process tree by a name for the table (postgres, kafka, order ...).

        The load generator counts too, and need not be named here.
        """
