"""One round of one peer: start, warm up, measure, verify, stop."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from bench.cpu import LOAD, cpu_seconds
from bench.folder import temporary_folder
from bench.peer import Peer, Run
from bench.statistics import percentile
from bench.workload import Order, Workload

SETTLE_SECONDS, IDLE_SECONDS = 2.0, 5.0

Figures = Mapping[str, float]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much a round does."""

    orders: int = 4_000
    window: int = 256
    rate: float = 20.0
    seconds: float = 10.0  # of the open loop
    calm: bool = False  # a profile is taken in the open loop
    workload: Workload = field(default_factory=Workload)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one round of one peer took. `cpu` is milliseconds per order by process, `counts` are per order."""

    orders_per_s: float
    cpu: Mapping[str, float]
    closed_p50: float
    open_p50: float
    open_p99: float
    open_cores: float  # processors busy during the open loop, without the load generator
    idle_cores: float = 0.0  # and while there is nothing to do
    counts: Mapping[str, float] = field(default_factory=dict)
    wrong: Sequence[str] = ()

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of processor time per order, everything together."""
        return sum(self.cpu.values())


@runtime_checkable
class Counting(Protocol):
    """A peer that can say what it has done so far: messages, transactions, statements."""

    async def counts(self) -> Mapping[str, float]:
        """Return how many of each there have been since the start."""


class RoundError(RuntimeError):
    """A round came to another end than its workload must have."""


async def run_round(*, peer: Peer, plan: Plan, say: Say) -> Measured:
    """Measure a peer once, on a folder of its own."""
    with temporary_folder() as folder:
        try:
            say(f"{peer.name}: starting")
            await peer.start(folder=folder, workload=plan.workload)
            return await _measured(peer, plan, say)
        finally:
            await peer.stop()


async def _measured(peer: Peer, plan: Plan, say: Say) -> Measured:
    calm = int(plan.rate * plan.seconds)
    orders = plan.workload.orders(first=0, count=plan.orders // 2 + plan.orders + calm)
    warming, busy, slow = _cut(orders, (plan.orders // 2, plan.orders, calm))
    say(f"{peer.name}: warming up with {len(warming)} orders")
    checked(run=await peer.closed(orders=warming, window=plan.window), orders=warming)
    idle = await _idle_cores(peer)
    say(f"{peer.name}: {len(busy)} orders, {plan.window} in flight")
    run, cpu, counts = await carry_closed(peer=peer, orders=busy, window=plan.window)
    say(f"{peer.name}: {run.ended / run.seconds:.0f} orders/s; {len(slow)} orders at {plan.rate:g}/s")
    before = cpu_seconds(roots=peer.pids())
    calmly = checked(run=await peer.open(orders=slow, rate=plan.rate), orders=slow)
    cores = without_load(before=before, after=cpu_seconds(roots=peer.pids())) / calmly.seconds
    say(f"{peer.name}: verifying")
    return Measured(
        orders_per_s=run.ended / run.seconds,
        cpu=cpu,
        closed_p50=percentile(values=run.latencies, share=0.5),
        open_p50=percentile(values=calmly.latencies, share=0.5),
        open_p99=percentile(values=calmly.latencies, share=0.99),
        open_cores=cores,
        idle_cores=idle,
        counts=counts,
        wrong=await peer.verify(orders=orders),
    )


async def carry_closed(
    *, peer: Peer, orders: Sequence[Order], window: int
) -> tuple[Run, Mapping[str, float], Mapping[str, float]]:
    """Return the run, and the processor time and the counts that it took per order."""
    counted = await _counts(peer)
    before = cpu_seconds(roots=peer.pids())
    run = checked(run=await peer.closed(orders=orders, window=window), orders=orders)
    taken = since(before=before, after=cpu_seconds(roots=peer.pids()))
    done = since(before=counted, after=await _counts(peer))
    cpu = {name: seconds * 1000 / run.ended for name, seconds in taken.items()}
    return run, cpu, {name: count / run.ended for name, count in done.items()}


async def _idle_cores(peer: Peer) -> float:
    """Return how many processors are busy when nothing is to be done; what is left of the warm-up runs out first."""
    await asyncio.sleep(SETTLE_SECONDS)
    before = cpu_seconds(roots=peer.pids())
    await asyncio.sleep(IDLE_SECONDS)
    return without_load(before=before, after=cpu_seconds(roots=peer.pids())) / IDLE_SECONDS


def without_load(*, before: Figures, after: Figures) -> float:
    """Return the seconds between two readings, those of the load generator left out."""
    return sum(seconds for name, seconds in since(before=before, after=after).items() if name != LOAD)


async def _counts(peer: Peer) -> Mapping[str, float]:
    return await peer.counts() if isinstance(peer, Counting) else {}


def checked(*, run: Run, orders: Sequence[Order]) -> Run:
    """Return the run of these orders when each came to its right end."""
    declined = sum(order.declined for order in orders)
    if (run.completed, run.declined) != (len(orders) - declined, declined):
        raise RoundError(
            f"{run.completed} orders were completed and {run.declined} declined; "
            f"{len(orders) - declined} and {declined} was right"
        )
    return run


def since(*, before: Figures, after: Figures) -> dict[str, float]:
    """Return what each has gained between two readings."""
    return {name: value - before.get(name, 0.0) for name, value in after.items()}


def _cut(orders: Sequence[Order], sizes: Sequence[int]) -> list[Sequence[Order]]:
    parts, begin = [], 0
    for size in sizes:
        parts.append(orders[begin : begin + size])
        begin += size
    return parts
