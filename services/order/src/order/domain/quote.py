"""What an order costs now by the reference data that it touches, and what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from money.freight import Freight
from money.runs import Kind
from money.waterfall import Discount, Priced, PricedLine, price_order
from order.domain.commands import PlaceOrder, RequestedLine, RequestedTender
from order.domain.events import OrderRejected, RejectedLine
from order.domain.reference import Account, Coverage, FreightTariff, Merchant, Offer, Product

_TENDERS = (Kind.COUPON, Kind.RED_PACKET, Kind.POINTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The reference data that one order touches; what does not exist is absent."""

    account: Account | None
    products: Mapping[str, Product]
    offers: Mapping[str, Offer]
    merchants: Mapping[str, Merchant]
    tariff: FreightTariff | None
    coverage: Coverage | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why an order cannot be accepted: the reason, and words that name the field and the allowed values."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What the order costs now, and everything that speaks against it."""

    problems: tuple[Problem, ...]
    lines: tuple[RejectedLine, ...]
    priced: Priced | None
    freight: int | None

    @property
    def accepted(self) -> bool:
        """Whether nothing speaks against the order."""
        return not self.problems and not self.lines

    def rejection(self, *, command: PlaceOrder) -> OrderRejected:
        """Return the refusal with the figures with which the order can be placed again in one step."""
        first = self.problems[0] if self.problems else _worst(self.lines)
        return OrderRejected(
            order_id=command.order_id,
            customer_id=command.customer_id,
            reason=first.reason,
            detail=first.detail,
            lines=self.lines,
            freight_now=self.freight,
            due_now=self.priced.due if self.priced else None,
        )


def _worst(lines: tuple[RejectedLine, ...]) -> Problem:
    line = lines[0]
    return Problem(reason=line.reason, detail=f"line {line.line_id}: {line.field} is not what it was")


def price(*, command: PlaceOrder, catalogue: Catalogue, freight: Freight) -> Priced:
    """Return the exact money of the order at the prices of its offers."""
    by_kind = {
        kind: [_discount(tender) for tender in command.tenders if tender.kind == kind.value] for kind in _TENDERS
    }
    return price_order(
        lines=[_priced_line(line, catalogue.offers[line.offer_id]) for line in command.lines],
        coupons=by_kind[Kind.COUPON],
        red_packet=next(iter(by_kind[Kind.RED_PACKET]), None),
        points=next(iter(by_kind[Kind.POINTS]), None),
        freight=freight,
    )


def _discount(tender: RequestedTender) -> Discount:
    lines = frozenset(tender.eligible_lines) if tender.eligible_lines else None
    return Discount(source=tender.tender_id, amount=tender.amount, lines=lines)


def _priced_line(line: RequestedLine, offer: Offer) -> PricedLine:
    times = line.quantity // offer.base_quantity
    return PricedLine(
        line=line.line_id,
        quantity=line.quantity,
        gross=offer.gross * times,
        promotion=offer.promotion * times,
        offer=offer.offer_id,
        tax_rate=offer.tax_rate,
        tax_included=offer.tax_included,
    )
