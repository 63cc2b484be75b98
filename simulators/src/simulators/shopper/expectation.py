"""What must come out, computed from the plans and the baskets alone, without asking any service."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from simulators.shopper.plan import Life, Plan

Outcome = Literal["completed", "cancelled", "rejected", "closed"]

OUTCOMES: Mapping[Life, Outcome] = {
    Life.ORDINARY: "completed",
    Life.SHORT: "rejected",
    Life.UNPAID: "cancelled",
    Life.LATE: "cancelled",
    Life.CANCELLED: "cancelled",
    Life.REFUSED: "closed",
}
PAYING = frozenset({Life.ORDINARY, Life.LATE, Life.CANCELLED, Life.REFUSED})
SHIPPED = frozenset({Life.ORDINARY, Life.REFUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The end of one order; money in cents."""

    order_id: str
    outcome: Outcome
    captured: int
    refunded: int
    invoiced: int
    credited: int
    coupons_spent: int


def expected_of(*, plan: Plan, paid: bool) -> Expected:
    """Return how the order of a plan must end; a customer who is too late may have found no page to pay at."""
    due = plan.basket.due
    captured = due if plan.life in PAYING and (paid or plan.life is not Life.LATE) else 0
    kept = due if plan.life is Life.ORDINARY else 0
    invoiced = due if plan.life in SHIPPED else 0
    return Expected(
        order_id=plan.order_id,
        outcome=OUTCOMES[plan.life],
        captured=captured,
        refunded=captured - kept,
        invoiced=invoiced,
        credited=invoiced - kept,
        coupons_spent=plan.basket.coupon if plan.life is Life.ORDINARY else 0,
    )


@dataclass(slots=True, kw_only=True)
class Totals:
    """The sums of a replay; stock by sku: what was shipped out, and what of it came back."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    captured: int = 0
    refunded: int = 0
    invoiced: int = 0
    credited: int = 0
    coupons_issued: int = 0
    coupons_spent: int = 0
    shipped: Counter[str] = field(default_factory=Counter)
    returned: Counter[str] = field(default_factory=Counter)


def totals_of(*, lived: Iterable[tuple[Plan, bool]]) -> Totals:
    """Return the sums over all plans, each with whether it was paid."""
    totals = Totals()
    for plan, paid in lived:
        expected = expected_of(plan=plan, paid=paid)
        totals.outcomes[expected.outcome] += 1
        totals.captured += expected.captured
        totals.refunded += expected.refunded
        totals.invoiced += expected.invoiced
        totals.credited += expected.credited
        totals.coupons_issued += plan.basket.coupon
        totals.coupons_spent += expected.coupons_spent
        for line in plan.basket.lines:
            totals.shipped[line.sku] += line.quantity if plan.life in SHIPPED else 0
            totals.returned[line.sku] += line.quantity if plan.life is Life.REFUSED else 0
    return totals
