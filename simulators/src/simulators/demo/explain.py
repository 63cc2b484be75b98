"""One order from start to end, as each service tells its part."""

from rich.console import Console

from simulators.demo.books import Clerk


async def explain(*, clerk: Clerk, order_id: str, console: Console) -> None:
    """Ask every service about one order and print what it says."""
    console.print(order_id, clerk)
