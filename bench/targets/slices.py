"""What the targets share: the endless row of orders, taken slice by slice, and what a slice took."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console

from bench.ours import Ours
from bench.rounds import Plan, Say, carry_closed
from bench.statistics import percentile, ratio
from bench.table import print_rows
from bench.workload import Order, Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """How much is measured, and where progress and results go."""

    plan: Plan
    rounds: int
    say: Say
    console: Console


class Row:
    """The endless row of orders of a seed, of which no number is taken twice."""

    def __init__(self) -> None:
        """Take nothing yet."""
        self.taken: list[Order] = []

    def take(self, *, workload: Workload, count: int) -> list[Order]:
        """Return the next orders, made as this workload has them."""
        orders = workload.orders(first=len(self.taken), count=count)
        self.taken += orders
        return orders


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """What some orders took in a closed loop."""

    orders_per_s: float
    cpu_ms: float
    p50: float


async def carry_slice(*, ours: Ours, orders: Sequence[Order], window: int) -> Slice:
    """Carry orders in a closed loop and return what it took, everything together."""
    run, cpu, _ = await carry_closed(peer=ours, orders=orders, window=window)
    return Slice(
        orders_per_s=run.ended / run.seconds,
        cpu_ms=sum(cpu.values()),
        p50=percentile(values=run.latencies, share=0.5),
    )


def print_slices(*, title: str, slices: Mapping[str, Sequence[Slice]], console: Console) -> None:
    """Print a row for each variant with its ratio to the first one, made round by round."""
    base = next(iter(slices.values()))
    rows: dict[str, Sequence[Sequence[float]]] = {}
    for name, measured in slices.items():
        speed = ratio(ours=[each.orders_per_s for each in measured], theirs=[each.orders_per_s for each in base])
        cost = ratio(ours=[each.cpu_ms for each in measured], theirs=[each.cpu_ms for each in base])
        rows[name] = (
            [each.orders_per_s for each in measured],
            [each.cpu_ms for each in measured],
            [each.p50 for each in measured],
            (speed.median, speed.least, speed.most),
            (cost.median, cost.least, cost.most),
        )
    columns = (("orders/s", 0), ("CPU ms/order", 2), ("p50 ms", 0), ("orders/s : first", 2), ("CPU : first", 2))
    print_rows(title=title, columns=columns, rows=rows, console=console)
