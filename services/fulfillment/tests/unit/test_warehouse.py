from datetime import timedelta

import pytest

from chassis.testing import Happened
from chassis.verdicts import Verdict
from contracts.fulfillment import (
    ReturnGradedV1,
    ShipmentDeliveredV1,
    ShipmentDispatchedV1,
    ShipmentPackedV1,
    ShipmentPickedShortV1,
    ShipmentRecordRefusedV1,
)
from contracts.inventory import GradedUnits
from contracts.values import PickedLine
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
    intercept,
    lines,
    pack,
    packed,
    pick,
    returned,
    shipment,
    state,
    word,
)


def refusal(then: Happened) -> tuple[str, str]:
    (event,) = then.emitted
    assert isinstance(event, ShipmentRecordRefusedV1)
    assert "rejected" == then.outcome
    return event.record, event.reason


def test_a_full_pick_is_only_kept() -> None:
    """A picker who found everything is told to nobody."""
    it = bench()
    it.send(create())
    assert ((), ShipmentState.PICKING) == (it.send(pick()).emitted, state(it))


def test_a_short_pick_is_an_exception() -> None:
    """What the picker did not find is named, and the parcels hold what he found."""
    it = bench()
    it.send(create())
    (event,) = it.send(pick(tea=1)).emitted
    assert isinstance(event, ShipmentPickedShortV1)
    assert (PickedLine(line_id="l1", sku="tea", quantity=1),) == event.missing
    assert ("pack", "contents_differ") == refusal(it.send(pack()))
    assert "applied" == it.send(pack(lines(tea=1))).outcome


def test_a_shipment_of_which_nothing_was_found_does_not_go_out() -> None:
    """When the shelf is empty the shipment has ended, and cannot be packed."""
    it = bench()
    it.send(create())
    (event,) = it.send(pick(tea=0, fish=0)).emitted
    assert isinstance(event, ShipmentPickedShortV1)
    assert ShipmentState.INTERCEPTED == state(it)
    assert "rejected" == it.send(pack(lines(tea=0, fish=0))).outcome


def test_more_than_was_ordered_cannot_be_picked() -> None:
    """A pick of more units than the shipment has is refused."""
    it = bench()
    it.send(create())
    assert ("pick", "more_than_ordered") == refusal(it.send(pick(tea=3)))
    assert ShipmentState.WAVED == state(it)


def test_a_pick_that_is_told_twice_is_one() -> None:
    """The same pick again changes nothing."""
    it = bench()
    it.send(create())
    it.send(pick())
    assert "duplicate" == it.send(pick()).outcome


def test_a_record_of_a_shipment_that_is_not_there_waits() -> None:
    """A warehouse that tells of a shipment before it was made is heard again later."""
    it = bench()
    assert Verdict.PARKED == it.send(pick()).verdict
    it.send(create())
    it.advance(timedelta(seconds=1))
    assert ShipmentState.PICKING == state(it)


def test_parcels_are_checked_by_sku_and_quantity() -> None:
    """A shipment is packed when its parcels hold what was picked, together."""
    it = bench()
    it.send(create())
    it.send(pick())
    then = it.send(pack(lines(tea=1, fish=0), lines(tea=1, fish=1)))
    (event,) = then.emitted
    assert isinstance(event, ShipmentPackedV1)
    assert (["p1", "p2"], ShipmentState.PACKED) == ([each.parcel_id for each in event.parcels], state(it))


@pytest.mark.parametrize(
    "parcels,reason",
    [
        ([lines(tea=1)], "contents_differ"),
        ([lines(tea=3)], "contents_differ"),
        (
            [(PickedLine(line_id="l1", sku="coffee", quantity=2), PickedLine(line_id="l2", sku="fish", quantity=1))],
            "contents_differ",
        ),
        ([lines(tea=0, fish=0)], "nothing_packed"),
    ],
)
def test_wrong_parcels_are_refused(parcels: list[tuple[PickedLine, ...]], reason: str) -> None:
    """Parcels with too little, too much or something else are refused, and the shipment stays as it is."""
    it = bench()
    it.send(create())
    it.send(pick())
    assert ("pack", reason) == refusal(it.send(pack(*parcels)))
    assert ShipmentState.PICKING == state(it)


def test_a_parcel_cannot_be_named_twice() -> None:
    """Two parcels of one name are refused."""
    it = bench()
    it.send(create())
    record = pack(lines(tea=1, fish=0), lines(tea=1, fish=1))
    twice = tuple(each.model_copy(update={"parcel_id": "p1"}) for each in record.parcels)
    assert ("pack", "parcel_twice") == refusal(it.send(record.model_copy(update={"parcels": twice})))


