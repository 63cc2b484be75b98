"""What the demo prints at the end."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from simulators.baskets.model import LeftOut
from simulators.demo.reconcile import Figure, Reconciliation
from simulators.shopper.customer import Lived

_SHOWN = 10


def print_outcomes(*, console: Console, lived: Sequence[Lived]) -> None:
    """Print how many orders of each kind of life ended how."""
    table = Table("customers", "orders", "ended as", title="Outcomes", title_justify="left")
    ends = Counter((each.plan.life.value, each.outcome) for each in lived)
    for (life, outcome), count in ends.items():
        table.add_row(life, str(count), outcome)
    console.print(table)


def print_reconciliation(*, console: Console, reconciliation: Reconciliation, left_out: LeftOut) -> None:
    """Print the figures beside those of the data set, and the first differences."""
    table = Table("figure", "who says it", title="Reconciled with the data set", title_justify="left")
    for column in ("must be", "is", "difference"):
        table.add_column(column, justify="right")
    for figure in reconciliation.figures:
        difference = _amount(figure, figure.found - figure.expected)
        mark = "" if figure.agrees else " [bold red]!"
        table.add_row(
            figure.what,
            figure.source,
            _amount(figure, figure.expected),
            _amount(figure, figure.found),
            difference + mark,
        )
    console.print(table)
    for difference in reconciliation.differences[:_SHOWN]:
        console.print(f"  difference: {difference}", highlight=False, soft_wrap=True)
    if len(reconciliation.differences) > _SHOWN:
        console.print(f"  and {len(reconciliation.differences) - _SHOWN} more differences")
    console.print(
        f"Left out of the data: {left_out.baskets} baskets without merchandise, {left_out.lines} lines that are none, "
        f"{left_out.coupon_excess / 100:.2f} printed on coupons beyond the price.",
        highlight=False,
        soft_wrap=True,
    )


def last_line(*, lived: Sequence[Lived], planned: int, stuck: int, violations: int, seconds: float) -> str:
    """Return the demo's last line."""
    ends = Counter(each.outcome for each in lived)
    return (
        f"demo: {planned} baskets, {ends['completed']} completed, {ends['cancelled']} cancelled, "
        f"{ends['rejected']} rejected, {ends['closed']} closed, {stuck} stuck, {violations} violations, {seconds:.0f} s"
    )


def _amount(figure: Figure, value: int) -> str:
    if not figure.money:
        return f"{value:,}"
    sign, (major, minor) = "-" if value < 0 else "", divmod(abs(value), 100)
    return f"{sign}{major:,}.{minor:02}"
