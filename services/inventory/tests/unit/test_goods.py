from datetime import timedelta

import pytest

from chassis.testing import Bench
from chassis.verdicts import Verdict
from contracts.inventory import HeldUnits, ReleaseStockV1, StockReceivedV1, StockRestockedV1
from inventory.domain.catalog import StockMode
from inventory.domain.kinds import TAKEN, taken_key
from inventory.handlers.goods import miss_cause
from services.inventory.tests.examples import (
    ORDER,
    bench,
    commit,
    counters,
    dispatched,
    graded,
    product,
    receive,
    short,
    sums,
    tea,
)


def committed(quantity: int = 2) -> Bench:
    it = bench()
    it.send(tea(quantity))
    it.send(commit())
    return it


def test_received_goods_are_on_hand() -> None:
    """Goods of a supplier raise what is on hand, and the answer says how much there is."""
    it = bench()
    then = it.send(receive(5))
    expected = StockReceivedV1(receipt_id="receipt-1", sku="tea", warehouse_id="north", quantity=5, on_hand=15)
    assert ((expected,), {"on_hand": 15}) == (then.emitted, then.answer)
    assert (15, 0, 15) == counters(it)


def test_a_receipt_counts_once() -> None:
    """A receipt that is told twice is answered twice and counted once."""
    it = bench()
    first = it.send(receive(5))
    second = it.send(receive(5))
    assert (first.emitted, "duplicate") == (second.emitted, second.outcome)
    assert (15, 0, 15) == counters(it)


def test_dispatched_goods_leave_both_counters() -> None:
    """What left the warehouse is neither on hand nor reserved, and nobody is told again."""
    it = committed()
    then = it.send(dispatched())
    assert ((), (8, 0, 8)) == (then.emitted, counters(it))
    assert (-2, 0, 0) == sums(it, "tea", "north")


def test_a_dispatch_counts_once() -> None:
    """A dispatch that is told twice is counted once."""
    it = committed()
    it.send(dispatched())
    assert "duplicate" == it.send(dispatched()).outcome
    assert (8, 0, 8) == counters(it)


def test_a_dispatch_before_the_commit_waits() -> None:
    """A dispatch that overtakes the commit is parked and counted after it."""
    it = bench()
    it.send(tea(2))
    assert Verdict.PARKED == it.send(dispatched()).verdict
    it.send(commit())
    it.advance(timedelta(seconds=1))
    assert (8, 0, 8) == counters(it)


def test_more_than_was_reserved_cannot_leave() -> None:
    """A dispatch of more units than are reserved is a dead letter, and the counters stay."""
    it = committed(2)
    assert Verdict.DEAD == it.send(dispatched(3)).verdict
    assert (10, 2, 8) == counters(it)


def test_goods_that_are_all_reserved_still_ship() -> None:
    """A warehouse whose every unit is reserved ships them."""
    it = committed(10)
    it.send(dispatched(10))
    assert (0, 0, 0) == counters(it)


def test_what_the_picker_missed_is_written_off() -> None:
    """Units that were not on the shelf leave both counters, and what the order has left can be dispatched."""
    it = committed(3)
    it.send(short(1))
    assert ((9, 2, 7), (-1, 2, 1)) == (counters(it), sums(it, "tea", "north"))
    it.send(dispatched(2))
    assert ((7, 0, 7), (-3, 0, 1)) == (counters(it), sums(it, "tea", "north"))


def test_what_is_left_after_a_miss_can_be_released() -> None:
    """A release frees the units that are there, not those that the picker missed."""
    it = committed(3)
    it.send(short(1))
    it.send(ReleaseStockV1(order_id=ORDER, cause="cancel", lines=(HeldUnits(line_id="l1", quantity=2),)))
    assert ((9, 0, 9), (-1, 0, 1)) == (counters(it), sums(it, "tea", "north"))


@pytest.mark.parametrize("lines", [(), (HeldUnits(line_id="l1", quantity=2),)])
def test_a_miss_after_the_release_of_the_rest(lines: tuple[HeldUnits, ...]) -> None:
    """The picker's news may come after the cancellation: the missing unit is written off all the same."""
    it = committed(3)
    it.send(ReleaseStockV1(order_id=ORDER, cause="cancel", lines=lines))
    assert "applied" == it.send(short(1)).outcome
    assert ((9, 0, 9), (-1, 0, 1)) == (counters(it), sums(it, "tea", "north"))


