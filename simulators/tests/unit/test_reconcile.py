from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contracts.order import OrderClosedV1, OrderCompletedV1
from contracts.values import Contract
from simulators.baskets.model import Basket, BasketLine
from simulators.demo.books import Books, Holdings
from simulators.demo.progress import words
from simulators.demo.reconcile import reconcile
from simulators.demo.report import last_line
from simulators.shopper.customer import Lived
from simulators.shopper.plan import Life, Shares, make_plans


def lived(*, basket_id: str, life: Life, end: type[Contract]) -> Lived:
    line = BasketLine(sku=basket_id, quantity=2, gross=1_000, promotion=200, coupon=100)
    basket = Basket(
        basket_id=basket_id,
        customer_id="h1",
        region="r1",
        week=1,
        at=datetime(2026, 3, 1, tzinfo=UTC),
        lines=(line,),
    )
    (plan,) = make_plans(baskets=[basket], seed=1, run="t", shares=Shares())
    return Lived(plan=replace(plan, life=life), paid=True, end=end)


KEPT = lived(basket_id="1", life=Life.ORDINARY, end=OrderCompletedV1)
BACK = lived(basket_id="2", life=Life.REFUSED, end=OrderClosedV1)
A, B = KEPT.plan.order_id, BACK.plan.order_id
BEFORE = Holdings(on_hand=Counter({"1": 5, "2": 2}))
BOOKS = Books(
    orders={A: {"state": "completed"}, B: {"state": "closed"}},
    inventory={},
    payment={
        A: {"captured": 700, "refunded": 0, "tenders_held": 100},
        B: {"captured": 700, "refunded": 700, "tenders_held": 0},
    },
    fulfillment={A: {"open": 0}},
    billing={A: {"invoiced": 700, "credited": 0}, B: {"invoiced": 700, "credited": 700}},
    captured=Counter({A: 700, B: 700}),
    refunded=Counter({B: 700}),
    now=Holdings(on_hand=Counter({"1": 3, "2": 2}), accounts=Counter({"CASH": 700, "ESCROW:m1": -700})),
)


def test_right_books_agree() -> None:
    """Books that say what must come out have no difference."""
    found = reconcile(lived=[KEPT, BACK], before=BEFORE, books=BOOKS)
    assert () == found.differences
    assert [] == [figure for figure in found.figures if not figure.agrees]
    assert found.agrees


@pytest.mark.parametrize(
    "wrong,words_",
    [
        (replace(BOOKS, orders={A: {"state": "completed"}}), "state None, not 'closed'"),
        (replace(BOOKS, captured=Counter({A: 701, B: 700})), "captured by the provider 701, not 700"),
        (replace(BOOKS, refunded=Counter()), "refunded by the provider 0, not 700"),
        (replace(BOOKS, billing={A: {"invoiced": 700}}), "credited 0, not 700"),
        (replace(BOOKS, fulfillment={A: {"open": 1}}), "open shipments 1, not 0"),
        (replace(BOOKS, now=replace(BOOKS.now, on_hand=Counter({"1": 3, "2": 1}))), "sku 2: 1 on hand, not 2"),
        (replace(BOOKS, now=replace(BOOKS.now, reserved=Counter({"1": 1}))), "sku 1: 1 still reserved"),
    ],
)
def test_every_wrong_book_is_found(wrong: Books, words_: str) -> None:
    """A book that is a cent or a unit off is named with its order or sku."""
    found = reconcile(lived=[KEPT, BACK], before=BEFORE, books=wrong)
    assert any(words_ in difference for difference in found.differences)
    assert not found.agrees


def test_ledger_that_is_a_cent_off_is_found() -> None:
    """A ledger that does not sum to zero, or holds other cash than was kept, does not agree."""
    wrong = replace(BOOKS, now=replace(BOOKS.now, accounts=Counter({"CASH": 701, "ESCROW:m1": -700})))
    found = reconcile(lived=[KEPT, BACK], before=BEFORE, books=wrong)
    assert ["all postings", "cash"] == [figure.what for figure in found.figures if not figure.agrees]


def test_what_was_there_before_does_not_count() -> None:
    """On a house that has run before only what came since is compared."""
    older = Counter({"CASH": 50, "ESCROW:m1": -50})
    now = replace(BOOKS.now, accounts=BOOKS.now.accounts + older)
    now.accounts["ESCROW:m1"] = -750
    found = reconcile(lived=[KEPT, BACK], before=replace(BEFORE, accounts=older), books=replace(BOOKS, now=now))
    assert found.agrees


def test_last_line_has_its_form() -> None:
    """The last line is what scripts read."""
    line = last_line(lived=[KEPT, BACK], planned=3, stuck=1, violations=2, seconds=12.4)
    assert "demo: 3 baskets, 1 completed, 0 cancelled, 0 rejected, 1 closed, 1 stuck, 2 violations, 12 s" == line


def test_stages_are_said_by_frequency() -> None:
    """The most frequent stage comes first."""
    assert "2 paid, 1 placed" == words(stages=Counter({"placed": 1, "paid": 2}))