def test_a_warehouse_may_pack_without_a_pick() -> None:
    """Without a pick the parcels must hold what was ordered."""
    it = bench()
    it.send(create())
    it.send(pack())
    assert ShipmentState.PACKED == state(it)


def test_parcels_that_are_told_twice_are_packed_once() -> None:
    """The same parcels again change nothing."""
    assert "duplicate" == packed().send(pack()).outcome


def test_a_dispatch_names_what_left() -> None:
    """The dispatch tells the carrier, the waybill and the packed units."""
    it = packed()
    (event,) = it.send(dispatch()).emitted
    assert isinstance(event, ShipmentDispatchedV1)
    assert (("hare", "w1", "north", 0), lines()) == (
        (event.carrier, event.waybill, event.warehouse_id, event.collect),
        event.lines,
    )


def test_a_dispatch_that_is_told_twice_is_one() -> None:
    """The same waybill again changes nothing; another one is refused."""
    it = gone()
    assert "duplicate" == it.send(dispatch()).outcome
    assert ("dispatch", "wrong_state") == refusal(it.send(dispatch(waybill="w2")))


def test_what_is_not_packed_cannot_leave() -> None:
    """A dispatch before the packing is refused."""
    it = bench()
    it.send(create())
    assert ("dispatch", "wrong_state") == refusal(it.send(dispatch()))


def test_what_was_intercepted_stays() -> None:
    """A dispatch after an interception is refused by that name, and nothing has left."""
    it = packed()
    it.send(intercept())
    assert ("dispatch", "intercepted") == refusal(it.send(dispatch()))
    assert shipment(it).dispatched_at is None


def test_refused_goods_are_graded_when_they_are_back() -> None:
    """What came back is told with its grade and the warehouse that has it."""
    it = gone()
    it.send(word("RF"))
    then = it.send(returned(tea=(2, "B")))
    unit = GradedUnits(line_id="l1", sku="tea", warehouse_id="north", quantity=2, grade="B")
    expected = ReturnGradedV1(order_id=ORDER, sub_order_id=SUB, shipment_id=FIRST, units=(unit,))
    assert ((expected,), ShipmentState.REFUSED) == (then.emitted, state(it))


def test_a_return_that_is_told_twice_is_one() -> None:
    """The same return of everything again gets the same answer."""
    it = gone()
    it.send(word("RF"))
    first = it.send(returned())
    second = it.send(returned())
    assert (first.emitted, "duplicate") == (second.emitted, second.outcome)


def test_no_more_comes_back_than_was_sent() -> None:
    """Returns add up to what was sent at most."""
    it = gone()
    it.send(word("DL"))
    it.send(returned(tea=(1, "A")))
    assert ("return", "more_than_sent") == refusal(it.send(returned(tea=(2, "A"))))
    assert "applied" == it.send(returned(tea=(1, "C"))).outcome


def test_a_return_waits_for_the_word_of_the_carrier() -> None:
    """Goods that are back before the carrier has said so are graded after he has."""
    it = gone()
    assert Verdict.PARKED == it.send(returned()).verdict
    it.send(word("RF"))
    then = it.advance(timedelta(seconds=1))
    assert [ReturnGradedV1] == [type(event) for event in then.emitted]


def test_what_never_left_cannot_come_back() -> None:
    """A return of a shipment that is still in the warehouse is refused."""
    assert ("return", "wrong_state") == refusal(packed().send(returned()))


def test_words_before_the_dispatch_count_in_the_order_of_what_happened() -> None:
    """Of two ends that were told before the dispatch, the one that happened first counts."""
    it = packed()
    it.send(word("RF", at=NOON + timedelta(minutes=1)))
    it.send(word("DL", at=NOON))
    it.send(dispatch())
    assert ShipmentState.DELIVERED == state(it)


def test_a_word_that_came_before_the_dispatch_counts_after_it() -> None:
    """A carrier's word that overtakes the dispatch is kept and moves the shipment once it has left."""
    it = packed()
    assert ((), ShipmentState.PACKED) == (it.send(word("DL")).emitted, state(it))
    then = it.send(dispatch())
    assert [ShipmentDispatchedV1, ShipmentDeliveredV1] == [type(event) for event in then.emitted]
    assert ShipmentState.DELIVERED == state(it)