@pytest.mark.parametrize("released_first", [True, False])
def test_the_units_of_a_miss_are_released_once(released_first: bool) -> None:  # noqa: FBT001 - pytest gives a case by position
    """A release under the cause of the picker's news and the news itself free the units once, in either order."""
    it = committed(3)
    unit = HeldUnits(line_id="l1", quantity=1, warehouse_id="north")
    release = ReleaseStockV1(order_id=ORDER, cause=miss_cause(shipment_id=short(1).shipment_id), lines=(unit,))
    for message in (release, short(1)) if released_first else (short(1), release):
        it.send(message)
    assert ((9, 2, 7), (-1, 2, 1)) == (counters(it), sums(it, "tea", "north"))
    assert "duplicate" == it.send(release).outcome
    assert ("applied", (7, 0, 7)) == (it.send(dispatched(2)).outcome, counters(it))


@pytest.mark.parametrize("released_first", [True, False])
def test_a_missed_unit_may_be_bought_again(released_first: bool) -> None:  # noqa: FBT001 - pytest gives a case by position
    """What the picker missed no longer counts against what one customer may take, and is counted back once."""
    it = bench(product("tea", cap_per_customer=3))
    it.send(tea(3))
    it.send(commit())
    unit = HeldUnits(line_id="l1", quantity=1, warehouse_id="north")
    release = ReleaseStockV1(order_id=ORDER, cause=miss_cause(shipment_id=short(1).shipment_id), lines=(unit,))
    for message in (release, short(1)) if released_first else (short(1), release):
        it.send(message)
    taken = it.aggregate(TAKEN, taken_key(customer_id="c1", sku="tea"))
    assert taken is not None
    assert 2 == taken.quantity


def test_goods_taken_at_payment_after_a_part_was_cancelled() -> None:
    """What is left of a line that was planned, cut and then taken at payment can be dispatched."""
    it = bench(product("tea", mode=StockMode.AT_PAYMENT), stock={"tea": {"north": 10}})
    it.send(tea(3))
    it.send(ReleaseStockV1(order_id=ORDER, cause="cancel", lines=(HeldUnits(line_id="l1", quantity=1),)))
    it.send(commit())
    assert ("applied", (8, 0, 8)) == (it.send(dispatched(2)).outcome, counters(it))


def test_resellable_goods_are_restocked() -> None:
    """Units graded A or B can be sold again, scrap is written off, and what is not ours is left alone."""
    it = committed(4)
    it.send(dispatched(4))
    then = it.send(graded(A=1, B=1, C=1, X=1))
    expected = StockRestockedV1(order_id=ORDER, cause="return-1", restocked=2, written_off=1)
    assert ((expected,), (8, 0, 8)) == (then.emitted, counters(it))
    assert (-2, 0, 1) == sums(it, "tea", "north")


def test_a_cause_restocks_once() -> None:
    """The same cause gets the same answer and puts nothing on the shelf again."""
    it = committed()
    it.send(dispatched())
    first = it.send(graded(A=2))
    second = it.send(graded(A=2))
    assert (first.emitted, "duplicate") == (second.emitted, second.outcome)
    assert (10, 0, 10) == counters(it)


def test_goods_cannot_come_back_before_they_left() -> None:
    """A return that overtakes its dispatch waits for it; more than ever left becomes a dead letter."""
    it = committed()
    assert Verdict.PARKED == it.send(graded(A=2)).verdict
    it.send(dispatched())
    it.advance(timedelta(seconds=1))
    assert (10, 0, 10) == counters(it)
    it.send(graded("return-2", A=1))
    it.advance(timedelta(minutes=5))
    assert ((10, 0, 10), 1) == (counters(it), len(it.dead_letters()))


def test_a_return_of_an_unknown_order_waits() -> None:
    """Goods of an order that has no reservation are not put on the shelf."""
    assert Verdict.PARKED == bench().send(graded(A=1)).verdict
