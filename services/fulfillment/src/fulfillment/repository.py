"""How the kinds of fulfillment are bound to the statements of queries.sql."""

import json
from typing import Any

from chassis.tables import RowTable, Table, Tables
from fulfillment.domain.kinds import ASSIGNMENT, QUEUE, SHIPMENT, WAVE
from fulfillment.domain.shipment import Shipment
from fulfillment.domain.states import BEFORE_DISPATCH, ShipmentState
from fulfillment.domain.waves import Queue, Wave


def _shipment_columns(shipment: Shipment) -> tuple[Any, ...]:
    return (
        shipment.state.value,
        shipment.order_id,
        shipment.warehouse_id,
        shipment.wave_id,
        shipment.waybill or None,
        shipment.created_at,
    )


def _waybill_when_sent(shipment: Shipment) -> bool:
    return (not shipment.waybill) == (shipment.state in {*BEFORE_DISPATCH, ShipmentState.INTERCEPTED})


def _queue_columns(queue: Queue) -> tuple[Any, ...]:
    return (queue.warehouse_id, queue.closes_at)


def _wave_columns(wave: Wave) -> tuple[Any, ...]:
    return (wave.wave_id, wave.warehouse_id, json.dumps(wave.shipment_ids), wave.closed_at)


TABLES = Tables(
    Table(kind=ASSIGNMENT, load="load_assignments", save="save_assignments"),
    Table(kind=SHIPMENT, load="load_shipments", save="save_shipments", row=_shipment_columns, holds=_waybill_when_sent),
    Table(kind=QUEUE, load="load_queues", save="save_queues", row=_queue_columns),
    RowTable(kind=WAVE, insert="insert_waves", row=_wave_columns),
)
