"""Shows how far the replay is: a bar and the orders by stage, or a line now and then where there is no terminal."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from simulators.shopper.plan import Plan
from simulators.shopper.watch import Watch

_EVERY_SECONDS = 0.25
_LINE_EVERY = 20


@asynccontextmanager
async def shown(*, console: Console, watch: Watch, plans: tuple[Plan, ...]) -> AsyncIterator[None]:
    """Show the progress of these plans while the block runs."""
    bar = Progress(
        TextColumn("orders"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[stages]}"),
        console=console,
        transient=False,
        disable=not console.is_terminal,
    )
    with bar:
        showing = asyncio.create_task(_show(bar, console, watch, tuple(plan.order_id for plan in plans)))
        try:
            yield
        finally:
            showing.cancel()


async def _show(bar: Progress, console: Console, watch: Watch, order_ids: tuple[str, ...]) -> None:
    task = bar.add_task("orders", total=len(order_ids), stages="")
    for tick in range(1_000_000):
        stages = watch.stages(order_ids=order_ids)
        ended = sum(stages[end] for end in ("completed", "cancelled", "rejected", "closed"))
        bar.update(task, completed=ended, stages=words(stages=stages))
        if not console.is_terminal and tick % _LINE_EVERY == 0:
            console.print(f"orders: {ended} of {len(order_ids)} ended ({words(stages=stages)})", soft_wrap=True)
        await asyncio.sleep(_EVERY_SECONDS)


def words(*, stages: Counter[str]) -> str:
    """Return the stages in one line, the most frequent first."""
    return ", ".join(f"{count} {stage}" for stage, count in stages.most_common())
