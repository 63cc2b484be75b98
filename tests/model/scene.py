"""What is played in a model: the order, and how free everybody around it is."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.ids import order_id
from contracts.order import CancelOrderV1, Delivery, PlaceOrderV1, RequestedLine, RequestedTender
from contracts.values import Contract, LineUnits
from order.domain.profiles import ProfileName
from simulation.shop.catalogue import CURRENCY, CUSTOMERS, REGION, WARES, freight

CUSTOMER = CUSTOMERS[0]
KEY = "model"
ORDER_ID = order_id(customer_id=CUSTOMER, idempotency_key=KEY)
COUPON = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """An order and its bounds: whoever is not named here does what its contract allows, at any time."""

    name: str
    order: PlaceOrderV1
    stock: tuple[tuple[str, str, int], ...] = ()
    pays: tuple[int, ...] = ()
    payments: int = 1
    cancels: tuple[Contract, ...] = ()
    declines: bool = False
    short: bool = False
    doors: tuple[str, ...] = ("deliver",)
    grades: tuple[str, ...] = ("A",)
    confirms: bool = False
    rival: bool = False
    archives: bool = False
    ends: frozenset[str] = frozenset({"completed", "cancelled"})
    faults: int = 0


def placed(*skus: str, profile: str = "standard", channel: str = "card", coupon: bool = False) -> PlaceOrderV1:
    """Return the order of one unit of each of these."""
    lines = tuple(
        RequestedLine(
            line_id=f"l{number}",
            sku=sku,
            offer_id=f"o-{sku}",
            quantity=1,
            net=WARES[sku].gross - WARES[sku].promotion,
        )
        for number, sku in enumerate(skus, start=1)
    )
    virtual = profile.startswith("virtual")
    fee = 0 if virtual else freight(units=len(skus), region=REGION)
    tenders = (RequestedTender(tender_id="coupon", kind="coupon", amount=COUPON),) if coupon else ()
    return PlaceOrderV1.model_validate(
        {
            "order_id": ORDER_ID,
            "customer_id": CUSTOMER,
            "idempotency_key": KEY,
            "profile": ProfileName(profile),
            "currency": CURRENCY,
            "lines": lines,
            "delivery": Delivery(region=REGION, method="none" if virtual else "standard", recipient="c2VhbGVk"),
            "channel": channel,
            "tenders": tenders,
            "freight": fee,
            "due": sum(line.net for line in lines) + fee - (COUPON if coupon else 0),
        }
    )


def cancel(*, line: str | None = None, part: int | None = None) -> CancelOrderV1:
    """Return the wish to cancel the order, one unit of a line, or a sub-order."""
    return CancelOrderV1(
        order_id=ORDER_ID,
        by="customer",
        reason="changed_my_mind",
        lines=(LineUnits(line_id=line, quantity=1),) if line else (),
        sub_order_ids=(f"{ORDER_ID}-s{part}",) if part else (),
    )
