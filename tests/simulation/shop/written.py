"""An order that is written down and not drawn."""

from __future__ import annotations

from contracts.ids import order_id
from contracts.order import Delivery, InvoiceChoice, PlaceOrderV1, RequestedLine, RequestedTender
from contracts.values import ChannelName, Profile
from simulation.shop.catalogue import CURRENCY, CUSTOMERS, REGION, WARES, freight
from simulation.shop.wishes import Pay, Wish


def wish_for(
    number: int,
    *,
    lines: tuple[tuple[str, int], ...],
    tenders: tuple[RequestedTender, ...] = (),
    customer: str = "",
    profile: Profile = "standard",
    channel: ChannelName = "alipay",
    pay: Pay = "in time",
) -> Wish:
    """Return a wish for these lines, agreed to as they cost, paid and taken as most people do."""
    customer = customer or CUSTOMERS[number % len(CUSTOMERS)]
    wanted, key = _wanted(lines), f"scripted-{number}"
    fee = freight(units=sum(quantity for _, quantity in lines), region=REGION)
    command = PlaceOrderV1(
        order_id=order_id(customer_id=customer, idempotency_key=key),
        customer_id=customer,
        idempotency_key=key,
        profile=profile,
        currency=CURRENCY,
        lines=wanted,
        delivery=Delivery(region=REGION, method="standard", recipient="c2VhbGVk"),
        channel=channel,
        tenders=tenders,
        freight=fee,
        due=sum(line.net for line in wanted) - sum(tender.amount for tender in tenders) + fee,
        invoice=InvoiceChoice(type="electronic"),
    )
    return Wish(
        command=command,
        at=0.1,
        pay=pay,
        pay_after=0.5,
        cancel_after=None,
        cancels="all",
        door="accept",
        picks="all",
        confirms=False,
        twice=False,
    )


def _wanted(lines: tuple[tuple[str, int], ...]) -> tuple[RequestedLine, ...]:
    return tuple(
        RequestedLine(
            line_id=f"l{index}",
            sku=sku,
            offer_id=f"o-{sku}",
            quantity=quantity,
            net=(WARES[sku].gross - WARES[sku].promotion) * quantity,
        )
        for index, (sku, quantity) in enumerate(lines, start=1)
    )
