"""What the participants say of the order of the examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from chassis.testing import MONDAY
from contracts.billing import InvoiceIssuedV1
from contracts.fulfillment import (
    ReturnGradedV1,
    ShipmentDeliveredV1,
    ShipmentDispatchedV1,
    ShipmentPackedV1,
    ShipmentRefusedV1,
    ShipmentsCreatedV1,
    ShipmentsInterceptedV1,
)
from contracts.inventory import (
    GradedUnits,
    StockCommittedV1,
    StockReleasedV1,
    StockReservedV1,
    StockRestockedV1,
)
from contracts.order import PlaceOrderV1
from contracts.payment import (
    CancelRefusedV1,
    OrderSettledV1,
    PaymentCancelledV1,
    PaymentCapturedV1,
    PaymentReconciledV1,
    PaymentRefundedV1,
    PaymentRequestedV1,
)
from contracts.tenders import TendersLockedV1, TendersReleasedV1
from contracts.values import Allocation, Contract, PackedParcel, PickedLine, TenderAmount
from order.domain.order import Order
from services.order.tests.basket import DAY, ID, sub

C = TypeVar("C", bound=Contract)


def tenders_locked() -> TendersLockedV1:
    """Tenders are there."""
    return TendersLockedV1(order_id=ID, tenders=())


def stock_reserved(command: PlaceOrderV1, *, warehouses: Mapping[str, str] | None = None) -> StockReservedV1:
    """Stock is there: each line from warehouse w1, or from the one that is named."""
    allocations = tuple(
        Allocation(
            line_id=each.line_id,
            sku=each.sku,
            warehouse_id=(warehouses or {}).get(each.line_id, "w1"),
            quantity=each.quantity,
        )
        for each in command.lines
        if each.sku != "code"
    )
    return StockReservedV1(order_id=ID, hold_until=MONDAY + DAY, allocations=allocations, cost=0)


def stock_committed(order: Order) -> StockCommittedV1:
    """The stock that was reserved is committed."""
    return StockCommittedV1(
        order_id=ID, allocations=tuple(Allocation.model_validate(each) for each in order.allocations)
    )


def requested() -> PaymentRequestedV1:
    """The customer can pay."""
    return PaymentRequestedV1(
        order_id=ID, attempt_id=f"{ID}-1", channel="card", pay_url="https://pay.example/1", deadline=MONDAY + DAY
    )


def captured(amount: int) -> PaymentCapturedV1:
    """The channel has taken money."""
    return PaymentCapturedV1(order_id=ID, attempt_id=f"{ID}-1", channel="card", currency="USD", amount=amount)


def reconciled(amount: int) -> PaymentReconciledV1:
    """The money is proven."""
    return PaymentReconciledV1(order_id=ID, channel="card", currency="USD", amount=amount)


def payment_cancelled(refunded: int = 0) -> PaymentCancelledV1:
    """Nothing is held by the channel."""
    return PaymentCancelledV1(order_id=ID, reason="changed_my_mind", refunded=refunded)


def cancel_refused(captured: int) -> CancelRefusedV1:
    """The money was there first."""
    return CancelRefusedV1(order_id=ID, reason="captured", captured=captured)


def released(cause: str) -> StockReleasedV1:
    """Stock is free again."""
    return StockReleasedV1(order_id=ID, cause=cause)


def given_back(cause: str) -> TendersReleasedV1:
    """Tenders are the customer's again."""
    return TendersReleasedV1(order_id=ID, cause=cause, tenders=(TenderAmount(tender_id="c1", amount=1),))


def refunded(number: int, amount: int) -> PaymentRefundedV1:
    """Channel money went back."""
    return PaymentRefundedV1(refund_id=f"{ID}-r{number}", order_id=ID, currency="USD", amount=amount, reason="r")


def created() -> ShipmentsCreatedV1:
    """The warehouse has the jobs."""
    return ShipmentsCreatedV1(order_id=ID, shipments=())


def packed(number: int = 1) -> ShipmentPackedV1:
    """A sub-order is packed."""
    parcel = PackedParcel(parcel_id="p", weight=1, lines=())
    return ShipmentPackedV1(order_id=ID, sub_order_id=sub(number), shipment_id=f"{sub(number)}-d1", parcels=(parcel,))


def dispatched(number: int = 1) -> ShipmentDispatchedV1:
    """A sub-order left the warehouse."""
    return ShipmentDispatchedV1(
        order_id=ID,
        sub_order_id=sub(number),
        shipment_id=f"{sub(number)}-d1",
        warehouse_id="w1",
        carrier="swift",
        waybill="w-1",
        collect=0,
        lines=(PickedLine(line_id="tea", sku="tea", quantity=1),),
        dispatched_at=MONDAY,
    )


def delivered(number: int = 1) -> ShipmentDeliveredV1:
    """A sub-order reached the customer."""
    return ShipmentDeliveredV1(
        order_id=ID, sub_order_id=sub(number), shipment_id=f"{sub(number)}-d1", delivered_at=MONDAY
    )


def refused(number: int = 1, reason: str = "changed_my_mind") -> ShipmentRefusedV1:
    """A sub-order was refused at the door."""
    return ShipmentRefusedV1(
        order_id=ID, sub_order_id=sub(number), shipment_id=f"{sub(number)}-d1", reason=reason, refused_at=MONDAY
    )


def graded(number: int = 1, quantity: int = 2) -> ReturnGradedV1:
    """Refused goods are back."""
    units = GradedUnits(line_id="tea", sku="tea", warehouse_id="w1", quantity=quantity, grade="A")
    return ReturnGradedV1(order_id=ID, sub_order_id=sub(number), shipment_id=f"{sub(number)}-d1", units=(units,))


def restocked(number: int = 1) -> StockRestockedV1:
    """Graded goods are on the shelf."""
    return StockRestockedV1(order_id=ID, cause=f"closing-{number}", restocked=2, written_off=0)


def invoiced(number: int = 1) -> InvoiceIssuedV1:
    """A sub-order has its invoice."""
    return InvoiceIssuedV1(
        order_id=ID,
        sub_order_id=sub(number),
        invoice_id=f"{sub(number)}-i",
        number=f"INV-{number}",
        currency="USD",
        total=1,
        issued_at=MONDAY,
    )


def settled(number: int = 1) -> OrderSettledV1:
    """A merchant has its money."""
    return OrderSettledV1(settlement_id=f"{ID}-t{number}", order_id=ID, parts=())


def intercepted(cause: str, *numbers: int, late: tuple[int, ...] = ()) -> ShipmentsInterceptedV1:
    """The warehouse stopped these sub-orders; the late ones are gone."""
    return ShipmentsInterceptedV1(
        order_id=ID,
        cause=cause,
        intercepted=tuple(sub(number) for number in numbers),
        too_late=tuple(sub(number) for number in late),
    )


def only(kind: type[C], emitted: tuple[Contract, ...]) -> C:
    """Return the one word of this kind."""
    (found,) = [each for each in emitted if isinstance(each, kind)]
    return found
