"""Shipments and messages that the tests of fulfillment start from."""

from datetime import datetime, timedelta

from chassis.testing import MONDAY, Bench
from contracts.fulfillment import (
    CreateShipmentsV1,
    InterceptShipmentsV1,
    RecordDispatchV1,
    RecordPackV1,
    RecordPickV1,
    RecordReturnV1,
    RecordTrackingV1,
    ReturnedLine,
    ShipmentRequest,
)
from contracts.values import Grade, PackedParcel, PickedLine, ShipmentLine, Slot
from fulfillment.consumers import routes
from fulfillment.domain.kinds import SHIPMENT
from fulfillment.domain.shipment import Shipment
from fulfillment.domain.states import ShipmentState
from fulfillment.domain.waves import Policy
from fulfillment.publishers import PUBLISH

ORDER = "11111111-1111-5111-8111-111111111111"
OTHER = "22222222-2222-5222-8222-222222222222"
SUB = f"{ORDER}-s1"
FIRST = f"{SUB}-d1"
SECOND = f"{ORDER}-s2-d1"
NOON = MONDAY + timedelta(hours=3)
AT_ONCE = Policy(window=timedelta(0))


def bench(policy: Policy = AT_ONCE) -> Bench:
    """Return a bench whose waves close at once, or as the policy says."""
    return Bench(service="fulfillment", routes=routes(policy=policy), publisher=PUBLISH)


def wish(number: int = 1, *, order_id: str = ORDER, warehouse_id: str = "north", rush: bool = False) -> ShipmentRequest:
    """Return the job for a sub-order: two packets of tea and a fish."""
    return ShipmentRequest(
        sub_order_id=f"{order_id}-s{number}",
        merchant_id="m1",
        warehouse_id=warehouse_id,
        handling_class="ambient",
        lines=(
            ShipmentLine(line_id="l1", sku="tea", name="Tea", quantity=2, weight=250),
            ShipmentLine(line_id="l2", sku="fish", name="Fish", quantity=1, weight=1_000),
        ),
        rush=rush,
    )


def create(*wishes: ShipmentRequest, order_id: str = ORDER, slot: Slot | None = None) -> CreateShipmentsV1:
    """Return the command that ships these sub-orders, one when none is named."""
    return CreateShipmentsV1(
        order_id=order_id,
        customer_id="c1",
        currency="EUR",
        region="r1",
        method="standard",
        slot=slot,
        recipient="sealed",
        shipments=wishes or (wish(order_id=order_id),),
    )


def lines(tea: int = 2, fish: int = 1) -> tuple[PickedLine, ...]:
    """Return so many packets of tea and fishes."""
    return (PickedLine(line_id="l1", sku="tea", quantity=tea), PickedLine(line_id="l2", sku="fish", quantity=fish))


def pick(*, tea: int = 2, fish: int = 1, shipment_id: str = FIRST) -> RecordPickV1:
    """Return what a picker found."""
    return RecordPickV1(order_id=shipment_id[:36], shipment_id=shipment_id, lines=lines(tea, fish))


def pack(*parcels: tuple[PickedLine, ...], shipment_id: str = FIRST) -> RecordPackV1:
    """Return the parcels of a shipment: these, or one with everything."""
    packed = tuple(
        PackedParcel(parcel_id=f"p{number}", weight=1_500, lines=inside)
        for number, inside in enumerate(parcels or (lines(),), start=1)
    )
    return RecordPackV1(order_id=shipment_id[:36], shipment_id=shipment_id, parcels=packed)


def dispatch(*, shipment_id: str = FIRST, waybill: str = "w1") -> RecordDispatchV1:
    """Return the hand-over to a carrier."""
    return RecordDispatchV1(order_id=shipment_id[:36], shipment_id=shipment_id, carrier="hare", waybill=waybill)


def word(
    code: str, *, parcel_id: str | None = None, at: datetime = NOON, carrier: str = "hare", shipment_id: str = FIRST
) -> RecordTrackingV1:
    """Return a carrier's word."""
    return RecordTrackingV1(
        order_id=shipment_id[:36],
        shipment_id=shipment_id,
        parcel_id=parcel_id,
        carrier=carrier,
        code=code,
        station="dock 9",
        occurred_at=at,
    )


def returned(*, shipment_id: str = FIRST, tea: tuple[int, Grade] = (2, "A")) -> RecordReturnV1:
    """Return what came back of the tea, with its grade."""
    line = ReturnedLine(line_id="l1", sku="tea", quantity=tea[0], grade=tea[1])
    return RecordReturnV1(order_id=shipment_id[:36], shipment_id=shipment_id, lines=(line,))


def intercept(*sub_order_ids: str, cause: str = "cancel-1", order_id: str = ORDER) -> InterceptShipmentsV1:
    """Return the command that stops these sub-orders, or all of the order."""
    return InterceptShipmentsV1(order_id=order_id, cause=cause, sub_order_ids=sub_order_ids)


def packed() -> Bench:
    """Return a bench with one packed shipment."""
    it = bench()
    for each in (create(), pick(), pack()):
        it.send(each)
    return it


def gone() -> Bench:
    """Return a bench with one dispatched shipment."""
    it = packed()
    it.send(dispatch())
    return it


def shipment(it: Bench, shipment_id: str = FIRST) -> Shipment:
    """Return a shipment as it is stored."""
    found = it.aggregate(SHIPMENT, shipment_id)
    assert found is not None
    return found


def state(it: Bench, shipment_id: str = FIRST) -> ShipmentState:
    """Return the state of a shipment."""
    return shipment(it, shipment_id).state
