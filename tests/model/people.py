"""Customers, pickers, carriers and banks: all that they may do next, as their contracts allow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from contracts.fulfillment import (
    RecordDispatchV1,
    RecordPackV1,
    RecordPickV1,
    RecordReturnV1,
    RecordTrackingV1,
    ReturnedLine,
)
from contracts.ids import order_id
from contracts.inventory import CommitStockV1, ReserveStockV1, StockLine
from contracts.order import ConfirmReceiptV1
from contracts.payment import RecordStatementLineV1
from contracts.values import Contract, PackedParcel, PickedLine
from fulfillment.domain.kinds import SHIPMENT
from fulfillment.domain.shipment import Shipment
from fulfillment.domain.states import ON_THE_WAY, ShipmentState
from inventory.domain.kinds import RESERVATION
from inventory.domain.reservation import ReservationState
from model.bank import BEGINNING
from model.machine import Local
from model.scene import ORDER_ID, Scene
from order.domain.order import ORDER
from order.domain.rollup import SubState
from payment.domain.kinds import PAYMENT
from payment.domain.payment import Payment
from payment.domain.states import PaymentState

WORDS = {"deliver": "delivered", "refuse": "refused", "lose": "lost"}
RIVAL = order_id(customer_id="rival", idempotency_key="model")
Deed = tuple[str, Contract]


def at_the_dock(*, scene: Scene, fulfillment: Local) -> list[Deed]:
    """Return what warehouse and carrier may tell of each shipment, as it is."""
    return [deed for shipment in fulfillment.all_of(SHIPMENT) for deed in _of_shipment(scene, shipment)]


def _of_shipment(scene: Scene, shipment: Shipment) -> Iterator[Deed]:
    ids = {"order_id": shipment.order_id, "shipment_id": shipment.shipment_id}
    number = shipment.sub_order_id.rpartition("-s")[2]
    match shipment.state:
        case ShipmentState.WAVED:
            yield f"warehouse picks {number}", RecordPickV1(**ids, lines=_lines(shipment, 0))
            if scene.short:
                yield f"warehouse misses a unit of {number}", RecordPickV1(**ids, lines=_lines(shipment, 1))
        case ShipmentState.PICKING:
            inside = tuple(
                PickedLine(line_id=x.line_id, sku=x.sku, quantity=x.quantity)
                for x in shipment.picked or ()
                if x.quantity
            )
            parcel = PackedParcel(parcel_id=f"{shipment.shipment_id}-p1", weight=1, lines=inside)
            yield f"warehouse packs {number}", RecordPackV1(**ids, parcels=(parcel,))
        case ShipmentState.PACKED:
            yield f"warehouse hands {number} over", RecordDispatchV1(**ids, carrier="hare", waybill=f"WB-{number}")
        case state if state in ON_THE_WAY:
            yield from ((f"carrier: {door} {number}", _word(ids, door)) for door in scene.doors)
        case ShipmentState.REFUSED if not shipment.returns:
            yield from ((f"warehouse grades {number} {grade}", _return(ids, shipment, grade)) for grade in scene.grades)
        case _:
            pass


def _lines(shipment: Shipment, missing: int) -> tuple[PickedLine, ...]:
    return tuple(
        PickedLine(line_id=line.line_id, sku=line.sku, quantity=line.quantity - (missing if number == 0 else 0))
        for number, line in enumerate(shipment.lines)
    )


def _word(ids: dict[str, str], door: str) -> RecordTrackingV1:
    return RecordTrackingV1(**ids, carrier="hare", code=WORDS[door], occurred_at=BEGINNING + timedelta(days=30))


def _return(ids: dict[str, str], shipment: Shipment, grade: str) -> RecordReturnV1:
    lines = tuple(
        ReturnedLine.model_validate(
            {"line_id": each.line_id, "sku": each.sku, "quantity": each.quantity, "grade": grade}
        )
        for each in shipment.contents()
    )
    return RecordReturnV1(**ids, lines=lines)


def by_statement(*, scene: Scene, payment: Local, fulfillment: Local) -> list[Deed]:
    """Return the lines that a bank or a carrier may tell: transfers, cash, and payouts."""
    found: list[Deed] = []
    for each in payment.all_of(PAYMENT):
        if each.channel is None or not each.channel.by_statement:
            continue
        known = {mark.reference for mark in each.marks}
        if each.channel == "bank_transfer":
            found.extend(_transfers(scene, each))
        else:
            found.extend(
                (f"carrier remits {shipment.collect}", _line(each, "capture", shipment.waybill, shipment.collect))
                for shipment in fulfillment.all_of(SHIPMENT)
                if shipment.state is ShipmentState.DELIVERED and shipment.collect and shipment.waybill not in known
            )
        found.extend(
            (f"payout of {refund.amount} is booked", _line(each, "refund", refund.id, refund.amount))
            for refund in each.refunds_on_their_way
        )
    return found


def _transfers(scene: Scene, payment: Payment) -> Iterator[Deed]:
    number = len(payment.captures) + 1
    if number <= scene.payments and payment.state is not PaymentState.OPEN:
        for amount in _amounts(scene, tuple(fact.amount for fact in payment.captures)):
            yield f"customer transfers {amount}", _line(payment, "capture", f"T{number}", amount)


def _amounts(scene: Scene, paid: tuple[int, ...]) -> tuple[int, ...]:
    """Return what the customer may pay now: any amount first, then the due once more or what is missing."""
    if not paid:
        return scene.pays
    missing = scene.order.due - sum(paid)
    return (missing,) if missing > 0 else (scene.order.due,)


def amounts(*, scene: Scene, paid: tuple[int, ...]) -> tuple[int, ...]:
    """Return what the customer may pay at the channel's page after these payments."""
    return _amounts(scene, paid) if len(paid) < scene.payments else ()


def _line(payment: Payment, kind: str, reference: str, amount: int) -> RecordStatementLineV1:
    return RecordStatementLineV1.model_validate(
        {
            "statement_id": f"statement-{kind}-{reference}",
            "line_number": 1,
            "order_id": payment.order_id,
            "attempt_id": payment.attempt.id,
            "channel": payment.attempt.channel.value,
            "kind": kind,
            "reference": reference,
            "currency": "USD",
            "amount": amount,
            "booked_at": BEGINNING + timedelta(days=20),
        }
    )


def receipts(*, scene: Scene, order: Local) -> list[Deed]:
    """Return the confirmations that the customer may give."""
    arriving = {SubState.AWAITING_RECEIPT, SubState.SERVICE_WINDOW}
    parts = [part for each in order.all_of(ORDER) for part in each.sub_orders if part.state in arriving]
    if not scene.confirms:
        return []
    return [
        (f"customer confirms {part.number}", ConfirmReceiptV1(order_id=ORDER_ID, sub_order_id=part.sub_order_id))
        for part in parts
    ]


def rivals(*, scene: Scene, inventory: Local) -> list[Deed]:
    """Return what somebody else does who wants the last unit, too: hold it, and pay for it."""
    if not scene.rival:
        return []
    held = [each.state for each in inventory.all_of(RESERVATION) if each.order_id == RIVAL]
    if held:
        paid: list[Deed] = [("a rival pays for the unit", CommitStockV1(order_id=RIVAL))]
        return paid if held[0] is ReservationState.HELD else []
    wish = ReserveStockV1(
        order_id=RIVAL,
        customer_id="rival",
        region=scene.order.delivery.region,
        method="standard",
        hold_until=BEGINNING + timedelta(days=300),
        lines=(StockLine(line_id="l1", sku=scene.order.lines[0].sku, quantity=1),),
    )
    return [("a rival wants the unit", wish)]
