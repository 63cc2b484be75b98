"""The basket that most tests place: its figures are right unless a test makes them wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from contracts.ids import order_id as id_of
from contracts.order import CancelOrderV1, Delivery, PlaceOrderV1, RequestedLine, RequestedTender
from contracts.values import LineUnits

KEY = "basket-1"

CUSTOMER = "household-7"

ID = id_of(customer_id=CUSTOMER, idempotency_key=KEY)

DAY = timedelta(days=1)

PRICES = {
    "tea": (1000, 100),
    "milk": (301, 0),
    "lamp": (5000, 1),
    "code": (2000, 0),
    "gone": (1, 0),
    "rare": (700, 0),
    "acid": (5, 0),
}


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


def cancel(*lines: tuple[str, int], subs: tuple[int, ...] = ()) -> CancelOrderV1:
    """Return a cancellation of the whole order, of units, or of sub-orders."""
    return CancelOrderV1(
        order_id=ID,
        by="customer",
        reason="changed_my_mind",
        lines=tuple(LineUnits(line_id=line_id, quantity=quantity) for line_id, quantity in lines),
        sub_order_ids=tuple(sub(number) for number in subs),
    )


def sub(number: int) -> str:
    """Return the id of the n-th sub-order."""
    return f"{ID}-s{number}"
