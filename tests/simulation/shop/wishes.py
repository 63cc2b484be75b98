"""What customers do: an order of every profile, how it is paid, when it is cancelled, what happens at the door."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from contracts.ids import order_id
from contracts.order import Delivery, InvoiceChoice, PlaceOrderV1, RequestedLine, RequestedTender
from contracts.values import ChannelName, InvoiceType, Profile
from simulation.shop.catalogue import CURRENCY, CUSTOMERS, FAR, REGION, WARES, freight
from simulation.shop.whims import Whim, whims

Pay = Literal[
    "in time",
    "at once",
    "never",
    "late",
    "at the deadline",
    "twice",
    "in two",
    "too little",
    "too much",
    "declined",
    "declined and charged",
]
T = TypeVar("T")
Door = Literal["accept", "refuse", "lose", "mixed"]
Picks = Literal["all", "short", "nothing", "silent"]

PROFILES: tuple[tuple[Profile, int], ...] = (
    ("standard", 5),
    ("express", 5),
    ("promotion", 3),
    ("corporate", 2),
    ("cod", 3),
    ("virtual", 2),
    ("virtual_prepaid", 2),
)
PAYS: tuple[tuple[Pay, int], ...] = (
    ("in time", 12),
    ("at once", 2),
    ("never", 2),
    ("late", 2),
    ("at the deadline", 2),
    ("twice", 1),
    ("too little", 1),
    ("too much", 1),
    ("in two", 2),
    ("declined", 1),
    ("declined and charged", 1),
)
INVOICES: tuple[InvoiceType, ...] = ("none", "electronic", "general_vat")
TOP_UP = 1_000_000
LITTLE = 2_500
TENDER = 150
CHANGES_MIND = (Whim("payment.payment-mismatched.v1", "cancel", 3.0),)

RARE: Mapping[str, tuple[float, tuple[Whim, ...]]] = {
    "virtual_prepaid": (
        0.4,
        (
            Whim("order.placed.v1", "cancel", 0.0),
            Whim("payment.payment-reconciled.v1", "tell again", 0.0),
            Whim("payment.payment-reconciled.v1", "tell again", 0.05),
            Whim("order.cancelled.v1", "tell again", 0.5),
        ),
    ),
    "cod": (
        0.2,
        (
            Whim("fulfillment.shipment-refused.v1", "tell again", 0.0),
            Whim("fulfillment.shipment-refused.v1", "cancel", 0.05),
            Whim("order.cancelled.v1", "pay", 0.5),
            Whim("order.cancelled.v1", "tell again", 0.5),
        ),
    ),
}
"""How likely a customer of a profile does what leads to rows of its table that chance alone seldom takes."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One order and its fate, as far as people decide it; times are seconds after it was placed."""

    command: PlaceOrderV1
    at: float
    pay: Pay
    pay_after: float
    cancel_after: float | None
    cancels: Literal["all", "lines", "parts"]
    door: Door
    picks: Picks
    confirms: bool
    twice: bool
    whims: tuple[Whim, ...] = ()

    @property
    def order_id(self) -> str:
        """The id of the order."""
        return self.command.order_id


def wish(*, draw: random.Random, number: int, seconds: float) -> Wish:
    """Draw an order that is placed within so many seconds."""
    pay = _of(draw, PAYS)
    command = _command(draw, number)
    drawn = Wish(
        command=command,
        at=draw.uniform(0, seconds),
        pay=pay,
        pay_after=draw.uniform(0.05, 4),
        cancel_after=draw.expovariate(1 / 6) if draw.random() < 0.4 else None,
        cancels=draw.choice(("all", "all", "lines", "parts")),
        door=draw.choices(("accept", "refuse", "lose", "mixed"), (8, 1, 1, 3))[0],
        picks=draw.choices(("all", "short", "nothing", "silent"), (10, 1, 2, 1))[0],
        confirms=draw.random() < 0.3,
        twice=draw.random() < 0.3,
        whims=(*whims(draw=draw), *(CHANGES_MIND if pay == "in two" and draw.random() < 0.4 else ())),
    )
    # A draw of its own, so that no other wish is another one by it.
    chance, mix = RARE.get(command.profile, (0.0, ()))
    rare = random.Random(f"rare {drawn.pay_after}").random() < chance
    return replace(drawn, whims=(*drawn.whims, *mix)) if rare else drawn


def _command(draw: random.Random, number: int) -> PlaceOrderV1:
    profile = _of(draw, PROFILES)
    customer = draw.choice(CUSTOMERS)
    virtual = profile in {"virtual", "virtual_prepaid"}
    lines = _lines(draw, virtual=virtual)
    tenders = _tenders(draw, customer, number, sum(line.net for line in lines))
    region = draw.choice((REGION, FAR))
    fee = freight(units=sum(line.quantity for line in lines if line.sku != "code"), region=region)
    due = sum(line.net for line in lines) - sum(tender.amount for tender in tenders) + fee
    key = f"basket-{number}"
    return PlaceOrderV1(
        order_id=order_id(customer_id=customer, idempotency_key=key),
        customer_id=customer,
        idempotency_key=key,
        profile=profile,
        currency=CURRENCY,
        lines=lines,
        delivery=Delivery(region=region, method="none" if virtual else "standard", recipient="c2VhbGVk"),
        channel=_channel(draw, profile),
        tenders=tenders,
        freight=fee,
        due=due + (1 if draw.random() < 0.03 else 0),
        invoice=InvoiceChoice(type=draw.choice(INVOICES)),
    )


def _lines(draw: random.Random, *, virtual: bool) -> tuple[RequestedLine, ...]:
    names = [name for name in WARES if (name == "code") == virtual]
    chosen = draw.sample(names, draw.randint(1, min(3, len(names))))
    return tuple(
        RequestedLine(line_id=f"l{number}", sku=name, offer_id=f"o-{name}", quantity=quantity, net=_net(name, quantity))
        for number, name in enumerate(chosen, start=1)
        for quantity in (draw.randint(1, 3),)
    )


def _net(sku: str, quantity: int) -> int:
    return (WARES[sku].gross - WARES[sku].promotion) * quantity


def _tenders(draw: random.Random, customer: str, number: int, most: int) -> tuple[RequestedTender, ...]:
    if draw.random() < 0.6 or most < TENDER:
        return ()
    if draw.random() < 0.2:
        return (RequestedTender(tender_id=f"coupon-{number}", kind="coupon", amount=most),)
    shared = draw.random() < 0.3
    name = f"points-{customer}" if shared else f"coupon-{number}"
    return (RequestedTender(tender_id=name, kind="points" if shared else "coupon", amount=TENDER),)


def _channel(draw: random.Random, profile: Profile) -> ChannelName:
    by_profile: dict[str, tuple[ChannelName, ...]] = {
        "cod": ("cash_on_delivery",),
        "corporate": ("bank_transfer", "card"),
        "virtual_prepaid": ("balance",),
    }
    return draw.choice(by_profile.get(profile, ("alipay", "wechat_pay", "card", "balance")))


def _of(draw: random.Random, weighted: tuple[tuple[T, int], ...]) -> T:
    return draw.choices([value for value, _ in weighted], [weight for _, weight in weighted])[0]
