"""Checkout: is what the customer was shown still true (C01 to C05), and which figures would amend it (C10)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from money.amounts import EXPONENTS
from money.errors import MoneyError
from money.freight import Freight, FreightPolicy, FreightTemplate, freight_price
from money.shares import tax_on_top
from money.waterfall import Priced
from order.domain import ids
from order.domain.commands import PlaceOrder, RequestedLine
from order.domain.events import RejectedLine
from order.domain.profiles import ProfileName
from order.domain.quote import Catalogue, Problem, Quote, price
from order.domain.reference import FreightTariff, FreightZone, Offer

CASH = "cash_on_delivery"
BALANCE = "balance"
NO_DELIVERY = "none"
VIRTUAL = frozenset({ProfileName.VIRTUAL, ProfileName.VIRTUAL_PREPAID})
ONCE = ("red_packet", "points")


def check(*, command: PlaceOrder, catalogue: Catalogue, now: datetime) -> Quote:
    """Return what the order costs now, and each thing that is wrong with it."""
    lines = tuple(found for line in command.lines if (found := _line(line, command, catalogue, now)) is not None)
    problems = [*_who(command, catalogue), *_shape(command), *_profile(command, catalogue)]
    unreachable = list(_address(command, catalogue, now))
    freight = None if unreachable else _freight(command, catalogue)
    priced = None
    if freight is not None and not problems and all(line.net_now is not None for line in lines):
        try:
            priced = price(command=command, catalogue=catalogue, freight=freight)
        except MoneyError as error:
            problems.append(Problem(reason="cannot_be_priced", detail=str(error)))
    figures = _figures(command, priced) if priced is not None and not lines else ()
    return Quote(
        problems=(*problems, *unreachable, *figures),
        lines=lines,
        priced=priced,
        freight=freight.amount if freight is not None else None,
    )


def _line(  # noqa: PLR0911 - one return for each way in which a line can be wrong
    line: RequestedLine, command: PlaceOrder, catalogue: Catalogue, now: datetime
) -> RejectedLine | None:
    product = catalogue.products.get(line.sku)
    offer = catalogue.offers.get(line.offer_id)
    net_now = _net(line, offer) if offer is not None and offer.sku == line.sku else None
    if product is None or product.merchant_id not in catalogue.merchants:
        return _refused(line, "sku_unknown", "sku", None, available=0)
    if not product.on_sale:
        return _refused(line, "not_on_sale", "sku", net_now, available=0)
    if offer is None or net_now is None:
        return _refused(line, "offer_unknown", "offer_id", None)
    if not _holds(offer, command.currency, now):
        return _refused(line, "offer_expired", "offer_id", None)
    if not _offered(line, offer):
        return _refused(line, "quantity_not_offered", "quantity", None)
    if catalogue.coverage and not product.virtual and product.handling_class not in catalogue.coverage.classes:
        return _refused(line, "not_covered", "sku", net_now, available=0)
    wanted = sum(each.quantity for each in command.lines if each.sku == line.sku)
    if product.cap_per_order is not None and wanted > product.cap_per_order:
        return _refused(line, "over_cap", "quantity", net_now, available=product.cap_per_order)
    if line.net != net_now:
        return _refused(line, "price_changed", "net", net_now)
    return None


def _net(line: RequestedLine, offer: Offer) -> int:
    return (offer.gross - offer.promotion) * (line.quantity // offer.base_quantity)


def _holds(offer: Offer, currency: str, now: datetime) -> bool:
    begun = offer.valid_from is None or offer.valid_from <= now
    ended = offer.valid_until is not None and offer.valid_until <= now
    return offer.currency == currency and begun and not ended


def _offered(line: RequestedLine, offer: Offer) -> bool:
    return offer.min_quantity <= line.quantity <= offer.max_quantity and line.quantity % offer.base_quantity == 0


def _refused(
    line: RequestedLine, reason: str, field: str, net_now: int | None, *, available: int | None = None
) -> RejectedLine:
    return RejectedLine(line_id=line.line_id, reason=reason, field=field, available=available, net_now=net_now)


def _who(command: PlaceOrder, catalogue: Catalogue) -> Iterator[Problem]:
    expected = ids.order_id(customer_id=command.customer_id, idempotency_key=command.idempotency_key)
    if command.order_id != expected:
        yield Problem(reason="order_id_mismatch", detail=f"order_id of this customer and key is {expected}")
    if catalogue.account is None:
        yield Problem(reason="customer_unknown", detail=f"customer_id {command.customer_id} has no account")
    elif not catalogue.account.active:
        yield Problem(reason="customer_inactive", detail=f"customer_id {command.customer_id} may not order")


def _shape(command: PlaceOrder) -> Iterator[Problem]:
    names = [line.line_id for line in command.lines]
    if len(set(names)) < len(names):
        yield Problem(reason="line_twice", detail="lines: a line_id stands twice, each must be unique")
    if command.currency not in EXPONENTS:
        yield Problem(reason="currency_unknown", detail=f"currency {command.currency}: an ISO 4217 code is allowed")
    kinds = [tender.kind for tender in command.tenders]
    for kind in ONCE:
        if kinds.count(kind) > 1:
            yield Problem(reason="tenders_too_many", detail=f"tenders: at most one of kind {kind} is allowed")
    if command.invoice.type == "special_vat" and not command.invoice.tax_id:
        yield Problem(reason="tax_id_missing", detail="invoice.tax_id: special_vat needs it")


def _profile(command: PlaceOrder, catalogue: Catalogue) -> Iterator[Problem]:
    virtual = [catalogue.products[line.sku].virtual for line in command.lines if line.sku in catalogue.products]
    if command.profile in VIRTUAL and not all(virtual):
        yield Problem(reason="profile_mismatch", detail=f"profile {command.profile} has virtual lines only")
    elif command.profile not in VIRTUAL and virtual and all(virtual):
        yield Problem(reason="profile_mismatch", detail="profile: virtual lines alone are virtual or virtual_prepaid")
    elif command.profile not in {*VIRTUAL, ProfileName.STANDARD} and any(virtual):
        yield Problem(reason="profile_mismatch", detail="profile: a mixed basket is standard")
    if (command.profile is ProfileName.COD) != (command.channel == CASH):
        yield Problem(reason="channel_mismatch", detail=f"channel: profile cod and {CASH} go together")
    if command.profile is ProfileName.VIRTUAL_PREPAID and command.due and command.channel != BALANCE:
        yield Problem(reason="channel_mismatch", detail=f"channel: virtual_prepaid is paid by {BALANCE} or tenders")


def _address(command: PlaceOrder, catalogue: Catalogue, now: datetime) -> Iterator[Problem]:
    delivery = command.delivery
    if command.profile in VIRTUAL:
        return
    if not delivery.recipient:
        yield Problem(reason="recipient_missing", detail="delivery.recipient: goods need an address and a contact")
    if delivery.slot is not None and not now < delivery.slot.ends > delivery.slot.starts:
        yield Problem(reason="slot_over", detail="delivery.slot: it must end in the future and after its start")
    tariff = catalogue.tariff
    if tariff is None or delivery.method == NO_DELIVERY:
        yield Problem(reason="method_not_offered", detail=f"delivery.method {delivery.method} is not offered")
    elif delivery.region in tariff.remote:
        yield Problem(reason="remote_area", detail=f"delivery.region {delivery.region} is remote: not delivered")
    elif _zone(tariff, delivery.region) is None or catalogue.coverage is None:
        yield Problem(reason="region_not_covered", detail=f"delivery.region {delivery.region} is not covered")


def _zone(tariff: FreightTariff, region: str) -> FreightZone | None:
    return next((zone for zone in tariff.zones if region in zone.regions), None)


def _freight(command: PlaceOrder, catalogue: Catalogue) -> Freight:
    tariff = catalogue.tariff
    zone = _zone(tariff, command.delivery.region) if tariff is not None else None
    if command.profile in VIRTUAL or tariff is None or zone is None:
        return Freight()
    products = [(line.quantity, catalogue.products.get(line.sku)) for line in command.lines]
    shipped = [(quantity, product) for quantity, product in products if product and not product.virtual]
    by_weight = tariff.unit == "weight"
    measure = sum(quantity * (product.weight if by_weight else 1) for quantity, product in shipped)
    template = FreightTemplate(
        first=zone.first, first_price=zone.first_price, step=zone.step, step_price=zone.step_price
    )
    return Freight(amount=freight_price(template=template, measure=measure), policy=FreightPolicy(tariff.policy))


def _figures(command: PlaceOrder, priced: Priced) -> Iterator[Problem]:
    tax = tax_on_top(priced=priced)
    for reason, field, told, now in (
        ("freight_changed", "freight", command.freight, priced.freight.amount),
        ("tax_changed", "tax", command.tax, tax),
        ("due_changed", "due", command.due, priced.due),
    ):
        if told != now:
            yield Problem(reason=reason, detail=f"{field} {told} is {now} now")
