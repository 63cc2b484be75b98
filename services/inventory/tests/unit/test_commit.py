from datetime import timedelta

from contracts.inventory import CommitRefusedV1, StockCommittedV1
from inventory.domain.catalog import StockMode
from inventory.domain.kinds import TAKEN, taken_key
from inventory.domain.reservation import ReservationState
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
    reserve,
    state,
    sums,
    tea,
)

LATE = timedelta(minutes=31)


def test_a_commit_makes_the_hold_permanent() -> None:
    """A committed hold stays reserved, has no end, and its timer is gone."""
    it = bench()
    it.send(tea(2))
    then = it.send(commit())
    assert (StockCommittedV1(order_id=ORDER, allocations=(given("l1", "tea", "north", 2),)),) == then.emitted
    assert ((10, 2, 8), {}) == (counters(it), it.timers())
    it.advance(timedelta(days=2))
    assert ((10, 2, 8), ReservationState.COMMITTED) == (counters(it), state(it))


def test_a_second_commit_gets_the_same_answer() -> None:
    """A commit that is repeated is answered again and changes nothing."""
    it = bench()
    it.send(tea(2))
    first = it.send(commit())
    second = it.send(commit())
    assert (first.emitted, "duplicate") == (second.emitted, second.outcome)
    assert (10, 2, 8) == counters(it)


def test_a_commit_without_reservation_is_refused() -> None:
    """An order that holds nothing cannot be committed."""
    then = bench().send(commit())
    assert (CommitRefusedV1(order_id=ORDER, reason="not_reserved", lines=()),) == then.emitted


def test_a_refused_order_cannot_be_committed() -> None:
    """A commit of a refused reservation is refused with its state."""
    it = bench()
    it.send(tea(99))
    (refusal,) = it.send(commit()).emitted
    assert isinstance(refusal, CommitRefusedV1)
    assert ("out_of_stock", ReservationState.REFUSED) == (refusal.reason, state(it))


def test_a_late_commit_takes_the_stock_again() -> None:
    """A hold that had expired is committed when there still is stock, from wherever it is."""
    it = bench(stock={"tea": {"north": 2, "south": 5}})
    it.send(tea(2))
    it.advance(LATE)
    it.send(tea(2, order_id=OTHER, until=UNTIL + LATE))
    then = it.send(commit())
    assert (StockCommittedV1(order_id=ORDER, allocations=(given("l1", "tea", "south", 2),)),) == then.emitted
    assert ((2, 2, 0), (5, 2, 3)) == (counters(it), counters(it, "tea", "south"))


def test_a_late_commit_is_refused_when_the_stock_is_gone() -> None:
    """An expired hold whose units somebody else holds by now is refused, and nothing is held for it."""
    it = bench(stock={"tea": {"north": 2}})
    it.send(tea(2))
    it.advance(LATE)
    it.send(tea(1, order_id=OTHER, until=UNTIL + LATE))
    (refusal,) = it.send(commit()).emitted
    assert isinstance(refusal, CommitRefusedV1)
    assert ("out_of_stock", 1) == (refusal.reason, refusal.lines[0].available)
    assert ((2, 1, 1), ReservationState.SHORT) == (counters(it), state(it))


def test_an_expired_hold_is_free_before_its_timer_has_run() -> None:
    """Who reserves after a hold has ended gets its units, although nobody has swept it yet."""
    it = bench(stock={"tea": {"north": 2}})
    it.send(tea(2))
    it.clock.advance(by=LATE)
    then = it.send(tea(2, order_id=OTHER, until=UNTIL + LATE))
    assert "applied" == then.outcome
    assert ((2, 2, 0), (0, 2, 0)) == (counters(it), sums(it, "tea", "north"))
    late = it.fire(f"hold:{ORDER}")
    assert ("applied", (2, 2, 0), (0, 2, 0)) == (late.outcome, counters(it), sums(it, "tea", "north"))


def test_a_swept_hold_that_is_committed_is_taken_again_or_refused() -> None:
    """A commit after somebody swept the hold finds it gone, and never counts its units twice."""
    it = bench(stock={"tea": {"north": 3}})
    it.send(tea(2))
    it.clock.advance(by=LATE)
    it.send(tea(1, order_id=OTHER, until=UNTIL + LATE))
    then = it.send(commit())
    assert "applied" == then.outcome
    assert ((3, 3, 0), (0, 3, 0)) == (counters(it), sums(it, "tea", "north"))


def test_a_commit_at_payment_that_falls_short_gives_all_back() -> None:
    """When a line that is deducted at payment is gone, what was held for the other lines is free again."""
    flash = product("flash", mode=StockMode.AT_PAYMENT)
    it = bench(product("tea"), flash, stock={"tea": {"north": 5}, "flash": {"north": 1}})
    it.send(reserve({"l1": ("tea", 2), "l2": ("flash", 1)}))
    it.send(reserve({"l1": ("flash", 1)}, order_id=OTHER))
    it.send(commit(order_id=OTHER))
    then = it.send(commit())
    (refusal,) = then.emitted
    assert isinstance(refusal, CommitRefusedV1)
    assert (("l2", "flash", 1, 0), "rejected") == (
        (refusal.lines[0].line_id, refusal.lines[0].sku, refusal.lines[0].requested, refusal.lines[0].available),
        then.outcome,
    )
    assert ((5, 0, 5), ReservationState.SHORT, {}) == (counters(it), state(it), it.timers())
    assert then.emitted == it.send(commit()).emitted


def test_a_short_commit_gives_the_customer_the_cap_back() -> None:
    """What a customer could not get does not count against the cap."""
    it = bench(product("tea", mode=StockMode.AT_PAYMENT, cap_per_customer=2), stock={"tea": {"north": 2}})
    it.send(tea(2))
    it.send(tea(2, order_id=OTHER, customer_id="c2"))
    it.send(commit(order_id=OTHER))
    it.send(commit())
    counts = [it.aggregate(TAKEN, taken_key(customer_id=each, sku="tea")) for each in ("c1", "c2")]
    assert [0, 2] == [each.quantity for each in counts if each is not None]


def test_a_late_commit_checks_the_cap_again() -> None:
    """A customer who took the capped units by another order meanwhile cannot commit the expired one."""
    it = bench(product("tea", cap_per_customer=2), stock={"tea": {"north": 9}})
    it.send(tea(2))
    it.advance(LATE)
    it.send(tea(2, order_id=OTHER, until=UNTIL + LATE))
    (refusal,) = it.send(commit()).emitted
    assert isinstance(refusal, CommitRefusedV1)
    assert "cap_per_customer" == refusal.reason


def test_a_late_commit_counts_against_the_cap_again() -> None:
    """Units that an expiry had given back to the customer's cap are counted when they are taken again."""
    it = bench(product("tea", cap_per_customer=2), stock={"tea": {"north": 9}})
    it.send(tea(2))
    it.advance(LATE)
    it.send(commit())
    taken = it.aggregate(TAKEN, taken_key(customer_id="c1", sku="tea"))
    assert taken is not None
    assert 2 == taken.quantity


def test_a_commit_moves_nothing_that_was_held() -> None:
    """Making a hold permanent is a movement that changes no counter."""
    it = bench()
    it.send(tea(2))
    it.send(commit())
    assert [("reserve", "tea", "north", 2), ("commit", "tea", "north", 2)] == moves(it)
    assert (0, 2, 0) == sums(it, "tea", "north")
