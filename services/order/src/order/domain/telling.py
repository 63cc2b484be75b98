"""How events of the order service are made of an order and its terms."""

from __future__ import annotations

from datetime import datetime

from money.runs import Units
from money.shares import Share, share_of, tax_on_top
from order.domain.events import (
    OrderCancelled,
    OrderClosed,
    OrderConfirmed,
    OrderLine,
    OrderPlaced,
    OrderRejected,
    Part,
    PartLine,
    RejectedLine,
)
from order.domain.order import Order, SubOrder, Terms, TermsLine
from order.domain.requesting import counts
from order.domain.split import due_of, share_by_line
from order.domain.values import ShortLine, TenderAmount


def placed(*, terms: Terms, order: Order) -> OrderPlaced:
    """Return the acceptance of an order, with the exact money of its lines."""
    return OrderPlaced(
        order_id=order.order_id,
        customer_id=order.customer_id,
        profile=terms.profile,
        currency=terms.currency,
        channel=terms.channel,
        region=terms.delivery.region,
        lines=tuple(_line(terms, line) for line in terms.lines),
        tenders=terms.tenders,
        freight=terms.priced.freight.amount,
        tax=tax_on_top(priced=terms.priced),
        due=terms.priced.due,
        pay_deadline=order.pay_deadline,
        placed_at=order.placed_at,
    )


def _line(terms: Terms, line: TermsLine) -> OrderLine:
    share = share_of(priced=terms.priced, units=[Units(line=line.line_id, first=0, count=line.quantity)])
    priced = next(each for each in terms.priced.lines if each.line == line.line_id)
    return OrderLine(
        line_id=line.line_id,
        sku=line.sku,
        name=line.name,
        merchant_id=line.merchant_id,
        handling_class=line.handling_class,
        virtual=line.virtual,
        quantity=line.quantity,
        gross=share.gross,
        promotion=share.line_promotion + share.order_promotion,
        tendered=share.net - share.payable,
        net=share.payable,
        tax_rate=priced.tax_rate,
        tax=share.tax_included + share.tax_added,
    )


def rejected(*, terms: Terms, reason: str, detail: str, short: tuple[ShortLine, ...] = ()) -> OrderRejected:
    """Return the refusal of an order that was agreed but cannot be held: each short line with what there is (C10)."""
    nets = {line.line: line.gross - line.promotion for line in terms.priced.lines}
    return OrderRejected(
        order_id=terms.order_id,
        customer_id=terms.customer_id,
        reason=reason,
        detail=detail,
        lines=tuple(
            RejectedLine(
                line_id=line.line_id,
                reason=line.reason,
                field="quantity",
                available=line.available,
                net_now=nets.get(line.line_id),
            )
            for line in short
        ),
        freight_now=terms.priced.freight.amount,
        due_now=terms.priced.due,
    )


def confirmed(*, terms: Terms, order: Order, now: datetime) -> OrderConfirmed:
    """Return the split order: each merchant sees its sub-orders (X02)."""
    return OrderConfirmed(
        order_id=order.order_id,
        customer_id=order.customer_id,
        currency=terms.currency,
        sub_orders=tuple(_part(terms, part) for part in order.sub_orders),
        confirmed_at=now,
    )


def _part(terms: Terms, part: SubOrder) -> Part:
    shares, quantities = share_by_line(terms=terms, part=part), counts(units=part.units)
    return Part(
        sub_order_id=part.sub_order_id,
        merchant_id=part.merchant_id,
        warehouse_id=part.warehouse_id,
        handling_class=part.handling_class,
        virtual=part.virtual,
        lines=tuple(_part_line(terms, line_id, quantities[line_id], share) for line_id, share in shares.items()),
        freight=part.freight,
        total=due_of(shares=shares, part=part),
    )


def _part_line(terms: Terms, line_id: str, quantity: int, share: Share) -> PartLine:
    return PartLine(
        line_id=line_id,
        sku=terms.line(line_id=line_id).sku,
        quantity=quantity,
        net=share.payable,
        tax=share.tax_included + share.tax_added,
    )


def cancelled(*, terms: Terms, order: Order, now: datetime) -> OrderCancelled:
    """Return the end of an order whose goods never went out."""
    return OrderCancelled(
        order_id=order.order_id,
        customer_id=order.customer_id,
        reason=order.why,
        refunded=refunded(order=order),
        tenders=terms.tenders,
        cancelled_at=now,
    )


def closed(*, order: Order, now: datetime) -> OrderClosed:
    """Return the end of an order whose goods went out and came back, or were lost."""
    return OrderClosed(
        order_id=order.order_id,
        customer_id=order.customer_id,
        reason=order.why,
        refunded=refunded(order=order),
        tenders=_returned(order),
        closed_at=now,
    )


def refunded(*, order: Order) -> int:
    """Return the channel money that went back."""
    return order.returned + sum(refund.amount for refund in order.refunds if refund.paid)


def _returned(order: Order) -> tuple[TenderAmount, ...]:
    sums: dict[str, int] = {}
    for refund in order.refunds:
        for tender in refund.tenders:
            sums[tender.tender_id] = sums.get(tender.tender_id, 0) + tender.amount
    return tuple(TenderAmount(tender_id=tender, amount=amount) for tender, amount in sums.items())
