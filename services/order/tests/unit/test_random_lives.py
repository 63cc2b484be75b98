"""Random lives: whatever the participants say in whatever order, an order is never stuck, torn or paid back twice."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.order import ConfirmReceiptV1
from contracts.payment import ExcessRefundedV1, PaymentDeclinedV1
from contracts.values import Contract
from order.domain.lifecycle import LOCKS, SETTLED
from order.domain.rollup import ENDED
from order.domain.timeline import broken_at
from services.order.tests.basket import DAY, ID, cancel, coupon, line, place
from services.order.tests.examples import Shop
from services.order.tests.words import (
    cancel_refused,
    captured,
    created,
    delivered,
    dispatched,
    given_back,
    graded,
    intercepted,
    invoiced,
    packed,
    payment_cancelled,
    reconciled,
    refunded,
    refused,
    released,
    requested,
    restocked,
    settled,
    stock_committed,
    stock_reserved,
    tenders_locked,
)

COMMAND = place(line("tea", 2), line("lamp"), tenders=(coupon(300),))
LATE = ExcessRefundedV1(order_id=ID, refund_id="x", why="late", currency="USD", amount=1)
STEPS = (
    *("locked", "reserved", "requested", "captured", "reconciled", "committed", "created", "packed 1", "packed 2"),
    *("dispatched 1", "dispatched 2", "delivered 1", "delivered 2", "refused 1", "graded 1", "restocked 1"),
    *("cancel", "cancel part", "cancel line", "no money", "money there", "declined", "excess", "confirm"),
    *("stopped", "too late", "half stopped", "refunded 1", "refunded 2", "released", "given back", "invoiced 1"),
    *("invoiced 2", "settled 1", "settled 2", "wait", "wait long"),
)


def words(shop: Shop, step: str) -> list[Contract]:
    name, _, number = step.partition(" ")
    match name, number:
        case ("committed", _):
            return [stock_committed(shop.order)]
        case (("packed" | "dispatched" | "delivered" | "refused" | "graded" | "restocked" | "invoiced" | "settled"), n):
            return [NUMBERED[name](int(n))]
        case ("refunded", n):
            found = [refund.amount for refund in shop.order.refunds]
            return [refunded(int(n), found[int(n) - 1])] if len(found) >= int(n) else []
        case ("released" | "given", _):
            return [RETURNS[name](key) for key in shop.order.sagas]
        case _:
            return [FIXED[step]]


NUMBERED = {
    "packed": packed,
    "dispatched": dispatched,
    "delivered": delivered,
    "refused": refused,
    "graded": graded,
    "restocked": restocked,
    "invoiced": invoiced,
    "settled": settled,
}
RETURNS = {"released": released, "given": given_back}
FIXED: dict[str, Contract] = {
    "locked": tenders_locked(),
    "reserved": stock_reserved(COMMAND),
    "requested": requested(),
    "captured": captured(COMMAND.due),
    "reconciled": reconciled(COMMAND.due),
    "created": created(),
    "cancel": cancel(),
    "cancel part": cancel(subs=(1,)),
    "cancel line": cancel(("tea", 1)),
    "no money": payment_cancelled(),
    "money there": cancel_refused(COMMAND.due),
    "declined": PaymentDeclinedV1(order_id=ID, reason="no"),
    "excess": LATE,
    "confirm": ConfirmReceiptV1(order_id=ID),
    "stopped": intercepted("cancellation-1", 1, 2),
    "too late": intercepted("cancellation-1", late=(1, 2)),
    "half stopped": intercepted("cancellation-1", 1, late=(2,)),
}


@settings(max_examples=80)
@given(st.integers(0, 9), st.lists(st.sampled_from(STEPS), max_size=25))
def test_no_order_is_ever_without_a_way_on(head: int, steps: list[str]) -> None:
    """After any words an order is settled, has a running saga with a clock, or waits for its goods or its customer."""
    shop = Shop()
    shop.say(COMMAND)
    for step in (*STEPS[:head], *steps):
        if step.startswith("wait"):
            shop.bench.advance(DAY if step == "wait" else 8 * DAY)
        else:
            shop.say(*words(shop, step))
    _check(shop)


def _check(shop: Shop) -> None:
    order = shop.order
    running = {key for key, saga in order.sagas.items() if saga.running}
    timers = set(shop.bench.timers())
    assert {f"{ID}/{key}" for key in running} <= timers
    shipping = any(part.state not in ENDED for part in order.sub_orders)
    assert order.state in SETTLED or running or (shipping and order.state not in LOCKS)
    assert (order.lock is None) or order.state.value == "cancelling"
    assert None is broken_at(entries=shop.history)
    expected = ("Poison", "came too early")
    bugs = [letter.error for letter in shop.bench.dead_letters() if not letter.error.startswith(expected)]
    assert [] == bugs
    paid = sum(refund.amount for refund in order.refunds)
    assert paid <= shop.due
    kept = sum(part.goods + part.freight + part.tax for part in order.unsettled)
    given = sum(
        part.settled.goods + part.settled.freight + part.settled.tax for part in order.sub_orders if part.settled
    )
    assert shop.due == paid + kept + given
