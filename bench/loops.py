"""The two ways to submit orders, for every peer that can be told one order and asked to return at its end."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from bench.peer import Run
from bench.workload import Order

Carry = Callable[[Order], Awaitable[bool]]  # submits an order; True when it was completed, False when declined

PATIENCE_SECONDS = 600.0


class _Record:
    """What has ended so far."""

    def __init__(self, *, carry: Carry) -> None:
        self._carry = carry
        self._latencies: list[float] = []
        self._completed = 0
        self._begun = self._ended = time.perf_counter()

    async def one(self, order: Order, *, due: float) -> None:
        completed = await self._carry(order)
        self._ended = time.perf_counter()
        self._latencies.append((self._ended - due) * 1000)
        self._completed += completed

    def run(self) -> Run:
        return Run(
            seconds=self._ended - self._begun,
            latencies=tuple(self._latencies),
            completed=self._completed,
            declined=len(self._latencies) - self._completed,
        )


async def closed_loop(*, orders: Sequence[Order], window: int, carry: Carry) -> Run:
    """Keep so many orders in flight until all have ended."""
    record, waiting = _Record(carry=carry), iter(orders)

    async def take_turns() -> None:
        for order in waiting:
            await record.one(order, due=time.perf_counter())

    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        for _ in range(window):
            group.create_task(take_turns())
    return record.run()


async def open_loop(*, orders: Sequence[Order], rate: float, carry: Carry) -> Run:
    """Submit an order each time one is due, whatever has become of the others; wait until all have ended."""
    record = _Record(carry=carry)
    begun = time.perf_counter()
    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        for number, order in enumerate(orders):
            due = begun + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(record.one(order, due=due))
    return record.run()
