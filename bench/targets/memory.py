"""Whether the services' memory stays flat: resident size over a time at a fixed rate, and its slope."""

import asyncio
import math
import os
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

from rich.console import Console

from bench.ours import Ours, opened
from bench.rounds import checked
from bench.statistics import slope
from bench.table import print_rows
from bench.targets.slices import Row, Session
from simulators.house.addresses import SERVICES

Samples = defaultdict[str, list[tuple[float, float]]]
"""Hours and megabytes by service."""

_PIECE_SECONDS = 60.0
_LOOK_SECONDS = 5.0


async def measure_memory(*, session: Session, minutes: float) -> list[str]:
    """Print each service's memory at the begin and at the end and its slope, and return what is wrong."""
    plan, row, samples = session.plan, Row(), Samples(list)
    session.say("starting")
    async with opened(workload=plan.workload) as ours:
        warming = row.take(workload=plan.workload, count=plan.orders)
        session.say(f"warming up with {len(warming)} orders")
        checked(run=await ours.closed(orders=warming, window=plan.window), orders=warming)
        looking = asyncio.create_task(_look(ours, samples))
        try:
            await _carry(session, ours, row, minutes)
        finally:
            looking.cancel()
        session.say("verifying")
        wrong = await ours.verify(orders=row.taken)
    _print(session.console, samples, f"{minutes:g} minutes at {plan.rate:g} orders/s")
    return wrong


async def _carry(session: Session, ours: Ours, row: Row, minutes: float) -> None:
    plan, left = session.plan, minutes * 60
    pieces = math.ceil(left / _PIECE_SECONDS)
    for number in range(pieces):
        session.say(f"piece {number + 1} of {pieces}")
        count = round(plan.rate * min(left, _PIECE_SECONDS))
        orders = row.take(workload=plan.workload, count=count)
        checked(run=await ours.open(orders=orders, rate=plan.rate), orders=orders)
        left -= _PIECE_SECONDS


async def _look(ours: Ours, samples: Samples) -> None:
    pids, begun = ours.pids(), time.monotonic()
    while True:
        for service in SERVICES:
            samples[service].append(((time.monotonic() - begun) / 3_600, resident_bytes(pid=pids[service]) / 1e6))
        await asyncio.sleep(_LOOK_SECONDS)


def resident_bytes(*, pid: int) -> int:
    """Return how much of a process is in memory."""
    if sys.platform == "linux":
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    argv = ("/bin/ps", "-o", "rss=", "-p", str(pid))
    done = subprocess.run(argv, capture_output=True, text=True, check=True)  # noqa: S603 - a program and a number
    return int(done.stdout) * 1024


def _print(console: Console, samples: Samples, title: str) -> None:
    columns = (("MB at the begin", 1), ("at the end", 1), ("MB/h", 2))
    rows = {service: ([seen[0][1]], [seen[-1][1]], [slope(points=seen)]) for service, seen in samples.items()}
    print_rows(title=title, columns=columns, rows=rows, console=console)
