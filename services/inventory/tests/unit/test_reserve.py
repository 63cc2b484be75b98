from datetime import timedelta

from chassis.testing import MONDAY
from contracts.inventory import SourcingPlan, StockRanLowV1, StockRefusedV1, StockReservedV1
from inventory.domain.catalog import StockMode
from inventory.domain.kinds import RESERVATION, STOCK, TAKEN, taken_key
from inventory.domain.reservation import ReservationState
from inventory.domain.stock import SkuStock, Stock
from services.inventory.tests.examples import (
    ORDER,
    OTHER,
    UNTIL,
    bench,
    commit,
    counters,
    given,
    moves,
    product,
    receive,
    reserve,
    state,
    tea,
)


def test_stock_is_held_by_the_cheapest_plan() -> None:
    """A reservation counts the units as reserved and tells who gives them, at what cost, and what else there was."""
    it = bench()
    then = it.send(tea(2))
    assert (
        StockReservedV1(
            order_id=ORDER,
            hold_until=UNTIL,
            allocations=(given("l1", "tea", "north", 2),),
            cost=650,
            alternatives=(SourcingPlan(warehouse_ids=("south",), cost=1_050, note="costs 400 more"),),
        ),
    ) == then.emitted
    assert (10, 2, 8) == counters(it)
    assert [("reserve", "tea", "north", 2)] == moves(it)
    assert [f"hold:{ORDER}"] == list(it.timers())


def test_a_second_command_gets_the_same_answer() -> None:
    """The same order asked for again is answered again and holds nothing more."""
    it = bench()
    first = it.send(tea(2))
    second = it.send(tea(2))
    assert (first.emitted, "duplicate") == (second.emitted, second.outcome)
    assert (10, 2, 8) == counters(it)


def test_the_same_sku_on_two_lines_counts_once() -> None:
    """Two lines of one sku share its stock, and their units are one movement."""
    it = bench()
    then = it.send(reserve({"l1": ("fish", 2), "l2": ("fish", 3)}))
    assert "applied" == then.outcome
    assert (5, 5, 0) == counters(it, "fish")
    assert [("reserve", "fish", "north", 5)] == moves(it)


def test_two_lines_of_a_sku_cannot_take_more_than_there_is() -> None:
    """The second line is short of what the first one takes, and nothing is held."""
    it = bench()
    then = it.send(reserve({"l1": ("fish", 3), "l2": ("fish", 3)}))
    (refusal,) = then.emitted
    assert isinstance(refusal, StockRefusedV1)
    assert [("l2", 3, 2)] == [(each.line_id, each.requested, each.available) for each in refusal.lines]
    assert (5, 0, 5) == counters(it, "fish")


def test_nothing_is_held_when_one_line_is_short() -> None:
    """An order is held as a whole or not at all, and the refusal names the short line."""
    it = bench()
    then = it.send(reserve({"l1": ("tea", 1), "l2": ("fish", 6)}))
    (refusal,) = then.emitted
    assert isinstance(refusal, StockRefusedV1)
    assert ("out_of_stock", ["l2"]) == (refusal.reason, [each.line_id for each in refusal.lines])
    assert ((10, 0, 10), (5, 0, 5)) == (counters(it), counters(it, "fish"))
    assert ([], "rejected", ReservationState.REFUSED) == (moves(it), then.outcome, state(it))


def test_a_refusal_is_repeated_although_there_is_stock_by_now() -> None:
    """A refused order stays refused: its customer was told so."""
    it = bench(stock={"tea": {"north": 1}})
    first = it.send(tea(2))
    it.send(receive(5))
    assert first.emitted == it.send(tea(2)).emitted


def test_orders_of_a_batch_are_granted_in_the_order_of_arrival() -> None:
    """The last units go to the orders that came first, and one that does not fit does not stop a smaller one."""
    it = bench(stock={"tea": {"north": 5}})
    orders = [f"{n:08d}-1111-5111-8111-111111111111" for n in range(4)]
    then = it.send(*(tea(units, order_id=each) for each, units in zip(orders, (3, 3, 2, 1), strict=True)))
    assert ["applied", "rejected", "applied", "rejected"] == [each.outcome for each in then.handled]
    assert (5, 5, 0) == counters(it)


def test_an_unknown_sku_is_refused_by_name() -> None:
    """A sku that no product feed has named is refused."""
    (refusal,) = bench().send(reserve({"l1": ("gold", 1)})).emitted
    assert isinstance(refusal, StockRefusedV1)
    assert ("unknown_sku", "l1") == (refusal.reason, refusal.lines[0].line_id)


def test_a_region_without_warehouse_is_not_covered() -> None:
    """A region that no warehouse reaches is refused as not covered."""
    (refusal,) = bench().send(reserve({"l1": ("tea", 1)}, region="moon")).emitted
    assert isinstance(refusal, StockRefusedV1)
    assert "not_covered" == refusal.reason


