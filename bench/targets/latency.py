"""Latency at given rates: the whole saga, its way to the payment, and how soon an order over HTTP is accepted."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bench.cpu import cpu_seconds
from bench.desk import Desk
from bench.following import Ends
from bench.loops import open_loop
from bench.ours import Ours, opened
from bench.rounds import SETTLE_SECONDS, Plan, Say, carry_closed, checked, since, without_load
from bench.statistics import percentile
from bench.table import print_rows
from bench.targets.slices import Row, Session
from bench.workload import Order, Workload
from simulators.house.addresses import SERVICES

IDLE_SECONDS = 10.0
_ASKED = frozenset({b"payment.request-payment.v1"})
_COLUMNS = (
    ("orders/s", 0),
    ("saga p50 ms", 0),
    ("p99", 0),
    ("payment asked p50 ms", 0),
    ("HTTP accept p50 ms", 0),
    ("p99", 0),
    ("cores", 2),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paced:
    """What one rate came to; milliseconds, and the processors busy without the load generator."""

    rate: float
    sagas: Sequence[float]
    asked: Sequence[float]
    accepted: Sequence[float]
    cores: float

    @property
    def figures(self) -> Sequence[float]:
        """The row's values, in the order of its columns."""
        return (
            self.rate,
            percentile(values=self.sagas, share=0.5),
            percentile(values=self.sagas, share=0.99),
            percentile(values=self.asked, share=0.5),
            percentile(values=self.accepted, share=0.5),
            percentile(values=self.accepted, share=0.99),
            self.cores,
        )


async def measure_latency(*, session: Session, rates: Sequence[float]) -> list[str]:
    """Print a row per rate and return what is wrong; a rate below 1 is a share of the own peak."""
    plan, say, console = session.plan, session.say, session.console
    row = Row()
    say("starting")
    async with opened(workload=plan.workload) as ours, _watched(ours) as watch:
        peak = await _peak(ours, watch, row, plan, say)
        console.print(f"peak {peak:.0f} orders/s; idle, {await _idle(ours)}", highlight=False)
        measured: dict[str, list[Paced]] = {}
        for number in range(1, session.rounds + 1):
            for asked in rates:
                rate = asked if asked >= 1 else asked * peak
                say(f"round {number} of {session.rounds}: {rate:.0f} orders/s")
                name = f"{asked:g}/s" if asked >= 1 else f"{asked:.0%} of the peak"
                measured.setdefault(name, []).append(
                    await watch.pace(row=row, workload=plan.workload, rate=rate, seconds=plan.seconds)
                )
        say("verifying")
        wrong = await ours.verify(orders=row.taken)
    print_rows(
        title="open loop; half of the orders by topic (saga, payment), then half over HTTP (accept)",
        columns=_COLUMNS,
        rows={name: list(zip(*(each.figures for each in paced), strict=True)) for name, paced in measured.items()},
        console=console,
    )
    return wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Our system with who sees its steps."""

    ours: Ours
    requests: Ends
    desk: Desk

    async def pace(self, *, row: Row, workload: Workload, rate: float, seconds: float) -> Paced:
        """Submit orders at a rate for so long by topic, then for as long over HTTP."""
        asked: list[float] = []
        accepted: list[float] = []
        orders = row.take(workload=workload, count=max(1, round(rate * seconds)))
        before = cpu_seconds(roots=self.ours.pids())
        by_topic = await open_loop(orders=orders, rate=rate, carry=lambda order: self._carry(order, asked))
        cores = without_load(before=before, after=cpu_seconds(roots=self.ours.pids())) / by_topic.seconds
        checked(run=by_topic, orders=orders)
        await self.over_http(orders=row.take(workload=workload, count=len(orders)), rate=rate, accepted=accepted)
        return Paced(rate=rate, sagas=by_topic.latencies, asked=asked, accepted=accepted, cores=cores)

    async def over_http(self, *, orders: Sequence[Order], rate: float, accepted: list[float]) -> None:
        """Place orders at a rate over HTTP and note how long each answer took; wait until all have ended."""

        async def place(order: Order) -> bool:
            end, begun = self.ours.expect(order=order), time.perf_counter()
            await self.desk.place(order=order)
            accepted.append((time.perf_counter() - begun) * 1000)
            return await end

        checked(run=await open_loop(orders=orders, rate=rate, carry=place), orders=orders)

    async def _carry(self, order: Order, asked: list[float]) -> bool:
        """Carry an order and note when its payment was asked for: the command is seen on its topic."""
        begun = time.perf_counter()
        request = self.requests.expect(order_id=order.order_id)
        request.add_done_callback(lambda _: asked.append((time.perf_counter() - begun) * 1000))
        return await self.ours.carry(order)


@asynccontextmanager
async def _watched(ours: Ours) -> AsyncIterator[Watch]:
    requests = Ends(bootstrap=ours.house.addresses.kafka, topics=("payment.commands",), good=_ASKED, bad=())
    desk = Desk(addresses=ours.house.addresses)
    await requests.start()
    try:
        yield Watch(ours=ours, requests=requests, desk=desk)
    finally:
        await requests.stop()
        await desk.close()


async def _peak(ours: Ours, watch: Watch, row: Row, plan: Plan, say: Say) -> float:
    warming = row.take(workload=plan.workload, count=plan.orders // 2)
    say(f"warming up with {len(warming)} orders, and half as many over HTTP")
    checked(run=await ours.closed(orders=warming, window=plan.window), orders=warming)
    await watch.over_http(
        orders=row.take(workload=plan.workload, count=plan.orders // 4), rate=plan.rate * 4, accepted=[]
    )
    say(f"{plan.orders} orders, {plan.window} in flight")
    run, _, _ = await carry_closed(
        peer=ours, orders=row.take(workload=plan.workload, count=plan.orders), window=plan.window
    )
    return run.ended / run.seconds


async def _idle(ours: Ours) -> str:
    """Return how busy services and servers are when nothing is to be done; first what is left runs out."""
    await asyncio.sleep(SETTLE_SECONDS)
    before = cpu_seconds(roots=ours.pids())
    await asyncio.sleep(IDLE_SECONDS)
    cores = {
        name: seconds / IDLE_SECONDS
        for name, seconds in since(before=before, after=cpu_seconds(roots=ours.pids())).items()
    }
    services = sum(cores[name] for name in SERVICES)
    return f"services {services:.3f} core, kafka {cores['kafka']:.3f}, postgres {cores['postgres']:.3f}"
