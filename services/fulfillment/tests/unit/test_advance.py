from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.testing import MONDAY, Bench
from chassis.verdicts import Verdict
from contracts.fulfillment import (
    RecordDispatchV1,
    RecordPackV1,
    RecordTrackingV1,
    ShipmentDeliveredV1,
    ShipmentDispatchedV1,
    ShipmentPackedV1,
    ShipmentsCreatedV1,
    ShipmentsInterceptedV1,
    ShipmentWavedV1,
)
from contracts.values import Contract, PackedParcel
from fulfillment.consumers import routes
from fulfillment.domain.kinds import WAVE
from fulfillment.domain.states import ShipmentState
from fulfillment.domain.waves import Policy
from fulfillment.publishers import PUBLISH
from services.fulfillment.tests.examples import (
    AT_ONCE,
    FIRST,
    ORDER,
    SECOND,
    SUB,
    bench,
    create,
    intercept,
    lines,
    pick,
    shipment,
    state,
    wish,
    word,
)

SECOND_STEP = timedelta(seconds=1)
DELIVERS = replace(AT_ONCE, self_advancing={"north": ShipmentState.DELIVERED}, step=timedelta(0))
DISPATCHES = replace(DELIVERS, self_advancing={"*": ShipmentState.DISPATCHED})
BY_TIMERS = replace(DELIVERS, step=SECOND_STEP)

TOLD_BY_PEOPLE: tuple[Contract, ...] = (
    pick(),
    RecordPackV1(
        order_id=ORDER,
        shipment_id=FIRST,
        parcels=(PackedParcel(parcel_id=f"{FIRST}-p1", weight=1_500, lines=lines()),),
    ),
    RecordDispatchV1(order_id=ORDER, shipment_id=FIRST, carrier="house", waybill=FIRST),
    RecordTrackingV1(order_id=ORDER, shipment_id=FIRST, carrier="house", code="delivered", occurred_at=MONDAY),
)


def governed(it: Bench, policy: Policy) -> Bench:
    """Return the same bench with the routes of another policy."""
    return Bench(
        service="fulfillment",
        routes=routes(policy=policy),
        publisher=PUBLISH,
        store=it.store,
        now=it.clock.time,
    )


def test_a_warehouse_without_people_ships_within_the_message() -> None:
    """Its shipments are picked, packed, dispatched and delivered by the message that creates them."""
    it = bench(DELIVERS)
    then = it.send(create())
    assert [ShipmentsCreatedV1, ShipmentWavedV1, ShipmentPackedV1, ShipmentDispatchedV1, ShipmentDeliveredV1] == [
        type(event) for event in then.emitted
    ]
    assert (Verdict.APPLIED, ShipmentState.DELIVERED, {}) == (then.verdict, state(it), it.timers())


def test_a_shipment_that_advances_is_one_that_was_told() -> None:
    """Told the same words one by one by people, a shipment ends as the same and tells others the same."""
    told = bench()
    said = [*told.send(create()).emitted, *(event for each in TOLD_BY_PEOPLE for event in told.send(each).emitted)]
    alone = bench(DELIVERS)
    assert said == list(alone.send(create()).emitted)
    assert shipment(told) == shipment(alone)


def test_a_warehouse_may_leave_the_delivery_to_its_carrier() -> None:
    """Where the setting ends at the dispatch, the carrier's words count from there on, and nothing else comes."""
    it = bench(DISPATCHES)
    then = it.send(create())
    assert isinstance(then.emitted[-1], ShipmentDispatchedV1)
    assert (ShipmentState.DISPATCHED, {}) == (state(it), it.timers())
    it.send(word("in_transit", carrier="house"))
    assert ShipmentState.IN_TRANSIT == state(it)
    it.send(word("delivered", carrier="house"))
    assert ShipmentState.DELIVERED == state(it)


