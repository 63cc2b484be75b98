"""A small shop on a bench: two merchants, three warehouses, a few offers, and the words of the participants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from chassis.testing import MONDAY, Bench, Happened
from contracts.billing import InvoiceIssuedV1
from contracts.fulfillment import (
    PackedParcel,
    PickedLine,
    ReturnGradedV1,
    ShipmentDeliveredV1,
    ShipmentDispatchedV1,
    ShipmentPackedV1,
    ShipmentRefusedV1,
    ShipmentsCreatedV1,
    ShipmentsInterceptedV1,
)
from contracts.ids import order_id as id_of
from contracts.inventory import (
    GradedUnits,
    StockCommittedV1,
    StockReleasedV1,
    StockReservedV1,
    StockRestockedV1,
)
from contracts.order import CancelOrderV1, Delivery, PlaceOrderV1, RequestedLine, RequestedTender
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
from contracts.values import Allocation, Contract, LineUnits, TenderAmount
from order.consumers import routes
from order.domain.order import ENTRY, ORDER, TERMS, Entry, Order, Terms
from order.domain.profiles import PROFILES
from order.domain.reference import (
    ACCOUNT,
    COVERAGE,
    FREIGHT,
    MERCHANT,
    OFFER,
    PRODUCT,
    Account,
    Coverage,
    FreightTariff,
    FreightZone,
    Merchant,
    Offer,
    Product,
)
from order.handlers.placing import Profiles
from order.publishers import PUBLISH

KEY = "basket-1"
CUSTOMER = "household-7"
ID = id_of(customer_id=CUSTOMER, idempotency_key=KEY)
DAY = timedelta(days=1)


def product(sku: str, **changes: Any) -> Product:
    """Return a product: ambient, half a kilogram, of merchant m1."""
    base = {"sku": sku, "name": sku.upper(), "merchant_id": "m1", "handling_class": "ambient", "weight": 500}
    return Product(**{**base, **changes})


PRODUCTS = (
    product("tea"),
    product("milk", handling_class="cold"),
    product("lamp", merchant_id="m2"),
    product("code", virtual=True),
    product("gone", on_sale=False),
    product("rare", cap_per_order=2),
    product("acid", handling_class="corrosive"),
)
PRICES = {
    "tea": (1000, 100),
    "milk": (301, 0),
    "lamp": (5000, 1),
    "code": (2000, 0),
    "gone": (1, 0),
    "rare": (700, 0),
    "acid": (5, 0),
}
TARIFF = FreightTariff(
    template_id="t1",
    method="standard",
    currency="USD",
    unit="quantity",
    policy="spread",
    zones=(
        FreightZone(regions=("r1", "r2"), first=2, first_price=600, step=2, step_price=100),
        FreightZone(regions=("free",), first=1, first_price=0, step=1, step_price=0),
    ),
    remote=("island",),
)


class Shop:
    """The order service on a bench, and the participants as a test wants them to be."""

    def __init__(self, *, profiles: Profiles = PROFILES) -> None:
        self.bench = Bench(service="order", routes=routes(profiles=profiles), publisher=PUBLISH)
        self.bench.given(ACCOUNT, CUSTOMER, Account(customer_id=CUSTOMER, active=True, region="r1"))
        self.bench.given(ACCOUNT, "asleep", Account(customer_id="asleep", active=False, region="r1"))
        self.bench.given(FREIGHT, "standard:USD", TARIFF)
        for region in ("r1", "r2", "free", "island"):
            self.bench.given(COVERAGE, region, Coverage(region=region, classes=("ambient", "cold")))
        for merchant in (
            Merchant(merchant_id="m1", name="One", commission=50_000),
            Merchant(merchant_id="m2", name="Two", commission=30_000, marketplace=True),
        ):
            self.bench.given(MERCHANT, merchant.merchant_id, merchant)
        for each in PRODUCTS:
            gross, promotion = PRICES[each.sku]
            offer = Offer(offer_id=f"o-{each.sku}", sku=each.sku, currency="USD", gross=gross, promotion=promotion)
            self.bench.given(PRODUCT, each.sku, each)
            self.bench.given(OFFER, offer.offer_id, offer)

    @property
    def order(self) -> Order:
        """The order as it is stored."""
        order = self.bench.aggregate(ORDER, ID)
        assert order is not None
        return order

    @property
    def terms(self) -> Terms:
        """The snapshot as it is stored."""
        terms = self.bench.aggregate(TERMS, ID)
        assert terms is not None
        return terms

    @property
    def state(self) -> str:
        """The state of the order."""
        return self.order.state.value

    @property
    def history(self) -> list[Entry]:
        """The rows of the timeline."""
        return self.bench.rows(ENTRY)

    def say(self, *contracts: Contract) -> Happened:
        """Bring these messages one after the other, and return what all of them led to."""
        steps = [self.bench.send(contract) for contract in contracts]
        return Happened(
            handled=tuple(each for step in steps for each in step.handled),
            emitted=tuple(each for step in steps for each in step.emitted),
        )

    def accepted(self, command: PlaceOrderV1 | None = None) -> Happened:
        """Place an order and let tenders and stock be there."""
        command = command or place()
        replies: list[Contract] = [tenders_locked()] if command.tenders else []
        replies += [stock_reserved(command)] if physical(command) else []
        return self.say(command, *replies)

    def paid(self, command: PlaceOrderV1 | None = None) -> Happened:
        """Let an order be accepted and its money be proven."""
        self.accepted(command)
        return self.say(requested(), captured(self.due), reconciled(self.due))

    def confirmed(self, command: PlaceOrderV1 | None = None) -> Happened:
        """Let an order be paid, committed and given to the warehouse."""
        self.paid(command)
        return self.say(stock_committed(self.order), created())

    @property
    def due(self) -> int:
        """What the channel takes."""
        return self.terms.priced.due


def line(sku: str, quantity: int = 1, *, line_id: str | None = None, net: int | None = None) -> RequestedLine:
    """Return a line at the price of its offer."""
    gross, promotion = PRICES.get(sku, (1, 0))
    net = (gross - promotion) * quantity if net is None else net
    return RequestedLine(line_id=line_id or sku, sku=sku, offer_id=f"o-{sku}", quantity=quantity, net=net)


def physical(command: PlaceOrderV1) -> bool:
    """Say whether anything is shipped."""
    return any(each.sku != "code" for each in command.lines)


def place(*lines: RequestedLine, **changes: Any) -> PlaceOrderV1:
    """Return a place-order command with the right figures of these lines."""
    lines = lines or (line("tea", 2),)
    pieces = sum(each.quantity for each in lines if each.sku != "code")
    freight = 600 + max(0, -(-(pieces - 2) // 2)) * 100 if pieces else 0
    tendered = sum(each.amount for each in changes.get("tenders", ()))
    base: Mapping[str, Any] = {
        "order_id": ID,
        "customer_id": CUSTOMER,
        "idempotency_key": KEY,
        "profile": "standard",
        "currency": "USD",
        "lines": lines,
        "delivery": Delivery(region="r1", method="standard", recipient="sealed"),
        "channel": "card",
        "freight": freight,
        "due": sum(each.net for each in lines) + freight - tendered,
    }
    return PlaceOrderV1(**{**base, **changes})


def free(*lines: RequestedLine, **changes: Any) -> PlaceOrderV1:
    """Return a place-order command to a region without freight."""
    delivery = Delivery(region="free", method="standard", recipient="sealed")
    due = sum(each.net for each in lines) - sum(each.amount for each in changes.get("tenders", ()))
    return place(*lines, **{"delivery": delivery, "freight": 0, "due": due, **changes})


def coupon(amount: int, *lines: str) -> RequestedTender:
    """Return a coupon for these lines, or for all."""
    return RequestedTender(tender_id="c1", kind="coupon", amount=amount, eligible_lines=lines)


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


def cancel(*lines: tuple[str, int], subs: tuple[int, ...] = ()) -> CancelOrderV1:
    """Return a cancellation of the whole order, of units, or of sub-orders."""
    return CancelOrderV1(
        order_id=ID,
        by="customer",
        reason="changed_my_mind",
        lines=tuple(LineUnits(line_id=line_id, quantity=quantity) for line_id, quantity in lines),
        sub_order_ids=tuple(sub(number) for number in subs),
    )


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


def sub(number: int) -> str:
    """Return the id of the n-th sub-order."""
    return f"{ID}-s{number}"


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


def names(happened: Happened) -> list[str]:
    """Return the names of what was emitted, in order."""
    return [type(each).__name__ for each in happened.emitted]
