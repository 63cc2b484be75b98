from contracts.fulfillment import ShipmentRef, ShipmentsCreatedV1, ShipmentsInterceptedV1, ShipmentWavedV1
from fulfillment.domain.kinds import ASSIGNMENT
from fulfillment.domain.states import ShipmentState
from services.fulfillment.tests.examples import (
    FIRST,
    ORDER,
    SECOND,
    SUB,
    bench,
    create,
    dispatch,
    gone,
    intercept,
    pack,
    packed,
    pick,
    shipment,
    state,
    wish,
)


def test_each_sub_order_gets_a_shipment() -> None:
    """The jobs are told back with their ids, and the pick lists are out."""
    it = bench()
    then = it.send(create(wish(1), wish(2)))
    refs = (
        ShipmentRef(shipment_id=FIRST, sub_order_id=SUB),
        ShipmentRef(shipment_id=SECOND, sub_order_id=f"{ORDER}-s2"),
    )
    assert ShipmentsCreatedV1(order_id=ORDER, shipments=refs) == then.emitted[0]
    assert [FIRST, SECOND] == [event.shipment_id for event in then.emitted if isinstance(event, ShipmentWavedV1)]


def test_a_second_command_gets_the_same_answer() -> None:
    """Shipments that exist are named again, and nothing else happens."""
    it = bench()
    first = it.send(create())
    second = it.send(create())
    assert ((first.emitted[0],), "duplicate") == (second.emitted, second.outcome)


def test_the_recipient_is_kept_sealed() -> None:
    """What is stored of the recipient is what came: sealed."""
    it = bench()
    it.send(create())
    assignment = it.aggregate(ASSIGNMENT, ORDER)
    assert assignment is not None
    assert "sealed" == assignment.recipient


def test_more_sub_orders_can_follow() -> None:
    """A later command adds the sub-orders that are new."""
    it = bench()
    it.send(create(wish(1)))
    then = it.send(create(wish(1), wish(2)))
    assert ("applied", [SECOND]) == (
        then.outcome,
        [event.shipment_id for event in then.emitted if isinstance(event, ShipmentWavedV1)],
    )


def test_what_has_not_left_is_intercepted() -> None:
    """An interception stops a packed shipment."""
    it = packed()
    then = it.send(intercept(SUB))
    expected = ShipmentsInterceptedV1(order_id=ORDER, cause="cancel-1", intercepted=(SUB,), too_late=())
    assert ((expected,), ShipmentState.INTERCEPTED) == (then.emitted, state(it))


def test_what_has_left_is_too_late() -> None:
    """An interception after the dispatch says so and changes nothing."""
    it = gone()
    then = it.send(intercept())
    expected = ShipmentsInterceptedV1(order_id=ORDER, cause="cancel-1", intercepted=(), too_late=(SUB,))
    assert ((expected,), "rejected", ShipmentState.DISPATCHED) == (then.emitted, then.outcome, state(it))


def test_one_of_two_may_be_too_late() -> None:
    """Of an order's shipments those that have not left are stopped, and the others are named."""
    it = bench()
    it.send(create(wish(1), wish(2)))
    for each in (pick(), pack(), dispatch()):
        it.send(each)
    (event,) = it.send(intercept()).emitted
    assert isinstance(event, ShipmentsInterceptedV1)
    assert ((f"{ORDER}-s2",), (SUB,)) == (event.intercepted, event.too_late)


def test_the_same_cause_gets_the_same_answer() -> None:
    """An interception that is repeated is answered as the first time, whatever happened since."""
    it = packed()
    first = it.send(intercept())
    second = it.send(intercept())
    assert (first.emitted, "duplicate") == (second.emitted, second.outcome)


def test_another_cause_finds_it_intercepted() -> None:
    """A second interception for another reason finds the shipment stopped already."""
    it = packed()
    it.send(intercept())
    (event,) = it.send(intercept(cause="cancel-2")).emitted
    assert isinstance(event, ShipmentsInterceptedV1)
    assert (SUB,) == event.intercepted


def test_an_interception_that_comes_first_bars_the_shipments() -> None:
    """What is asked for after it was cancelled is made, answered and never goes out."""
    it = bench()
    it.send(intercept())
    then = it.send(create())
    assert (1, ShipmentState.INTERCEPTED) == (len(then.emitted), state(it))


def test_an_interception_of_an_unknown_sub_order_bars_it_alone() -> None:
    """A named sub-order that was never asked for stays away; its siblings ship."""
    it = bench()
    it.send(create(wish(1)))
    (event,) = it.send(intercept(f"{ORDER}-s2")).emitted
    assert isinstance(event, ShipmentsInterceptedV1)
    it.send(create(wish(2)))
    assert ((f"{ORDER}-s2",), ShipmentState.INTERCEPTED, ShipmentState.WAVED) == (
        event.intercepted,
        state(it, SECOND),
        state(it),
    )


def test_of_interception_and_dispatch_in_one_batch_the_first_wins() -> None:
    """In either order exactly one of the two happens."""
    first = packed()
    first.send(intercept(), dispatch())
    assert (ShipmentState.INTERCEPTED, "") == (state(first), shipment(first).waybill)
    second = packed()
    second.send(dispatch(), intercept())
    assert (ShipmentState.DISPATCHED, "w1") == (state(second), shipment(second).waybill)
