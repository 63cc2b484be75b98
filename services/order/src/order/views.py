"""What queries answer: orders as their customers and operators see them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, TypeAdapter

from money.shares import line_share, tax_on_top
from order.domain.actions import allowed_actions
from order.domain.order import Order, SubOrder, Terms
from order.domain.profiles import PROFILES
from order.domain.requesting import counts
from order.domain.rollup import roll_up
from order.domain.split import share_of_part
from order.domain.telling import refunded

ORDER_DOCUMENT = TypeAdapter(Order)
TERMS_DOCUMENT = TypeAdapter(Terms)


class Summary(BaseModel):
    """An order in a list."""

    order_id: str
    profile: str
    state: str
    label: str
    placed_at: datetime
    actions: list[str]


class Page(BaseModel):
    """Some orders of a customer, newest first, and where the next page begins."""

    orders: list[Summary]
    next: str | None


class LineView(BaseModel):
    """A line of the snapshot with its money."""

    line_id: str
    sku: str
    name: str
    spec: str
    merchant_id: str
    quantity: int
    gross: int
    promotion: int
    tenders: int
    net: int
    tax: int


class SubOrderView(BaseModel):
    """A sub-order: where it comes from, where it is, and its money."""

    sub_order_id: str
    merchant_id: str
    warehouse_id: str | None
    handling_class: str
    state: str
    units: dict[str, int]
    freight: int
    total: int
    carrier: str
    waybill: str
    dispatched_at: datetime | None
    delivered_at: datetime | None
    invoice_number: str


class PaymentView(BaseModel):
    """What is paid how: by the channel, by tenders, and what went back."""

    channel: str
    currency: str
    due: int
    captured: int
    reconciled: bool
    refunded: int
    tenders: dict[str, int]
    freight: int
    tax: int
    pay_url: str
    deadline: datetime | None


class OrderView(Summary):
    """An order as it stands."""

    customer_id: str
    since: datetime
    why: str
    partially_shipped: bool
    partially_delivered: bool
    rejection: dict[str, Any] | None
    lines: list[LineView]
    sub_orders: list[SubOrderView]
    payment: PaymentView | None
    sagas: dict[str, str]


class EntryView(BaseModel):
    """A row of the history."""

    number: int
    at: datetime
    what: str
    state_from: str
    state_to: str
    who: str
    why: str
    message_id: str
    previous: str
    hash: str


class Timeline(BaseModel):
    """The history of an order; ``broken_at`` is the first row that does not follow from the one before it."""

    entries: list[EntryView]
    broken_at: int | None


def summary(*, order: Order) -> Summary:
    """Return an order as a list shows it."""
    return Summary(**_summary(order))


def order_view(*, order: Order, terms: Terms | None) -> OrderView:
    """Return an order as it stands; a rejected one has no terms."""
    states = [part.state for part in order.sub_orders]
    rolled = roll_up(parts=states) if states else None
    return OrderView(
        **_summary(order),
        customer_id=order.customer_id,
        since=order.since,
        why=order.why,
        partially_shipped=rolled is not None and rolled.partially_shipped,
        partially_delivered=rolled is not None and rolled.partially_delivered,
        rejection=ORDER_DOCUMENT.dump_python(order, mode="json", include={"rejection"})["rejection"],
        lines=_lines(terms) if terms else [],
        sub_orders=[_sub_order(terms, part) for part in order.sub_orders] if terms else [],
        payment=_payment(order, terms) if terms else None,
        sagas={key: saga.waits_at or saga.phase.value for key, saga in order.sagas.items()},
    )


def _summary(order: Order) -> Mapping[str, Any]:
    return {
        "order_id": order.order_id,
        "profile": order.profile.value,
        "state": order.state.value,
        "label": PROFILES[order.profile].label(state=order.state, before=order.before),
        "placed_at": order.placed_at,
        "actions": list(allowed_actions(order=order)),
    }


def _lines(terms: Terms) -> list[LineView]:
    views = []
    for line in terms.lines:
        share = line_share(priced=terms.priced, line=line.line_id)
        views.append(
            LineView(
                line_id=line.line_id,
                sku=line.sku,
                name=line.name,
                spec=line.spec,
                merchant_id=line.merchant_id,
                quantity=line.quantity,
                gross=share.gross,
                promotion=share.gross - share.net,
                tenders=share.net - share.payable,
                net=share.payable,
                tax=share.tax_included + share.tax_added,
            )
        )
    return views


def _sub_order(terms: Terms, part: SubOrder) -> SubOrderView:
    return SubOrderView(
        sub_order_id=part.sub_order_id,
        merchant_id=part.merchant_id,
        warehouse_id=part.warehouse_id,
        handling_class=part.handling_class,
        state=part.state.value,
        units=counts(units=part.units),
        freight=part.freight,
        total=share_of_part(terms=terms, part=part).due,
        carrier=part.carrier,
        waybill=part.waybill,
        dispatched_at=part.dispatched_at,
        delivered_at=part.delivered_at,
        invoice_number=part.invoice_number,
    )


def _payment(order: Order, terms: Terms) -> PaymentView:
    return PaymentView(
        channel=terms.channel,
        currency=terms.currency,
        due=terms.priced.due,
        captured=order.captured,
        reconciled=order.reconciled,
        refunded=refunded(order=order),
        tenders={tender.tender_id: tender.amount for tender in terms.tenders},
        freight=terms.priced.freight.amount,
        tax=tax_on_top(priced=terms.priced),
        pay_url=order.pay_url,
        deadline=order.pay_deadline,
    )
