from datetime import timedelta

from contracts.inventory import ExtendHoldV1, HoldExpiredV1, HoldExtendedV1
from inventory.domain.reservation import ReservationState
from services.inventory.tests.examples import ORDER, UNTIL, bench, commit, counters, given, state, sums, tea

LATER = UNTIL + timedelta(minutes=10)


def extend(until: object = LATER) -> ExtendHoldV1:
    return ExtendHoldV1.model_validate({"order_id": ORDER, "hold_until": until})


def test_a_hold_ends_when_nobody_pays() -> None:
    """At the end of the hold its units are free, and others are told."""
    it = bench()
    it.send(tea(2))
    then = it.advance(timedelta(minutes=30))
    assert (HoldExpiredV1(order_id=ORDER, allocations=(given("l1", "tea", "north", 2),)),) == then.emitted
    assert ((10, 0, 10), (0, 0, 0), ReservationState.EXPIRED) == (counters(it), sums(it, "tea", "north"), state(it))


def test_a_hold_lasts_to_the_full_minute() -> None:
    """A hold that ends within a minute is counted until the minute is over."""
    it = bench()
    it.send(tea(2, until=UNTIL + timedelta(seconds=1)))
    it.advance(timedelta(minutes=30, seconds=59))
    assert 8 == counters(it)[2]
    it.advance(timedelta(seconds=1))
    assert 10 == counters(it)[2]


def test_a_hold_is_extended_once() -> None:
    """The first extension moves the end and the timer, the second one is refused."""
    it = bench()
    it.send(tea(2))
    first = it.send(extend())
    assert (HoldExtendedV1(order_id=ORDER, extended=True, hold_until=LATER),) == first.emitted
    assert [LATER] == [timer.due for timer in it.timers().values()]
    second = it.send(extend(LATER + timedelta(hours=1)))
    assert (HoldExtendedV1(order_id=ORDER, extended=False, hold_until=LATER),) == second.emitted
    it.advance(timedelta(minutes=35))
    assert (10, 2, 8) == counters(it)
    it.advance(timedelta(minutes=5))
    assert (10, 0, 10) == counters(it)


def test_the_same_extension_twice_is_one() -> None:
    """An extension that is repeated gets the same answer."""
    it = bench()
    it.send(tea(2))
    first = it.send(extend())
    second = it.send(extend())
    assert (first.emitted, "duplicate") == (second.emitted, second.outcome)


def test_a_hold_that_is_over_cannot_be_extended() -> None:
    """After its end a hold is not extended, whether its timer has run or not."""
    it = bench()
    it.send(tea(2))
    it.clock.advance(by=timedelta(minutes=30))
    then = it.send(extend())
    assert (HoldExtendedV1(order_id=ORDER, extended=False, hold_until=UNTIL),) == then.emitted


def test_nothing_held_cannot_be_extended() -> None:
    """An order without a hold gets no extension."""
    then = bench().send(extend())
    assert (HoldExtendedV1(order_id=ORDER, extended=False),) == then.emitted


def test_a_committed_hold_has_no_end() -> None:
    """A committed reservation cannot be extended and does not expire."""
    it = bench()
    it.send(tea(2))
    it.send(commit())
    then = it.send(extend())
    assert (HoldExtendedV1(order_id=ORDER, extended=False),) == then.emitted
    assert ReservationState.COMMITTED == state(it)


def test_an_extended_hold_can_be_committed() -> None:
    """The units of an extended hold are made permanent from their new end."""
    it = bench()
    it.send(tea(2))
    it.send(extend())
    it.clock.advance(by=timedelta(minutes=35))
    it.send(commit())
    assert ((10, 2, 8), (0, 2, 0)) == (counters(it), sums(it, "tea", "north"))
