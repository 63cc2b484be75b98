from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from chassis.store.faults import Faults
from chassis.testing import MONDAY, Bench
from contracts.fulfillment import ShipmentWavedV1
from contracts.values import Slot
from fulfillment.domain.kinds import QUEUE, WAVE
from fulfillment.domain.states import ShipmentState
from fulfillment.domain.waves import Policy, Queue, Waiting, Wave, closed, joined
from services.fulfillment.tests.examples import FIRST, ORDER, bench, create, intercept, state, wish

WINDOW = Policy(capacity=2, window=timedelta(seconds=30))


def order(number: int) -> str:
    return f"{number:08d}-1111-5111-8111-111111111111"


def picked(it: Bench) -> list[tuple[str, ...]]:
    return [wave.shipment_ids for wave in it.rows(WAVE)]


def test_a_wave_closes_when_its_time_has_come() -> None:
    """A shipment waits for its wave, and its pick list is out when the window is over."""
    it = bench(WINDOW)
    first = it.send(create())
    assert ((1, ShipmentState.CREATED), ["wave:0:north"]) == ((len(first.emitted), state(it)), list(it.timers()))
    then = it.advance(timedelta(seconds=30))
    (event,) = then.emitted
    assert isinstance(event, ShipmentWavedV1)
    assert (("0:north:1", FIRST), ShipmentState.WAVED, {}) == (
        (event.wave_id, event.shipment_id),
        state(it),
        it.timers(),
    )


def test_a_full_wave_closes_at_once() -> None:
    """A wave does not wait when it is full, and what is left waits for the next one."""
    it = bench(WINDOW)
    it.send(*(create(order_id=order(n)) for n in range(3)))
    assert [tuple(f"{order(n)}-s1-d1" for n in range(2))] == picked(it)
    queue = it.aggregate(QUEUE, "0:north")
    assert queue is not None
    assert [f"{order(2)}-s1-d1"] == [each.shipment_id for each in queue.waiting]
    it.advance(timedelta(seconds=30))
    assert 2 == len(picked(it))


class Loads(Faults):
    """Counts how often the store was read."""

    def __init__(self) -> None:
        self.count = 0

    def loading(self) -> None:
        self.count += 1


def test_a_wave_is_read_at_once() -> None:
    """A timer's waves cost one read of the queue and one of all that is in them, however large they are."""
    it = bench(replace(WINDOW, capacity=20))
    for number in range(50):
        it.send(create(order_id=order(number)))
    it.store.faults = loads = Loads()
    it.advance(timedelta(seconds=30))
    assert (3, 2) == (len(picked(it)), loads.count)


def test_each_warehouse_has_waves_of_its_own() -> None:
    """Shipments of one order from two warehouses are in two waves."""
    it = bench()
    it.send(create(wish(1), wish(2, warehouse_id="south")))
    assert ["north", "south"] == [wave.warehouse_id for wave in it.rows(WAVE)]


def test_rush_goes_first() -> None:
    """A rush shipment takes its place before older ones."""
    it = bench(replace(WINDOW, capacity=9))
    it.send(create(order_id=order(1)))
    it.clock.advance(by=timedelta(seconds=1))
    it.send(create(wish(order_id=order(2), rush=True), order_id=order(2)))
    it.advance(timedelta(seconds=30))
    assert [(f"{order(2)}-s1-d1", f"{order(1)}-s1-d1")] == picked(it)


def test_rush_takes_a_place_in_a_full_wave() -> None:
    """When more wait than a wave may hold, the rush shipment is in it and an older one waits."""
    waiting = [
        Waiting(f"d{n}", ORDER, "r1", "standard", n == 2, MONDAY + timedelta(seconds=n), MONDAY) for n in range(3)
    ]
    queue = Queue("0:north", "north", waiting=tuple(waiting), closes_at=MONDAY + timedelta(hours=1))
    after, (wave,) = closed(queue=queue, now=MONDAY + timedelta(seconds=3), policy=WINDOW)
    assert (("d2", "d0"), ["d1"]) == (wave.shipment_ids, [each.shipment_id for each in after.waiting])


def test_a_slot_holds_the_shipment_back() -> None:
    """A shipment with a delivery slot is picked when the slot comes near."""
    it = bench(WINDOW)
    starts = MONDAY + timedelta(hours=10)
    it.send(create(slot=Slot(starts=starts, ends=starts + timedelta(hours=2))))
    it.advance(timedelta(hours=5))
    assert ShipmentState.CREATED == state(it)
    it.advance(timedelta(hours=1, seconds=30))
    assert ShipmentState.WAVED == state(it)


def test_an_intercepted_shipment_leaves_the_queue() -> None:
    """A shipment that is stopped before its wave is in no wave, and an empty queue has no timer."""
    it = bench(WINDOW)
    it.send(create())
    it.send(intercept())
    assert (ShipmentState.INTERCEPTED, {}) == (state(it), it.timers())
    it.advance(timedelta(minutes=1))
    assert [] == picked(it)


def test_a_wave_that_is_closed_twice_is_closed_once() -> None:
    """A timer of a queue that has been emptied meanwhile closes nothing."""
    it = bench(WINDOW)
    it.send(create())
    timer = it.timers()["wave:0:north"]
    it.send(create(order_id=order(1)))
    it.store.waiting[timer.id] = timer
    assert ("applied", 1) == (it.fire(timer.id).outcome, len(picked(it)))


@given(
    arrivals=st.lists(st.tuples(st.integers(0, 100), st.booleans(), st.integers(0, 200)), max_size=20),
    capacity=st.integers(1, 4),
)
def test_every_shipment_is_in_one_wave(arrivals: list[tuple[int, bool, int]], capacity: int) -> None:
    """Whatever comes when, each shipment is in exactly one wave, no wave is too large, and the queue runs empty."""
    policy = Policy(capacity=capacity, window=timedelta(seconds=30))
    queue = Queue(key="0:north", warehouse_id="north")
    waves: list[Wave] = []
    for number, (second, rush, held) in enumerate(sorted(arrivals)):
        now = MONDAY + timedelta(seconds=second)
        ready = now + timedelta(seconds=held)
        queue = joined(
            queue=queue, waiting=Waiting(f"d{number}", ORDER, "r1", "standard", rush, now, ready), policy=policy
        )
        queue, found = closed(queue=queue, now=now, policy=policy)
        waves += found
    while queue.closes_at is not None:
        queue, found = closed(queue=queue, now=queue.closes_at, policy=policy)
        waves += found
    members = [each for wave in waves for each in wave.shipment_ids]
    assert (sorted(f"d{n}" for n in range(len(arrivals))), ()) == (sorted(members), queue.waiting)
    assert all(0 < len(wave.shipment_ids) <= capacity for wave in waves)
