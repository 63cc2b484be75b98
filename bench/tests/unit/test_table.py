"""The table and the line that other programs read."""

import io

from rich.console import Console

from bench.rounds import Measured
from bench.table import last_line, print_table


def _measured(*, orders_per_s: float, cpu: float, open_p50: float) -> Measured:
    return Measured(
        orders_per_s=orders_per_s,
        cpu={"order": cpu / 2, "postgres": cpu / 2},
        closed_p50=100.0,
        open_p50=open_p50,
        open_p99=200.0,
        open_cores=0.5,
        counts={"messages": 12.0},
    )


def test_the_last_line_has_every_figure() -> None:
    """Ratios are the medians of the rounds' ratios, and a peer that is absent leaves its figure open."""
    rounds = {
        "ordersaga": [_measured(orders_per_s=rate, cpu=2.0, open_p50=30) for rate in (900, 1_000, 500)],
        "restate": [_measured(orders_per_s=rate, cpu=8.0, open_p50=20) for rate in (300, 250, 100)],
        "floor": [_measured(orders_per_s=rate, cpu=1.0, open_p50=5) for rate in (1_800, 2_000, 1_000)],
    }
    assert last_line(rounds=rounds) == (
        "bench: orders_per_s=900 cpu_ms_per_order=2.00 vs_restate=4.00 vs_dbos=n/a vs_floor=0.50 cpu_vs_floor=2.00 "
        "p50_vs_restate=1.50"
    )


def test_nothing_measured_is_said() -> None:
    """Without our own system there is no figure, and still the line."""
    assert last_line(rounds={}).startswith("bench: orders_per_s=n/a cpu_ms_per_order=n/a vs_restate=n/a")


def test_the_table_shows_each_peer() -> None:
    """Every peer has its row and its split by process."""
    console = Console(file=io.StringIO(), width=160)
    print_table(rounds={"ordersaga": [_measured(orders_per_s=900, cpu=2.0, open_p50=30)]}, console=console)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "900 - 900" in text
    assert "ordersaga: order 1.00, postgres 1.00; per order messages 12.00" in text


def test_a_second_line_of_ours_is_named_by_what_it_does() -> None:
    """The row of orders that are paid by a channel says so, and has a ratio as any peer has."""
    console = Console(file=io.StringIO(), width=200)
    each = [_measured(orders_per_s=900, cpu=2.0, open_p50=30)]
    print_table(rounds={"ordersaga": each, "ordersaga-channel": each}, console=console)
    assert isinstance(console.file, io.StringIO)
    assert "ordersaga, channel over HTTP" in console.file.getvalue()
