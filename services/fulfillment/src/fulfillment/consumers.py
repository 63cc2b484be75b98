"""What comes in: message types, their commands and handlers, and which aggregates they need."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from chassis.message import shard_of
from chassis.routes import Ref, Route, Routes
from contracts.topics import PARTITIONS
from fulfillment.domain.commands import (
    AdvanceShipment,
    CloseWave,
    CreateShipments,
    InterceptShipments,
    RecordDispatch,
    RecordPack,
    RecordPick,
    RecordReturn,
    RecordTracking,
)
from fulfillment.domain.kinds import ASSIGNMENT, QUEUE, SHIPMENT
from fulfillment.domain.shipment import shipment_id
from fulfillment.domain.waves import Policy, queue_key
from fulfillment.handlers.advance import advance_shipment
from fulfillment.handlers.shipments import close_wave, create_shipments, intercept_shipments
from fulfillment.handlers.tracking import record_tracking
from fulfillment.handlers.warehouse import record_dispatch, record_pack, record_pick, record_return


def _to_create(command: CreateShipments) -> Iterable[Ref]:
    yield ASSIGNMENT, command.order_id
    shard = shard_of(command.order_id, PARTITIONS)
    for wish in command.shipments:
        yield SHIPMENT, shipment_id(sub_order_id=wish.sub_order_id)
        yield QUEUE, queue_key(warehouse_id=wish.warehouse_id, shard=shard)


def _to_intercept(command: InterceptShipments) -> Iterable[Ref]:
    yield ASSIGNMENT, command.order_id
    for sub_order_id in command.sub_order_ids:
        yield SHIPMENT, shipment_id(sub_order_id=sub_order_id)


def _shipment(command: Any) -> Iterable[Ref]:
    return ((SHIPMENT, command.shipment_id),)


def routes(*, policy: Policy) -> Routes:
    """Return the routes under this policy of waves."""
    return Routes(
        Route(
            type="fulfillment.create-shipments.v1",
            command=CreateShipments,
            handler=partial(create_shipments, policy=policy),
            loads=_to_create,
        ),
        Route(
            type="fulfillment.intercept-shipments.v1",
            command=InterceptShipments,
            handler=partial(intercept_shipments, policy=policy),
            loads=_to_intercept,
        ),
        Route(
            type="timer.wave-closes",
            command=CloseWave,
            handler=partial(close_wave, policy=policy),
            loads=lambda command: ((QUEUE, command.queue),),
        ),
        Route(
            type="timer.shipment-advances",
            command=AdvanceShipment,
            handler=partial(advance_shipment, policy=policy),
            loads=_shipment,
        ),
        Route(type="fulfillment.record-pick.v1", command=RecordPick, handler=record_pick, loads=_shipment),
        Route(type="fulfillment.record-pack.v1", command=RecordPack, handler=record_pack, loads=_shipment),
        Route(type="fulfillment.record-dispatch.v1", command=RecordDispatch, handler=record_dispatch, loads=_shipment),
        Route(type="fulfillment.record-tracking.v1", command=RecordTracking, handler=record_tracking, loads=_shipment),
        Route(type="fulfillment.record-return.v1", command=RecordReturn, handler=record_return, loads=_shipment),
    )


ROUTES = routes(policy=Policy())