def test_only_the_named_warehouses_advance() -> None:
    """Of two shipments of one order the other one waits for its people."""
    it = bench(DELIVERS)
    it.send(create(wish(1), wish(2, warehouse_id="south")))
    assert (ShipmentState.DELIVERED, ShipmentState.WAVED) == (state(it), state(it, SECOND))


def test_a_whole_wave_advances_when_it_closes() -> None:
    """Waves stay as they are: the message that closes one ships all that is in it."""
    it = bench(replace(DELIVERS, capacity=2, window=timedelta(seconds=30)))
    it.send(create(wish(1), wish(2)))
    assert [(FIRST, SECOND)] == [wave.shipment_ids for wave in it.rows(WAVE)]
    assert [ShipmentState.DELIVERED] * 2 == [state(it), state(it, SECOND)]
    it.send(create(wish(3)))
    third = f"{ORDER}-s3-d1"
    assert ShipmentState.CREATED == state(it, third)
    it.advance(timedelta(seconds=30))
    assert ShipmentState.DELIVERED == state(it, third)


def test_a_repeated_creation_ships_nothing_again() -> None:
    """Asked for again, the shipments are named again, and that is all."""
    it = bench(DELIVERS)
    it.send(create())
    then = it.send(create())
    assert ("duplicate", [ShipmentsCreatedV1]) == (then.outcome, [type(event) for event in then.emitted])


@pytest.mark.parametrize("policy", [DELIVERS, DISPATCHES])
def test_an_interception_of_what_has_left_is_too_late(policy: Policy) -> None:
    """It is answered as for any shipment that was dispatched, and changes nothing."""
    it = bench(policy)
    it.send(create())
    before = shipment(it)
    then = it.send(intercept())
    assert ("rejected", before) == (then.outcome, shipment(it))
    assert (ShipmentsInterceptedV1(order_id=ORDER, cause="cancel-1", intercepted=(), too_late=(SUB,)),) == then.emitted


def test_an_interception_that_came_first_keeps_the_goods() -> None:
    """A sub-order that was cancelled before it was asked for does not leave, whoever runs its warehouse."""
    it = bench(DELIVERS)
    it.send(intercept())
    then = it.send(create())
    assert ([ShipmentsCreatedV1], ShipmentState.INTERCEPTED) == ([type(event) for event in then.emitted], state(it))


def test_a_warehouse_may_take_its_time() -> None:
    """With time for each step, timers bring the shipment on, one step each."""
    it = bench(BY_TIMERS)
    it.send(create())
    seen = []
    for _ in range(4):
        it.advance(SECOND_STEP)
        seen.append(state(it))
    assert ["picking", "packed", "dispatched", "delivered"] == seen
    assert {} == it.timers()
    assert [(f"{FIRST}-p1", 1_500)] == [(each.parcel_id, each.weight) for each in shipment(it).parcels]


def test_timers_stop_at_the_dispatch_where_the_setting_says_so() -> None:
    """A shipment that is with its carrier has no timer of the warehouse left."""
    it = bench(replace(DISPATCHES, step=SECOND_STEP))
    it.send(create())
    it.advance(timedelta(seconds=10))
    assert (ShipmentState.DISPATCHED, {}) == (state(it), it.timers())


def test_an_intercepted_shipment_advances_no_more() -> None:
    """An interception takes the timer of the next step away."""
    it = bench(BY_TIMERS)
    it.send(create())
    it.send(intercept())
    assert {} == it.timers()
    assert ((), ShipmentState.INTERCEPTED) == (it.advance(timedelta(minutes=1)).emitted, state(it))


@pytest.mark.parametrize("policy, expected", [(AT_ONCE, ShipmentState.WAVED), (DELIVERS, ShipmentState.DELIVERED)])
def test_a_timer_follows_the_setting_of_now(policy: Policy, expected: ShipmentState) -> None:
    """A step that was set under another setting goes as far as the present one: on to the end, or not at all."""
    it = bench(BY_TIMERS)
    it.send(create())
    later = governed(it, policy)
    later.advance(timedelta(minutes=1))
    assert (expected, {}) == (state(later), later.timers())
