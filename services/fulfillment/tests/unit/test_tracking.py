from datetime import timedelta

import pytest

from chassis.verdicts import Verdict
from contracts.fulfillment import (
    ShipmentDeliveredV1,
    ShipmentLostV1,
    ShipmentRecordRefusedV1,
    ShipmentRefusedV1,
    ShipmentTrackedV1,
)
from fulfillment.domain.states import ShipmentState
from services.fulfillment.tests.examples import (
    FIRST,
    NOON,
    ORDER,
    SUB,
    bench,
    create,
    dispatch,
    gone,
    lines,
    pack,
    packed,
    shipment,
    state,
    word,
)

IDS = {"order_id": ORDER, "sub_order_id": SUB, "shipment_id": FIRST}


def test_a_shipment_moves_by_the_words_of_its_carrier() -> None:
    """Each word that moves the shipment is told in our words, with its place and time."""
    it = gone()
    told = [it.send(word(code)).emitted for code in ("PU", "OD", "DL")]
    assert [
        (ShipmentTrackedV1(**IDS, state="in_transit", station="dock 9", occurred_at=NOON),),
        (ShipmentTrackedV1(**IDS, state="out_for_delivery", station="dock 9", occurred_at=NOON),),
        (ShipmentDeliveredV1(**IDS, delivered_at=NOON),),
    ] == told


def test_a_refusal_at_the_door_gives_its_reason() -> None:
    """A parcel that the customer did not take tells why."""
    it = gone()
    assert (ShipmentRefusedV1(**IDS, reason="damaged_at_the_door", refused_at=NOON),) == it.send(word("DA")).emitted


def test_a_lost_parcel_is_told() -> None:
    """A parcel that the carrier lost ends its shipment."""
    assert (ShipmentLostV1(**IDS, lost_at=NOON),) == gone().send(word("LS")).emitted


def test_the_same_word_twice_is_one() -> None:
    """A word that is repeated is known already."""
    it = gone()
    it.send(word("PU"))
    assert ("duplicate", 1) == (it.send(word("PU")).outcome, len(shipment(it).tracking))


@pytest.mark.parametrize("late", ["PU", "OD", "RF", "LS"])
def test_a_late_word_is_a_fact_and_nothing_else(late: str) -> None:
    """After the delivery every other word is kept and changes nothing."""
    it = gone()
    it.send(word("DL"))
    then = it.send(word(late, at=NOON - timedelta(hours=1)))
    assert ((), ShipmentState.DELIVERED, 2) == (then.emitted, state(it), len(shipment(it).tracking))


def test_an_unknown_word_is_kept() -> None:
    """A word that no table knows is kept for those who look, and moves nothing."""
    it = gone()
    assert ((), ShipmentState.DISPATCHED, 1) == (
        it.send(word("ZZ")).emitted,
        state(it),
        len(shipment(it).tracking),
    )


def test_another_carrier_has_no_say() -> None:
    """Words of a carrier that does not have the shipment are refused."""
    (event,) = gone().send(word("DL", carrier="tortoise")).emitted
    assert isinstance(event, ShipmentRecordRefusedV1)
    assert "other_carrier" == event.reason


def test_another_carrier_has_no_say_before_the_dispatch_either() -> None:
    """Words of another carrier that came before the dispatch move nothing after it, and are refused then."""
    it = packed()
    it.send(word("delivered", carrier="tortoise"), word("PU"))
    then = it.send(dispatch())
    refusal = then.emitted[-1]
    assert isinstance(refusal, ShipmentRecordRefusedV1)
    assert ("tracking", "other_carrier") == (refusal.record, refusal.reason)
    assert (ShipmentState.IN_TRANSIT, ["PU"]) == (state(it), [node.code for node in shipment(it).tracking])


def test_a_parcel_that_is_not_in_the_shipment_is_refused() -> None:
    """Words about a parcel that nobody packed are refused."""
    (event,) = gone().send(word("DL", parcel_id="p9")).emitted
    assert isinstance(event, ShipmentRecordRefusedV1)
    assert "unknown_parcel" == event.reason


def test_a_word_about_no_shipment_waits() -> None:
    """A word that comes before the shipment is tried again."""
    assert Verdict.PARKED == bench().send(word("PU")).verdict


def test_a_shipment_is_delivered_with_its_last_parcel() -> None:
    """One parcel of two that arrives does not deliver the shipment."""
    it = bench()
    for each in (create(), pack(lines(tea=2, fish=0), lines(tea=0, fish=1)), dispatch()):
        it.send(each)
    it.send(word("OD"))
    first = it.send(word("DL", parcel_id="p1"))
    assert ((), ShipmentState.OUT_FOR_DELIVERY) == (first.emitted, state(it))
    second = it.send(word("DL", parcel_id="p2"))
    assert (ShipmentDeliveredV1(**IDS, delivered_at=NOON),) == second.emitted
