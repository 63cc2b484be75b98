"""The terms of an order that nothing speaks against: a snapshot that no later change of the catalogue reaches (C07)."""

from __future__ import annotations

from datetime import datetime, timedelta

from money.waterfall import Priced
from order.domain.commands import PlaceOrder, RequestedLine
from order.domain.order import Terms, TermsLine, TermsMerchant
from order.domain.parts import merchant_parts
from order.domain.profiles import ClockName, Profile
from order.domain.quote import Catalogue
from order.domain.reference import Merchant, Product


def agree(*, command: PlaceOrder, catalogue: Catalogue, priced: Priced, profile: Profile, now: datetime) -> Terms:
    """Return what was agreed."""
    lines = tuple(_terms_line(line, catalogue.products[line.sku]) for line in command.lines)
    pay = profile.clock(name=ClockName.PAY_DEADLINE)
    archive = profile.clock(name=ClockName.ARCHIVE)
    parts = merchant_parts(
        priced=priced,
        lines=lines,
        commissions={each.merchant_id: each.commission for each in catalogue.merchants.values()},
    )
    return Terms(
        order_id=command.order_id,
        customer_id=command.customer_id,
        profile=command.profile,
        currency=command.currency,
        channel=command.channel,
        placed_at=now,
        lines=lines,
        delivery=command.delivery,
        invoice=command.invoice,
        priced=priced,
        merchants=tuple(
            TermsMerchant(part=part, window=_window(profile, catalogue.merchants.get(part.merchant_id)))
            for part in parts
        ),
        archive=archive.after if archive else timedelta(0),
        pay_within=pay.after if pay else None,
    )


def _terms_line(line: RequestedLine, product: Product) -> TermsLine:
    return TermsLine(
        line_id=line.line_id,
        sku=line.sku,
        offer_id=line.offer_id,
        name=product.name,
        spec=product.spec,
        merchant_id=product.merchant_id,
        handling_class=product.handling_class,
        weight=product.weight,
        virtual=product.virtual,
        quantity=line.quantity,
    )


def _window(profile: Profile, merchant: Merchant | None) -> timedelta:
    clock = profile.clock(name=ClockName.SERVICE_WINDOW)
    if clock is None:
        return timedelta(0)
    return clock.marketplace if clock.marketplace and merchant and merchant.marketplace else clock.after