def test_a_hold_in_the_past_is_refused() -> None:
    """A hold that would have ended already holds nothing."""
    (refusal,) = bench().send(tea(until=MONDAY)).emitted
    assert isinstance(refusal, StockRefusedV1)
    assert "hold_over" == refusal.reason


def test_the_cap_per_order_counts_all_lines_of_a_sku() -> None:
    """Two lines together may not take more than an order may."""
    it = bench(product("tea", cap_per_order=3), stock={"tea": {"north": 10}})
    (refusal,) = it.send(reserve({"l1": ("tea", 2), "l2": ("tea", 2)})).emitted
    assert isinstance(refusal, StockRefusedV1)
    assert ("cap_per_order", [("l2", 1)]) == (
        refusal.reason,
        [(each.line_id, each.available) for each in refusal.lines],
    )


def test_the_cap_per_customer_counts_all_orders() -> None:
    """A customer's second order may take only what the cap leaves; another customer is not concerned."""
    it = bench(product("tea", cap_per_customer=3), stock={"tea": {"north": 10}})
    it.send(tea(2))
    (refusal,) = it.send(tea(2, order_id=OTHER)).emitted
    assert isinstance(refusal, StockRefusedV1)
    assert ("cap_per_customer", 1) == (refusal.reason, refusal.lines[0].available)
    third = "33333333-3333-5333-8333-333333333333"
    assert "applied" == it.send(tea(2, order_id=third, customer_id="c2")).outcome


def test_the_cap_per_customer_counts_all_lines_of_a_sku() -> None:
    """Two lines of one order together may not take more than a customer may."""
    it = bench(product("tea", cap_per_customer=3), stock={"tea": {"north": 10}})
    (refusal,) = it.send(reserve({"l1": ("tea", 2), "l2": ("tea", 2)})).emitted
    assert isinstance(refusal, StockRefusedV1)
    assert [("l2", 1)] == [(each.line_id, each.available) for each in refusal.lines]


def test_an_expired_hold_gives_the_customer_the_cap_back() -> None:
    """What a customer held and did not pay does not count for ever."""
    it = bench(product("tea", cap_per_customer=3), stock={"tea": {"north": 10}})
    it.send(tea(3))
    it.advance(timedelta(minutes=31))
    taken = it.aggregate(TAKEN, taken_key(customer_id="c1", sku="tea"))
    assert taken is not None
    assert (0, ReservationState.EXPIRED) == (taken.quantity, state(it))


def test_safety_stock_is_never_sold() -> None:
    """Units of the safety stock are not available."""
    it = bench(stock={"tea": {"north": 3}})
    it.send(receive(1, safety=3))
    assert "rejected" == it.send(tea(2)).outcome
    assert "applied" == it.send(tea(1, order_id=OTHER)).outcome


def test_stock_that_is_deducted_at_payment_is_not_held() -> None:
    """A sku of mode B is checked and planned at order time, and taken when the order is paid."""
    it = bench(product("tea", mode=StockMode.AT_PAYMENT), stock={"tea": {"north": 2}})
    then = it.send(tea(2))
    assert "applied" == then.outcome
    assert ((2, 0, 2), []) == (counters(it), moves(it))
    it.send(commit())
    assert ((2, 2, 0), [("reserve", "tea", "north", 2)]) == (counters(it), moves(it))


def test_running_low_is_told_once() -> None:
    """The order that takes available stock under its threshold warns, the next one does not."""
    it = bench(product("tea", low_stock=4), stock={"tea": {"north": 5}})
    first = it.send(tea(2))
    second = it.send(tea(1, order_id=OTHER))
    assert StockRanLowV1(sku="tea", warehouse_id="north", available=3, threshold=4) == first.emitted[1]
    assert 1 == len(second.emitted)


def test_the_plan_is_kept_for_those_who_ask_why() -> None:
    """The reservation keeps its cost and the plans that were not chosen."""
    it = bench()
    it.send(tea(2))
    kept = it.aggregate(RESERVATION, ORDER)
    assert kept is not None
    assert (650, ["costs 400 more"]) == (kept.cost, [each.note for each in kept.alternatives])


def test_a_minute_that_a_faster_clock_has_swept_holds_nothing() -> None:
    """A hold that ends in a minute which somebody has swept is refused: it could never be given back."""
    it = bench()
    it.given(STOCK, "tea", SkuStock("tea", rows=(Stock("north", on_hand=5, swept=UNTIL),)))
    (refusal,) = it.send(tea(1)).emitted
    assert isinstance(refusal, StockRefusedV1)
    assert ("hold_over", (5, 0, 5)) == (refusal.reason, counters(it))
