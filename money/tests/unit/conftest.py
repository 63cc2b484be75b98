"""Orders of every shape, drawn by hypothesis; the strategies are fixtures, so that no test module imports another."""

from collections.abc import Callable

import pytest
from hypothesis import strategies as st

from money.freight import Freight, FreightPolicy
from money.runs import Units
from money.waterfall import Discount, Priced, PricedLine, price_order


@st.composite
def draw_orders(draw: st.DrawFn) -> Priced:
    """Draw a priced order with promotions, tenders, freight and tax."""
    numbers = draw(st.lists(st.text("0123456789", min_size=1, max_size=2), min_size=1, max_size=5, unique=True))
    lines = [draw(draw_line(number)) for number in numbers]
    room = sum(line.gross - line.promotion for line in lines)
    return price_order(
        lines=lines,
        order_promotion=Discount(source="campaign", amount=draw(st.integers(0, room))),
        coupons=[
            Discount(source=f"coupon-{n}", amount=draw(st.integers(0, 800)), lines=draw(eligible(numbers)))
            for n in range(draw(st.integers(0, 2)))
        ],
        red_packet=Discount(source="packet", amount=draw(st.integers(0, 300))),
        points=Discount(source="points", amount=draw(st.integers(0, 300))),
        freight=Freight(amount=draw(st.integers(0, 999)), policy=draw(st.sampled_from(FreightPolicy))),
    )


@st.composite
def draw_line(draw: st.DrawFn, number: str) -> PricedLine:
    """Draw a line with this number."""
    gross = draw(st.integers(0, 2_000))
    return PricedLine(
        line=number,
        quantity=draw(st.integers(1, 12)),
        gross=gross,
        promotion=draw(st.integers(0, gross)),
        offer=f"offer-{number}",
        tax_rate=draw(st.sampled_from([0, 60_000, 130_000, 212_500])),
        tax_included=draw(st.booleans()),
    )


def eligible(numbers: list[str]) -> st.SearchStrategy[frozenset[str] | None]:
    """Draw some of the lines, or None for all."""
    return st.none() | st.frozensets(st.sampled_from(numbers))


def split_singly(priced: Priced) -> list[Units]:
    """Return each unit of the order by itself."""
    return [Units(line=line.line, first=unit, count=1) for line in priced.lines for unit in range(line.quantity)]


@st.composite
def draw_partition(draw: st.DrawFn, priced: Priced) -> list[list[Units]]:
    """Draw a division of all units into groups, none empty."""
    units = draw(st.permutations(split_singly(priced)))
    cuts = sorted(draw(st.sets(st.integers(1, len(units) - 1), max_size=4))) if len(units) > 1 else []
    return [list(units[start:end]) for start, end in zip([0, *cuts], [*cuts, len(units)], strict=True)]


@pytest.fixture(scope="session")
def orders() -> st.SearchStrategy[Priced]:
    """Priced orders of every shape."""
    return draw_orders()


@pytest.fixture(scope="session")
def lines() -> Callable[[str], st.SearchStrategy[PricedLine]]:
    """Lines with a given id."""
    return draw_line


@pytest.fixture(scope="session")
def partitions() -> Callable[[Priced], st.SearchStrategy[list[list[Units]]]]:
    """Divisions of all units of an order into groups, none empty."""
    return draw_partition


@pytest.fixture(scope="session")
def single_units() -> Callable[[Priced], list[Units]]:
    """Each unit of an order by itself."""
    return split_singly
