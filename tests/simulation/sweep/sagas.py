"""The scripted sagas: one order each, what people do with it, and how it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.fulfillment import ShipmentDispatchedV1, ShipmentPackedV1, ShipmentsCreatedV1
from contracts.ids import order_id
from contracts.order import (
    Delivery,
    InvoiceChoice,
    OrderCancelledV1,
    OrderConfirmedV1,
    PlaceOrderV1,
    RequestedLine,
    RequestedTender,
)
from contracts.payment import PaymentCapturedV1, PaymentRequestedV1
from contracts.values import ChannelName, Profile
from simulation.shop.catalogue import CURRENCY, CUSTOMERS, REGION, WARES, freight
from simulation.shop.wishes import Door
from simulation.sweep.customer import Deed, cancels_when, pays, pays_when

COUPON = "coupon-1"
TEA: Mapping[str, int] = {"tea": 2}
CODE: Mapping[str, int] = {"code": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Saga:
    """A script. ``ends`` is the state in which the order ends; ``races`` are those that a crash may lead to as well.

    A race is only where two people act at the same time: then either may be first, and a crash decides who.
    """

    name: str
    ends: str
    deeds: tuple[Deed, ...] = (pays(),)
    races: tuple[str, ...] = ()
    wares: Mapping[str, int] = field(default_factory=lambda: TEA)
    profile: Profile = "standard"
    channel: ChannelName = "card"
    tender: int = 0
    stocked: bool = True
    declined: bool = False
    door: Door = "accept"
    short: bool = False

    @property
    def command(self) -> PlaceOrderV1:
        """Return the order as it is placed."""
        lines = tuple(
            RequestedLine(line_id=f"l{number}", sku=sku, offer_id=f"o-{sku}", quantity=count, net=_net(sku, count))
            for number, (sku, count) in enumerate(self.wares.items(), start=1)
        )
        virtual = self.profile.startswith("virtual")
        fee = 0 if virtual else freight(units=sum(self.wares.values()), region=REGION)
        return PlaceOrderV1(
            order_id=order_id(customer_id=CUSTOMERS[0], idempotency_key=self.name),
            customer_id=CUSTOMERS[0],
            idempotency_key=self.name,
            profile=self.profile,
            currency=CURRENCY,
            lines=lines,
            delivery=Delivery(region=REGION, method="none" if virtual else "standard", recipient="c2VhbGVk"),
            channel=self.channel,
            tenders=(RequestedTender(tender_id=COUPON, kind="coupon", amount=self.tender),) if self.tender else (),
            freight=fee,
            due=sum(line.net for line in lines) + fee - self.tender,
            invoice=InvoiceChoice(type="electronic"),
        )


def _net(sku: str, count: int) -> int:
    return (WARES[sku].gross - WARES[sku].promotion) * count


SAGAS: Mapping[str, Saga] = {
    saga.name: saga
    for saga in (
        Saga(name="checkout", ends="completed", tender=150),
        Saga(name="checkout-unpaid", ends="cancelled", deeds=(), tender=150),
        Saga(name="checkout-out-of-stock", ends="rejected", stocked=False, tender=150),
        Saga(name="checkout-declined", ends="cancelled", declined=True, tender=150),
        Saga(name="cancel-before-payment", ends="cancelled", deeds=(cancels_when(PaymentRequestedV1),)),
        Saga(name="cancel-at-capture", ends="cancelled", deeds=(pays(), cancels_when(PaymentCapturedV1))),
        Saga(name="cancellation", ends="cancelled", deeds=(pays(), cancels_when(ShipmentsCreatedV1)), tender=150),
        Saga(
            name="cancel-while-packing",
            ends="cancelled",
            races=("completed",),
            deeds=(pays(), cancels_when(ShipmentPackedV1)),
        ),
        Saga(name="cancel-too-late", ends="completed", deeds=(pays(), cancels_when(ShipmentDispatchedV1))),
        Saga(
            name="partial-cancellation",
            ends="completed",
            wares={"tea": 1, "lamp": 1},
            deeds=(pays(), cancels_when(ShipmentsCreatedV1, part=True)),
        ),
        Saga(name="late-payment", ends="cancelled", deeds=(pays_when(OrderCancelledV1),)),
        Saga(
            name="paid-and-cancelled-at-once",
            ends="cancelled",
            deeds=(pays_when(PaymentRequestedV1), cancels_when(PaymentRequestedV1)),
        ),
        Saga(name="double-capture", ends="completed", deeds=(pays(), pays_when(OrderConfirmedV1, again=True))),
        Saga(name="over-payment", ends="completed", deeds=(pays(more=7),)),
        Saga(name="under-payment", ends="cancelled", deeds=(pays(more=-1),)),
        Saga(name="cod-delivered", ends="completed", profile="cod", channel="cash_on_delivery", deeds=()),
        Saga(name="cod-refused", ends="closed", profile="cod", channel="cash_on_delivery", door="refuse", deeds=()),
        Saga(name="refused-at-the-door", ends="closed", door="refuse", tender=150),
        Saga(name="lost-parcel", ends="closed", door="lose"),
        Saga(name="short-pick", ends="completed", short=True),
        Saga(name="virtual", ends="completed", profile="virtual", wares=CODE),
        Saga(name="nothing-to-pay", ends="completed", profile="virtual", wares=CODE, tender=2_000),
    )
}
MAIN = ("checkout", "cancellation", "late-payment")
"""The sagas that are swept by pairs."""
