"""Holds what the customers were promised against what is in the books after the last fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chaos.flow import Placed
from simulators.demo.books import Books
from simulators.demo.settling import Settled

JUDGED_AT_LEAST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What became of the orders of one scenario; ``complaints`` is everything for which the run fails, in words."""

    orders: int
    acknowledged: int
    accounted: int
    outside: int
    succeeded: int
    violations: int
    lost: Sequence[str]
    complaints: Sequence[str]


def judge(
    *, placed: Sequence[Placed], acknowledged: Mapping[str, str], settled: Settled, wrong: Sequence[str] = ()
) -> Finding:
    """Judge the orders of a scenario; ``wrong`` is what went wrong with the faults themselves.

    Every order has to come to the end that its plan asks for: no share of failures is let pass, and so none is
    compared with a limit. But where hardly an order was placed while nothing was wrong, that proves nothing.
    """
    promised = [each.plan.order_id for each in placed if each.plan.order_id in acknowledged]
    lost = [order_id for order_id in promised if order_id not in settled.books.orders]
    differences = _differences(settled)
    outside = [each for each in placed if each.outside]
    return Finding(
        orders=len(placed),
        acknowledged=len(promised),
        accounted=sum(settled.books.at_rest(order_id=each) for each in promised),
        outside=len(outside),
        succeeded=sum(_succeeded(each, differences) for each in outside),
        violations=settled.verdict.violations,
        lost=lost,
        complaints=[
            *wrong,
            *(f"acknowledged and lost: {order_id}" for order_id in lost),
            *differences,
            *_unended(promised, settled.books),
            *_unhappy(placed),
            *(settled.verdict.words.splitlines() if settled.verdict.violations else ()),
            *_too_few(len(outside)),
        ],
    )


def _differences(settled: Settled) -> list[str]:
    found = settled.reconciliation
    figures = [f"{each.what}: {each.found}, not {each.expected}" for each in found.figures if not each.agrees]
    return [*found.differences, *figures]


def _succeeded(placed: Placed, differences: Sequence[str]) -> bool:
    return placed.lived is not None and not any(placed.plan.order_id in text for text in differences)


def _unended(promised: Sequence[str], books: Books) -> list[str]:
    states = {each: books.orders[each].get("state") for each in promised if each in books.orders}
    return [
        f"order {order_id} is not at its end: {state}"
        for order_id, state in states.items()
        if not books.at_rest(order_id=order_id)
    ]


def _unhappy(placed: Sequence[Placed]) -> list[str]:
    """Return the orders whose customers gave up or wait in vain."""
    return [
        f"order {each.plan.order_id} ({each.plan.life}): {each.error or 'its customer still waits'}"
        for each in placed
        if each.lived is None
    ]


def _too_few(outside: int) -> list[str]:
    if outside >= JUDGED_AT_LEAST:
        return []
    return [f"only {outside} orders were placed while nothing was wrong: too few to judge by"]
