from dataclasses import replace
from pathlib import Path

import pytest

from chaos.desk import Record
from chaos.flow import Placed, Windows
from chaos.judge import JUDGED_AT_LEAST, Finding, judge
from contracts.order import OrderCompletedV1
from simulators.baskets.read import Replay
from simulators.demo.books import Books, Facts
from simulators.demo.reconcile import Figure, Reconciliation
from simulators.demo.settling import Settled
from simulators.house.house import Verdict
from simulators.shopper.customer import Lived
from simulators.shopper.plan import Plan, Shares, make_plans

CLEAN = Verdict(words="audit: 12 checks, 0 violations", exit_code=0)
ORDERS = 20
NONE = Shares(short=0, unpaid=0, late=0, cancelled=0, refused=0)


@pytest.fixture(scope="module")
def plans() -> tuple[Plan, ...]:
    """Twenty ordinary orders."""
    return make_plans(baskets=list(Replay(count=ORDERS).baskets()), seed=1, run="t", shares=NONE)


def lived(plan: Plan, *, outside: bool = True) -> Placed:
    return Placed(plan, outside=outside, lived=Lived(plan=plan, paid=True, end=OrderCompletedV1))


def found(
    placed: list[Placed],
    *,
    missing: int = 0,
    running: int = 0,
    figures: tuple[Figure, ...] = (),
    differences: tuple[str, ...] = (),
    verdict: Verdict = CLEAN,
) -> Finding:
    """Return the finding when all were acknowledged, the first ones are missing and the next ones still run."""
    ids = [each.plan.order_id for each in placed]
    orders: dict[str, Facts] = {order_id: {"state": "completed", "terminal": True} for order_id in ids[missing:]}
    for order_id in ids[missing : missing + running]:
        orders[order_id] = {"state": "placed", "terminal": False}
    settled = Settled(
        books=Books(orders=orders, inventory={}, payment={}, fulfillment={}, billing={}),
        reconciliation=Reconciliation(figures=figures, differences=differences),
        verdict=verdict,
    )
    return judge(placed=placed, acknowledged=dict.fromkeys(ids, "kafka"), settled=settled)


def test_good_run_has_no_complaint(plans: tuple[Plan, ...]) -> None:
    """When all that was acknowledged has ended as planned there is nothing to complain of."""
    finding = found([lived(plan) for plan in plans])
    assert [] == finding.complaints
    assert (ORDERS, ORDERS, ORDERS) == (finding.acknowledged, finding.accounted, finding.succeeded)


def test_lost_order_fails_the_run(plans: tuple[Plan, ...]) -> None:
    """One acknowledged order that no service knows is lost, even when it was placed during a fault."""
    finding = found([lived(plan, outside=number > 0) for number, plan in enumerate(plans)], missing=1)
    assert [plans[0].order_id] == finding.lost
    assert [f"acknowledged and lost: {plans[0].order_id}"] == finding.complaints


def test_order_that_has_not_ended_fails_the_run(plans: tuple[Plan, ...]) -> None:
    """An acknowledged order that is not at its end is complained of."""
    finding = found([lived(plan) for plan in plans], running=1)
    assert [f"order {plans[0].order_id} is not at its end: placed"] == finding.complaints
    assert ORDERS - 1 == finding.accounted


def test_waiting_customer_fails_the_run(plans: tuple[Plan, ...]) -> None:
    """A customer who waits in vain is complained of."""
    placed = [lived(plan) for plan in plans]
    placed[0] = replace(placed[0], lived=None)
    assert [f"order {plans[0].order_id} (ordinary): its customer still waits"] == found(placed).complaints


def test_order_with_another_end_fails_the_run(plans: tuple[Plan, ...]) -> None:
    """An order that did not come to the end of its plan is complained of and is no success."""
    difference = f"order {plans[0].order_id} (ordinary): state 'cancelled', not 'completed'"
    finding = found([lived(plan) for plan in plans], differences=(difference,))
    assert [difference] == finding.complaints
    assert ORDERS - 1 == finding.succeeded


def test_figure_that_differs_fails_the_run(plans: tuple[Plan, ...]) -> None:
    """A sum that is not the sum of the plans is complained of, even when every order looks right."""
    cash = Figure(what="cash", source="ledger", expected=7, found=8)
    assert ["cash: 8, not 7"] == found([lived(plan) for plan in plans], figures=(cash,)).complaints


def test_violation_fails_the_run(plans: tuple[Plan, ...]) -> None:
    """What the auditor has found is counted and repeated."""
    verdict = Verdict(words="I2 order o: kept 1\naudit: 12 checks, 3 violations", exit_code=1)
    finding = found([lived(plan) for plan in plans], verdict=verdict)
    assert (3, verdict.words.splitlines()) == (finding.violations, finding.complaints)


def test_nothing_outside_faults_is_nothing_to_judge_by(plans: tuple[Plan, ...]) -> None:
    """A run in which hardly an order was placed outside faults proves nothing."""
    few = JUDGED_AT_LEAST - 1
    finding = found([lived(plan, outside=number < few) for number, plan in enumerate(plans)])
    assert [f"only {few} orders were placed while nothing was wrong: too few to judge by"] == finding.complaints


def test_record_outlives_its_writer(tmp_path: Path) -> None:
    """What was noted is in the file, whoever reads it."""
    Record(path=tmp_path / "record").note(order_id="o", way="http")
    assert {"o": "http"} == Record(path=tmp_path / "record").read()


def test_windows_overlap() -> None:
    """It is quiet again when the last of several faults is over."""
    windows = Windows()
    with windows.fault():
        with windows.fault():
            assert not windows.quiet
        assert not windows.quiet
    assert windows.quiet
