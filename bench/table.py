"""The table of a run and its last line."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from rich.console import Console
from rich.table import Table

from bench.peers import OURS, PEERS
from bench.rounds import Measured
from bench.statistics import Spread, ratio

Rounds = Mapping[str, Sequence[Measured]]
Figure = Callable[[Measured], float]

NOTHING = "n/a"
_COLUMNS: Sequence[tuple[str, Figure, int]] = (
    ("orders/s", lambda each: each.orders_per_s, 0),
    ("CPU ms/order", lambda each: each.cpu_ms, 2),
    ("p50 ms, closed", lambda each: each.closed_p50, 0),
    ("p50 ms, open", lambda each: each.open_p50, 0),
    ("p99 ms, open", lambda each: each.open_p99, 0),
    ("cores, open", lambda each: each.open_cores, 2),
    ("idle", lambda each: each.idle_cores, 2),
)
_LAST: Sequence[tuple[str, str, Figure]] = (
    ("vs_restate", "restate", lambda each: each.orders_per_s),
    ("vs_dbos", "dbos", lambda each: each.orders_per_s),
    ("vs_floor", "floor", lambda each: each.orders_per_s),
    ("cpu_vs_floor", "floor", lambda each: each.cpu_ms),
    ("p50_vs_restate", "restate", lambda each: each.open_p50),
)


def print_table(*, rounds: Rounds, console: Console) -> None:
    """Print all peers with medians and spread, our share of each figure, and what an order takes where."""
    table = Table(title="medians over the rounds, below them the least and the most")
    table.add_column("peer")
    for name, _, _ in _COLUMNS:
        table.add_column(name, justify="right")
    table.add_column(f"{OURS} : peer", justify="right")
    for peer, measured in rounds.items():
        cells = (_cell([figure(each) for each in measured], digits) for _, figure, digits in _COLUMNS)
        table.add_row(_title(peer), *cells, _times(rounds, peer, _COLUMNS[0][1]))
    console.print(table)
    for peer, measured in rounds.items():
        console.print(f"{_title(peer)}: {_split(measured)}", highlight=False, soft_wrap=True)


def _title(peer: str) -> str:
    return PEERS[peer].title or peer


def print_rows(
    *, title: str, columns: Sequence[tuple[str, int]], rows: Mapping[str, Sequence[Sequence[float]]], console: Console
) -> None:
    """Print a row for each name: of each column, which has so many digits, the spread of its values."""
    table = Table(title=title)
    table.add_column("")
    for name, _ in columns:
        table.add_column(name, justify="right")
    for row, figures in rows.items():
        table.add_row(row, *(_cell(values, digits) for values, (_, digits) in zip(figures, columns, strict=True)))
    console.print(table)


def last_line(*, rounds: Rounds) -> str:
    """Return the line that other programs read."""
    ours = rounds.get(OURS, ())
    figures = {
        "orders_per_s": _median([each.orders_per_s for each in ours], 0),
        "cpu_ms_per_order": _median([each.cpu_ms for each in ours], 2),
        **{name: _times(rounds, peer, figure) for name, peer, figure in _LAST},
    }
    return "bench: " + " ".join(f"{name}={value}" for name, value in figures.items())


def _times(rounds: Rounds, peer: str, figure: Figure) -> str:
    ours, theirs = rounds.get(OURS, ()), rounds.get(peer, ())
    if not ours or len(ours) != len(theirs):
        return NOTHING
    times = ratio(ours=[figure(each) for each in ours], theirs=[figure(each) for each in theirs])
    return f"{times.median:.2f}"


def _median(values: Sequence[float], digits: int) -> str:
    return f"{Spread.of(values=values).median:.{digits}f}" if values else NOTHING


def _cell(values: Sequence[float], digits: int) -> str:
    spread = Spread.of(values=values)
    return f"{spread.median:,.{digits}f}\n{spread.least:,.{digits}f} - {spread.most:,.{digits}f}"


def _split(measured: Sequence[Measured]) -> str:
    return "; ".join((", ".join(_parts(measured, lambda each: each.cpu)), *_counted(measured)))


def _counted(measured: Sequence[Measured]) -> Iterator[str]:
    if any(each.counts for each in measured):
        yield "per order " + ", ".join(_parts(measured, lambda each: each.counts))


def _parts(measured: Sequence[Measured], of: Callable[[Measured], Mapping[str, float]]) -> Iterator[str]:
    for name in dict.fromkeys(name for each in measured for name in of(each)):
        yield f"{name} {_median([of(each).get(name, 0.0) for each in measured], 2)}"
