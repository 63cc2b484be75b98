from datetime import timedelta

from contracts.inventory import HeldUnits, ReleaseStockV1, StockRefusedV1, StockReleasedV1
from inventory.domain.kinds import TAKEN, taken_key
from inventory.domain.reservation import ReservationState
from services.inventory.tests.examples import (
    ORDER,
    bench,
    commit,
    counters,
    given,
    moves,
    product,
    receive,
    reserve,
    state,
    sums,
    tea,
)


def release(cause: str = "cancelled", *lines: HeldUnits) -> ReleaseStockV1:
    return ReleaseStockV1(order_id=ORDER, cause=cause, lines=lines)


def units(line_id: str, quantity: int, warehouse_id: str | None = None) -> HeldUnits:
    return HeldUnits(line_id=line_id, quantity=quantity, warehouse_id=warehouse_id)


def test_a_release_frees_all_that_is_left() -> None:
    """A release without lines frees everything, ends the reservation and its timer."""
    it = bench()
    it.send(tea(2))
    then = it.send(release())
    expected = StockReleasedV1(order_id=ORDER, cause="cancelled", allocations=(given("l1", "tea", "north", 2),))
    assert (expected,) == then.emitted
    assert ((10, 0, 10), {}, ReservationState.RELEASED) == (counters(it), it.timers(), state(it))


def test_a_cause_releases_once() -> None:
    """The same cause gets the same answer and frees nothing more."""
    it = bench()
    it.send(tea(4))
    first = it.send(release("part", units("l1", 1)))
    second = it.send(release("part", units("l1", 1)))
    assert (first.emitted, "duplicate") == (second.emitted, second.outcome)
    assert (10, 3, 7) == counters(it)


def test_another_cause_releases_what_is_left() -> None:
    """Partial releases add up, and a release of more than is left frees what is left."""
    it = bench()
    it.send(tea(4))
    it.send(release("one", units("l1", 3)))
    then = it.send(release("two", units("l1", 3)))
    assert (given("l1", "tea", "north", 1),) == _allocations(then.emitted)
    assert ((10, 0, 10), ReservationState.RELEASED) == (counters(it), state(it))


def test_a_release_of_nothing_says_so() -> None:
    """A compensation for an order that never held anything is answered, and a late reservation is refused."""
    it = bench()
    then = it.send(release())
    assert (StockReleasedV1(order_id=ORDER, cause="cancelled"),) == then.emitted
    (refusal,) = it.send(tea(2)).emitted
    assert isinstance(refusal, StockRefusedV1)
    assert ("released", (10, 0, 10)) == (refusal.reason, counters(it))


def test_a_release_after_a_refusal_finds_nothing() -> None:
    """A refused order has nothing to give back, and stays refused."""
    it = bench()
    it.send(tea(99))
    then = it.send(release())
    assert ((), ReservationState.REFUSED) == (_allocations(then.emitted), state(it))


def test_a_release_after_the_expiry_finds_nothing() -> None:
    """What an expired hold had is free already, and the answer says so."""
    it = bench()
    it.send(tea(2))
    it.advance(timedelta(minutes=31))
    then = it.send(release())
    assert ((), ReservationState.RELEASED, (10, 0, 10)) == (_allocations(then.emitted), state(it), counters(it))


def test_committed_stock_can_be_released() -> None:
    """An intercepted order gives its permanent hold back."""
    it = bench()
    it.send(tea(2))
    it.send(commit())
    it.send(release())
    assert ((10, 0, 10), (0, 0, 0)) == (counters(it), sums(it, "tea", "north"))
    assert ["reserve", "commit", "release"] == [kind for kind, *_ in moves(it)]


def test_a_release_may_name_the_warehouse() -> None:
    """Of a line that two warehouses give, only the named one's units are freed."""
    it = bench(stock={"tea": {"north": 2, "south": 2}})
    it.send(tea(4))
    it.send(release("sub-order", units("l1", 2, "north")))
    assert ((2, 0, 2), (2, 2, 0)) == (counters(it), counters(it, "tea", "south"))


def test_a_partial_release_leaves_the_other_lines_alone() -> None:
    """Units of one line are freed, the other lines stay held."""
    it = bench()
    it.send(reserve({"l1": ("tea", 2), "l2": ("fish", 2)}))
    it.send(release("line", units("l1", 2)))
    assert ((10, 0, 10), (5, 2, 3), ReservationState.HELD) == (counters(it), counters(it, "fish"), state(it))


def test_a_release_gives_the_customer_the_cap_back() -> None:
    """Released units do not count against the customer's cap."""
    it = bench(product("tea", cap_per_customer=3), stock={"tea": {"north": 9}})
    it.send(tea(3))
    it.send(release("part", units("l1", 2)))
    taken = it.aggregate(TAKEN, taken_key(customer_id="c1", sku="tea"))
    assert taken is not None
    assert 1 == taken.quantity


def test_movements_add_up_to_the_counters() -> None:
    """Received, reserved and released units are what the movements say."""
    it = bench(stock={"tea": {}})
    it.send(receive(7))
    it.send(tea(5))
    it.send(release("part", units("l1", 2)))
    on_hand, reserved, _ = counters(it)
    assert (on_hand, reserved, 0) == sums(it, "tea", "north")


def _allocations(emitted: tuple[object, ...]) -> tuple[object, ...]:
    (event,) = emitted
    assert isinstance(event, StockReleasedV1)
    return event.allocations
