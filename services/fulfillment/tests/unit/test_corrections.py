"""Records that look like earlier ones and say something else: refused by name, never taken for repeats."""

import pytest

from contracts.fulfillment import RecordDispatchV1, RecordPackV1, ShipmentRecordRefusedV1
from contracts.values import PackedParcel
from fulfillment.domain.states import ShipmentState
from services.fulfillment.tests.examples import FIRST, dispatch, gone, lines, pack, packed, shipment, state


@pytest.mark.parametrize("changes", [{"weight": 9}, {"lines": lines(tea=1)}])
def test_a_parcel_of_the_same_name_is_not_the_same_parcel(changes: dict[str, object]) -> None:
    """A second packing under the same names with other contents or weights is refused, and the first one stands."""
    it = packed()
    parcel = PackedParcel.model_validate({"parcel_id": "p1", "weight": 1_500, "lines": lines(), **changes})
    (event,) = it.send(RecordPackV1(order_id=FIRST[:36], shipment_id=FIRST, parcels=(parcel,))).emitted
    assert isinstance(event, ShipmentRecordRefusedV1)
    assert ("pack", "wrong_state", 1_500) == (event.record, event.reason, shipment(it).parcels[0].weight)


def test_a_packing_that_is_told_again_after_the_dispatch_is_a_repeat() -> None:
    """The same parcels are the same wherever they are by now."""
    assert "duplicate" == gone().send(pack()).outcome


def test_the_same_waybill_of_another_carrier_is_another_hand_over() -> None:
    """A shipment that has left cannot leave again with somebody else."""
    it = gone()
    other = RecordDispatchV1(order_id=FIRST[:36], shipment_id=FIRST, carrier="tortoise", waybill="w1")
    (event,) = it.send(other).emitted
    assert isinstance(event, ShipmentRecordRefusedV1)
    assert ("dispatch", "hare", ShipmentState.DISPATCHED) == (event.record, shipment(it).carrier, state(it))
    assert "duplicate" == it.send(dispatch()).outcome
