"""Where the time of our system goes: messages by type, statements, and samples of each process by py-spy."""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bench.counting import Statement
from bench.cpu import cpu_seconds
from bench.folder import temporary_folder
from bench.following import count_types, end_offsets
from bench.layers import read_samples
from bench.ours import Ours
from bench.peer import Run
from bench.rounds import Plan, Say
from bench.workload import Order
from simulators.house.addresses import SERVICES

_SAMPLES_A_SECOND = 200
_SHOWN = 40
_SETTLE_SECONDS, _IDLE_SECONDS = 3.0, 10.0
SAMPLES = Path(".cache/bench")
"""Where the samples stay, as py-spy wrote them: speedscope and its like read them."""


async def print_profile(*, plan: Plan, say: Say) -> None:
    """Carry the orders twice: plainly, for the processor time, and under the sampler."""
    ours, half = Ours(statements=True), plan.orders // 2
    orders = plan.workload.orders(first=0, count=half + 2 * plan.orders)
    with temporary_folder() as folder:
        try:
            say("starting")
            await ours.start(folder=folder, workload=plan.workload)
            say("warming up")
            await ours.closed(orders=orders[:half], window=plan.window)
            say("idling")
            await _idle(ours)
            say("measuring")
            await _measure(ours, orders[half : half + plan.orders], plan)
            say("sampling")
            await _sample(ours, orders[half + plan.orders :], plan)
        finally:
            await ours.stop()


async def _idle(ours: Ours) -> None:
    """Print how many processors are busy when nothing is to be done; first what is left of the warm-up runs out."""
    await asyncio.sleep(_SETTLE_SECONDS)
    before = cpu_seconds(roots=ours.pids())
    await asyncio.sleep(_IDLE_SECONDS)
    print("cores, idle")
    for name, seconds in cpu_seconds(roots=ours.pids()).items():
        print(f"  {name:16} {(seconds - before.get(name, 0)) / _IDLE_SECONDS:6.3f}")


async def _carry(ours: Ours, orders: Sequence[Order], plan: Plan) -> Run:
    if plan.calm:
        return await ours.open(orders=orders, rate=plan.rate)
    return await ours.closed(orders=orders, window=plan.window)


async def _measure(ours: Ours, orders: Sequence[Order], plan: Plan) -> None:
    kafka = ours.house.addresses.kafka
    await ours.forget_statements()
    begin, counted, before = await end_offsets(bootstrap=kafka), await ours.counts(), cpu_seconds(roots=ours.pids())
    run = await _carry(ours, orders, plan)
    taken = cpu_seconds(roots=ours.pids())
    statements, counts = await ours.statements(), await ours.counts()
    messages, octets = await count_types(bootstrap=kafka, begin=begin, end=await end_offsets(bootstrap=kafka))
    print(f"\n{run.ended} orders, {run.ended / run.seconds:.0f} orders/s\n\nprocessor time, ms per order")
    spent = {name: (seconds - before.get(name, 0)) * 1000 / run.ended for name, seconds in taken.items()}
    for name, each in (*spent.items(), ("together", sum(spent.values()))):
        print(f"  {name:16} {each:6.2f}")
    for name, count in counts.items():
        print(f"  {name:16} {(count - counted[name]) / run.ended:6.1f}")
    _print_messages(messages, octets, run.ended)
    _print_statements(statements, run.ended)


def _print_statements(statements: Sequence[Statement], orders: int) -> None:
    print("\nstatements, per order: calls, ms in the server, rows, bytes of log, whole pages in it; and what they do")
    for each in statements:
        figures = (each.calls, each.milliseconds, each.rows, each.wal_bytes, each.wal_pages)
        calls, milliseconds, rows, octets, pages = (figure / orders for figure in figures)
        print(f"  {calls:6.3f} {milliseconds:7.3f} {rows:6.2f} {octets:7.0f} {pages:6.2f}  {each.text}")


def _print_messages(messages: Counter[str], octets: Counter[str], orders: int) -> None:
    print(f"\nmessages, per order: {messages.total() / orders:.2f}, bytes {octets.total() / orders:,.0f}")
    for type_, count in messages.most_common():
        print(f"  {type_:40} {count / orders:5.2f} of {octets[type_] / count:6.0f} bytes")


async def _sample(ours: Ours, orders: Sequence[Order], plan: Plan) -> None:
    program = shutil.which("py-spy")
    if program is None:
        print("\nno samples: py-spy is not on the path")
        return
    pids = ours.pids()
    files = {service: SAMPLES / f"{service}.samples" for service in SERVICES}
    async with _sampling(program, {file: pids[service] for service, file in files.items()}):
        await _carry(ours, orders, plan)
    for service, file in files.items():
        _print_samples(service, file.read_text("utf-8"))


@asynccontextmanager
async def _sampling(program: str, pids: dict[Path, int]) -> AsyncIterator[None]:
    """Have every process sampled until the block ends; py-spy writes its file when it is interrupted.

    Only who holds the interpreter's lock is sampled: what is left out is waiting, and system calls of the event loop.
    """
    samplers = [
        await asyncio.create_subprocess_exec(
            *(program, "record", "--gil", "--format", "raw", "--rate", str(_SAMPLES_A_SECOND)),
            *("--duration", "unlimited", "--pid", str(pid), "--output", str(file)),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        for file, pid in pids.items()
    ]
    try:
        yield
    finally:
        for sampler in samplers:
            sampler.send_signal(2)
            await sampler.wait()


def _print_samples(service: str, text: str) -> None:
    samples = read_samples(text=text)
    print(f"\n{service}: {samples.total} samples of {_SAMPLES_A_SECOND} a second, percent by layer")
    for layer, count in samples.layers.most_common():
        print(f"  {100 * count / samples.total:5.1f}  {layer}")
    for what, counted in (("itself", samples.functions), ("and what it calls", samples.below)):
        print(f"{service}: percent by function, {what}")
        for function, count in counted.most_common(_SHOWN):
            print(f"  {100 * count / samples.total:5.1f}  {function}")
