"""One arbiter: in whatever order cancel, time-out, capture and pick come, the outcome is a legal one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import permutations

import pytest

from chassis.testing import MONDAY
from contracts.order import CancellationRefusedV1, LinesCancelledV1, OrderCancelledV1
from contracts.payment import ExcessRefundedV1, PaymentMismatchedV1, RefundPaymentV1
from contracts.tenders import ReleaseTendersV1
from contracts.values import Contract
from order.domain.timeline import broken_at
from services.order.tests.basket import DAY, ID, cancel, coupon, line, place, sub
from services.order.tests.examples import Shop, names
from services.order.tests.words import (
    cancel_refused,
    captured,
    created,
    dispatched,
    given_back,
    intercepted,
    packed,
    payment_cancelled,
    reconciled,
    refunded,
    released,
    requested,
    stock_committed,
)

Act = Callable[[Shop], list[Contract]]


def say(*contracts: Contract) -> Act:
    return lambda shop: list(shop.say(*contracts).emitted)


def deadline(shop: Shop) -> list[Contract]:
    """Let the clock of checkout ring at the pay deadline: by then it may be the clock of a later step."""
    shop.bench.clock.time = MONDAY + DAY
    waits = f"{ID}/checkout" in shop.bench.timers()
    return list(shop.bench.fire(f"{ID}/checkout").emitted) if waits else []


def play(shop: Shop, acts: Sequence[Act]) -> list[str]:
    return [type(each).__name__ for act in acts for each in act(shop)]


def waiting() -> Shop:
    shop = Shop()
    shop.accepted(place(tenders=(coupon(300),)))
    shop.say(requested())
    return shop


DUE = 2100


@pytest.mark.parametrize("acts", list(permutations(["deadline", "captured", "reconciled", "refused"])))
def test_capture_at_the_moment_of_the_deadline(acts: tuple[str, ...]) -> None:
    """When the money was there the order goes on, in whatever order deadline, capture, proof and refusal come."""
    shop = waiting()
    shop.bench.clock.time = MONDAY + DAY
    steps: dict[str, Act] = {
        "deadline": deadline,
        "captured": say(captured(DUE)),
        "reconciled": say(reconciled(DUE)),
        "refused": say(cancel_refused(DUE)),
    }
    emitted = play(shop, [steps[act] for act in acts])
    # Payment refuses only what it was asked to cancel: a refusal before the question is asked again.
    if "CancelPaymentV1" in emitted and "cancelling" == shop.state:
        emitted += play(shop, [say(cancel_refused(DUE))])
    assert 1 == emitted.count("CommitStockV1")
    assert 1 >= emitted.count("ExtendHoldV1")
    assert "ReleaseStockV1" not in emitted
    assert ("confirming_payment", None) == (shop.state, shop.order.lock)
    shop.say(stock_committed(shop.order))
    assert "awaiting_pick" == shop.state
    assert None is broken_at(entries=shop.history)


def test_the_deadline_wins_over_no_money() -> None:
    """Unpaid at the deadline the request is closed, then stock and tenders are given back, then it is cancelled."""
    shop = waiting()
    assert ["CancelPaymentV1"] == play(shop, [deadline])
    assert "cancelling" == shop.state
    assert ["ReleaseStockV1"] == names(shop.say(payment_cancelled()))
    assert ["ReleaseTendersV1"] == names(shop.say(released("checkout")))
    assert ["OrderCancelledV1"] == names(shop.say(given_back("checkout")))
    assert ("cancelled", "payment_timeout") == (shop.state, shop.order.why)


@pytest.mark.parametrize("acts", list(permutations(["captured", "excess", "late clock"])))
def test_a_late_capture_leaves_a_cancelled_order_alone(acts: tuple[str, ...]) -> None:
    """A capture after the end is noted and paid back by payment: the order stays cancelled, tenders are untouched."""
    shop = waiting()
    shop.say(cancel(), payment_cancelled(), released("checkout"), given_back("checkout"))
    excess = ExcessRefundedV1(order_id=ID, refund_id="x", why="late", currency="USD", amount=DUE)
    steps: dict[str, Act] = {"captured": say(captured(DUE)), "excess": say(excess), "late clock": deadline}
    assert [] == play(shop, [steps[act] for act in acts])
    assert "cancelled" == shop.state
    assert {"captured", "excess"} <= {entry.what for entry in shop.history}


@pytest.mark.parametrize("why", ["double", "over"])
@pytest.mark.parametrize("acts", list(permutations(["again", "excess", "reconciled", "committed"])))
def test_money_beyond_the_due_goes_back(acts: tuple[str, ...], why: str) -> None:
    """A second capture and an over-payment are returned by payment while the order goes its way."""
    shop = waiting()
    shop.say(captured(DUE))
    excess = ExcessRefundedV1.model_validate(
        {"order_id": ID, "refund_id": "x", "why": why, "currency": "USD", "amount": 5}
    )
    steps: dict[str, Act] = {
        "again": say(captured(DUE)),
        "excess": say(excess),
        "reconciled": say(reconciled(DUE)),
        "committed": lambda shop: list(shop.say(stock_committed(shop.order)).emitted),
    }
    emitted = play(shop, [steps[act] for act in acts])
    emitted += play(shop, [steps["committed"]])
    assert ("awaiting_pick", 1) == (shop.state, emitted.count("CreateShipmentsV1"))


def test_an_under_payment_is_topped_up() -> None:
    """An order that was paid too little waits, and goes on when the rest has come."""
    shop = waiting()
    mismatch = PaymentMismatchedV1(order_id=ID, exception_id="e1", classified="AMOUNT_DIFF", due=DUE, captured=DUE - 1)
    shop.say(captured(DUE - 1), mismatch)
    assert "confirming_payment" == shop.state
    assert ["CommitStockV1"] == names(shop.say(reconciled(DUE)))


@pytest.mark.parametrize("cancels", ["", "cancelled meanwhile"])
def test_an_under_payment_goes_back(cancels: str) -> None:
    """An order that stays underpaid is refunded by payment and gives back what it holds, cancelled meanwhile or not."""
    shop = waiting()
    mismatch = PaymentMismatchedV1(order_id=ID, exception_id="e1", classified="AMOUNT_DIFF", due=DUE, captured=DUE - 1)
    shop.say(captured(DUE - 1), mismatch, *([cancel()] if cancels else []))
    excess = ExcessRefundedV1(order_id=ID, refund_id="x", why="under", currency="USD", amount=DUE - 1)
    assert ["ReleaseStockV1"] == names(shop.say(excess, payment_cancelled(DUE - 1)))
    ended = shop.say(released("checkout"), given_back("checkout"))
    assert ["ReleaseTendersV1", "OrderCancelledV1"] == names(ended)
    assert isinstance(ended.emitted[-1], OrderCancelledV1)
    assert ("cancelled", DUE - 1) == (shop.state, ended.emitted[-1].refunded)


@pytest.mark.parametrize("acts", list(permutations(["captured", "cancel", "reconciled", "refused"])))
def test_cancel_and_capture_end_in_a_refund(acts: tuple[str, ...]) -> None:
    """A cancelled order whose money was there waits for its proof and is then refunded, in every order."""
    shop = waiting()
    steps: dict[str, Act] = {
        "captured": say(captured(DUE)),
        "cancel": say(cancel()),
        "reconciled": say(reconciled(DUE)),
        "refused": say(cancel_refused(DUE)),
    }
    emitted = play(shop, [steps[act] for act in acts])
    if "CancelPaymentV1" in emitted and "RefundPaymentV1" not in emitted:
        emitted += play(shop, [say(cancel_refused(DUE))])
    if "RefundPaymentV1" not in emitted:
        # Cancelled between proof and commit: the goods are certain first.
        emitted += play(shop, [lambda shop: list(shop.say(stock_committed(shop.order)).emitted)])
    assert 1 == emitted.count("RefundPaymentV1")
    assert "CreateShipmentsV1" not in emitted
    ended = shop.say(refunded(1, DUE), released("cancellation-1"), given_back("cancellation-1"))
    assert ["ReleaseStockV1", "ReleaseTendersV1", "OrderCancelledV1"] == names(ended)
    assert "cancelled" == shop.state


@pytest.mark.parametrize("acts", list(permutations(["cancel", "packed", "created"])))
def test_cancel_while_picking_asks_the_warehouse(acts: tuple[str, ...]) -> None:
    """The warehouse decides: what it stops is refunded and given back."""
    shop = waiting()
    shop.say(captured(DUE), reconciled(DUE), stock_committed(shop.order))
    steps: dict[str, Act] = {"cancel": say(cancel()), "packed": say(packed()), "created": say(created())}
    emitted = play(shop, [steps[act] for act in acts])
    assert ["InterceptShipmentsV1"] == emitted
    assert "cancelling" == shop.state
    stopped = shop.say(intercepted("cancellation-1", 1))
    assert isinstance(stopped.emitted[0], RefundPaymentV1)
    assert (["RefundPaymentV1"], DUE) == (names(stopped), stopped.emitted[0].amount)
    shop.say(refunded(1, DUE), released("cancellation-1"))
    assert ["OrderCancelledV1"] == names(shop.say(given_back("cancellation-1")))
    assert "cancelled" == shop.state


@pytest.mark.parametrize("acts", list(permutations(["cancel", "packed", "dispatched"])))
def test_too_late_puts_the_order_back(acts: tuple[str, ...]) -> None:
    """What has left cannot be cancelled: the customer is told what to do, and the order is where its goods are."""
    shop = waiting()
    shop.say(captured(DUE), reconciled(DUE), stock_committed(shop.order), created())
    steps: dict[str, Act] = {"cancel": say(cancel()), "packed": say(packed()), "dispatched": say(dispatched())}
    emitted = play(shop, [steps[act] for act in acts])
    if "InterceptShipmentsV1" in emitted:
        emitted += play(shop, [say(intercepted("cancellation-1", late=(1,)))])
    assert (1, 1) == (emitted.count("CancellationRefusedV1"), emitted.count("IssueInvoiceV1"))
    assert ("awaiting_receipt", None) == (shop.state, shop.order.lock)
    assert "RefundPaymentV1" not in emitted


def test_a_locked_order_is_busy() -> None:
    """A second command on a locked order is refused as busy, and nothing else happens."""
    shop = waiting()
    shop.say(cancel())
    step = shop.say(cancel())
    assert isinstance(step.emitted[0], CancellationRefusedV1)
    assert ("busy", "rejected", "cancelling") == (step.emitted[0].reason, step.outcome, shop.state)


def test_one_of_two_parts_is_too_late() -> None:
    """Of a cancelled order what the warehouse stops is paid back, and the rest goes its way."""
    shop = Shop()
    command = place(line("tea", 2), line("lamp"))
    shop.confirmed(command)
    shop.say(packed(2), dispatched(2), cancel())
    step = shop.say(intercepted("cancellation-1", 1))
    refund = step.emitted[0]
    assert isinstance(refund, RefundPaymentV1)
    ended = shop.say(refunded(1, refund.amount), released("cancellation-1"))
    lines = ended.emitted[-1]
    assert isinstance(lines, LinesCancelledV1)
    assert ([("tea", 2)], refund.amount) == ([(each.line_id, each.quantity) for each in lines.lines], lines.refunded)
    assert "awaiting_receipt" == shop.state


def test_silence_is_asked_again() -> None:
    """A lost reply is asked for again, with the same words."""
    shop = Shop()
    first = shop.say(place())
    again = shop.bench.advance(timedelta(minutes=1))
    assert first.emitted == again.emitted
    assert "placing" == shop.state


def test_tenders_are_not_given_back_twice() -> None:
    """After the end of a cancellation a repeated reply gives nothing back again."""
    shop = waiting()
    shop.say(cancel(), payment_cancelled(), released("checkout"), given_back("checkout"))
    repeated = shop.say(payment_cancelled(), released("checkout"), given_back("checkout"))
    assert not [each for each in repeated.emitted if isinstance(each, ReleaseTendersV1)]
    assert sub(1) == f"{ID}-s1"
    assert shop.order.placed_at + DAY == shop.order.pay_deadline
