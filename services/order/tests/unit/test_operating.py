from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.testing import Happened
from contracts.order import OperateSagaV1, OrderCancelledV1
from contracts.payment import PaymentCancelledV1
from services.order.tests.basket import DAY, ID, cancel, place
from services.order.tests.examples import Shop, names
from services.order.tests.words import (
    captured,
    created,
    dispatched,
    intercepted,
    packed,
    reconciled,
    refused,
    requested,
    settled,
    stock_committed,
    stock_reserved,
)


def operate(shop: Shop, verb: str, saga: str = "checkout") -> Happened:
    body = {"order_id": ID, "saga": saga, "verb": verb, "operator": "ann", "reason": "by phone"}
    return shop.say(OperateSagaV1.model_validate(body))


def test_a_stuck_step_alarms_and_asks_on() -> None:
    """When the budget is used up the history says so once, and the step is still asked, slowly."""
    shop = Shop()
    shop.say(place())
    asked = names(shop.bench.advance(DAY))
    assert shop.order.sagas["checkout"].stuck
    assert ["stuck"] == [entry.what for entry in shop.history if entry.what == "stuck"]
    assert 20 < len(asked) < 40
    assert {"ReserveStockV1"} == set(asked)


def test_retry_asks_at_once() -> None:
    """Retry sends the command again with a new budget, and the history names the operator and the reason."""
    shop = Shop()
    shop.say(place())
    shop.bench.advance(DAY)
    assert ["ReserveStockV1"] == names(operate(shop, "retry"))
    assert not shop.order.sagas["checkout"].stuck
    last = shop.history[-1]
    assert ("retry checkout at reserve_stock", "ann", "by phone") == (last.what, last.who, last.why)


def test_skip_takes_the_step_for_done() -> None:
    """A skipped step is followed by the next one."""
    shop = Shop()
    shop.confirmed()
    shop.say(cancel(), intercepted("cancellation-1", 1))
    assert ["ReleaseStockV1"] == names(operate(shop, "skip", "cancellation-1"))
    assert ["OrderCancelledV1"] == names(operate(shop, "skip", "cancellation-1"))


@pytest.mark.parametrize("verb", ["retry", "skip", "force"])
def test_a_saga_that_has_gone_on_is_left_alone(verb: str) -> None:
    """Who names the step that was seen does nothing to another one: its money may not be given up by mistake."""
    shop = Shop()
    shop.confirmed()
    shop.say(cancel(), intercepted("cancellation-1", 1))
    before = shop.order
    body = {"order_id": ID, "saga": "cancellation-1", "verb": verb, "operator": "ann", "reason": "by phone"}
    step = shop.say(OperateSagaV1.model_validate({**body, "step": "intercept"}))
    assert ("rejected", "saga_has_gone_on", []) == (step.outcome, (step.answer or {})["reason"], names(step))
    assert before == shop.order
    assert "applied" == shop.say(OperateSagaV1.model_validate({**body, "step": "refund"})).outcome


@pytest.mark.parametrize("at", ["reserve_stock", "request_payment", "commit_stock", "intercept", "graded"])
def test_a_step_whose_answer_is_needed_is_not_skipped(at: str) -> None:
    """Where goods are held, which stay and which came back, nobody can say for inventory and the warehouse."""
    shop = Shop()
    if at == "reserve_stock":
        shop.say(place())
    elif at == "request_payment":
        shop.accepted()
    elif at == "commit_stock":
        shop.paid()
    else:
        shop.confirmed()
        shop.say(*((cancel(),) if at == "intercept" else (packed(), dispatched(), refused())))
    before = shop.order
    step = operate(shop, "skip", {"intercept": "cancellation-1", "graded": "closing-1"}.get(at, "checkout"))
    assert ("rejected", "answer_needed", []) == (step.outcome, (step.answer or {})["reason"], names(step))
    assert before == shop.order


def test_money_proven_after_a_skip_is_invoiced_then() -> None:
    """Goods that went out on an operator's word that the money is there are invoiced when it is proven."""
    shop = Shop()
    shop.accepted()
    shop.say(requested(), captured(shop.due))
    operate(shop, "skip")
    went = shop.say(stock_committed(shop.order), created(), packed(), dispatched())
    assert "IssueInvoiceV1" not in names(went)
    assert "IssueInvoiceV1" in names(shop.say(reconciled(shop.due)))


@pytest.mark.parametrize("before", ["placing", "awaiting_payment", "cancelling"])
def test_force_before_the_pivot_cancels(before: str) -> None:
    """A checkout that is forced to its end before the pivot ends the order, whatever it was waiting for."""
    shop = Shop()
    shop.say(place())
    if before != "placing":
        shop.say(stock_reserved(place()), requested())
    if before == "cancelling":
        shop.say(cancel())
    step = operate(shop, "force")
    assert ["OrderRejectedV1" if before == "placing" else "OrderCancelledV1"] == names(step)
    assert ("rejected" if before == "placing" else "cancelled") == shop.state
    assert {f"{ID}/archive"} >= set(shop.bench.timers())


def test_force_after_the_pivot_goes_on() -> None:
    """A commit that is forced splits the order by what was reserved; creating its shipments is left to the operator."""
    shop = Shop()
    shop.paid()
    assert ["OrderConfirmedV1"] == names(operate(shop, "force"))
    assert "awaiting_pick" == shop.state


@pytest.mark.parametrize("saga", ["nonsense", "checkout"])
def test_a_saga_that_does_not_run_is_refused(saga: str) -> None:
    """A verb on an unknown or ended saga changes nothing and says so."""
    shop = Shop()
    shop.confirmed()
    step = operate(shop, "retry", saga)
    assert ("rejected", "saga_not_running", []) == (step.outcome, (step.answer or {})["reason"], names(step))


def test_an_unknown_order_is_refused() -> None:
    """A verb on an order that does not exist is refused by name."""
    assert "unknown_order" == (operate(Shop(), "retry").answer or {})["reason"]


def test_facts_about_unknown_orders_are_dead_letters() -> None:
    """A participant that speaks of an order we do not know is wrong: a dead letter, and nothing else."""
    shop = Shop()
    step = shop.say(PaymentCancelledV1(order_id=ID, reason="r", refunded=0))
    assert ("dead", ["OrderDeadLetteredV1"]) == (step.outcome, names(step))


def test_a_clock_that_rings_for_nothing_is_a_duplicate() -> None:
    """A timer of a saga that went on changes nothing."""
    shop = Shop()
    shop.accepted()
    shop.say(requested(), cancel())
    step = shop.say(PaymentCancelledV1(order_id=ID, reason="r", refunded=0))
    assert ["ReleaseStockV1"] == names(step)
    assert "duplicate" == shop.say(settled()).outcome
    assert [] == names(shop.bench.advance(timedelta(seconds=59)))
    assert not [each for each in step.emitted if isinstance(each, OrderCancelledV1)]
