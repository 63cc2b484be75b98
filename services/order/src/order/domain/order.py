"""The order: what was agreed (`Terms`, written once), where it stands (`Order`), and its history (`Entry`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chassis.decision import Kind, RowKind, changed
from chassis.saga import SagaState
from money.runs import Units
from money.waterfall import Priced
from order.domain.events import OrderRejected
from order.domain.lifecycle import State
from order.domain.profiles import ProfileName
from order.domain.rollup import SubState
from order.domain.values import (
    Allocation,
    Delivery,
    GradedUnits,
    HeldUnits,
    InvoiceChoice,
    LineUnits,
    MerchantPart,
    TenderAmount,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsLine:
    """A line as it was agreed; its money is in `Terms.priced`. Later changes of the catalogue never reach it."""

    line_id: str
    sku: str
    offer_id: str
    name: str
    spec: str
    merchant_id: str
    handling_class: str
    weight: int
    virtual: bool
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsMerchant:
    """A merchant of the order: its part of the payment, and how long its service window is."""

    part: MerchantPart
    window: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The snapshot of an order (C07): what was agreed when it was placed, to the unit and to the cent."""

    order_id: str
    customer_id: str
    profile: ProfileName
    currency: str
    channel: str
    placed_at: datetime
    lines: tuple[TermsLine, ...]
    delivery: Delivery
    invoice: InvoiceChoice
    priced: Priced
    merchants: tuple[TermsMerchant, ...]
    archive: timedelta
    pay_within: timedelta | None

    def line(self, *, line_id: str) -> TermsLine:
        """Return the line with this id."""
        return next(line for line in self.lines if line.line_id == line_id)

    @property
    def physical(self) -> tuple[TermsLine, ...]:
        """The lines that are shipped."""
        return tuple(line for line in self.lines if not line.virtual)

    @property
    def tenders(self) -> tuple[TenderAmount, ...]:
        """What of each tender the order uses."""
        return tuple(TenderAmount(tender_id=use.source, amount=use.used) for use in self.priced.tenders if use.used)


@dataclass(frozen=True, kw_only=True)
class SubOrder:
    """The part of an order that one merchant ships from one warehouse in one handling class.

    It has no slots, as the order.
    """

    sub_order_id: str
    number: int
    merchant_id: str
    warehouse_id: str | None
    handling_class: str
    virtual: bool
    units: tuple[Units, ...]
    freight: int
    state: SubState
    carrier: str = ""
    waybill: str = ""
    dispatched_at: datetime | None = None
    delivered_at: datetime | None = None
    ended_at: datetime | None = None
    why: str = ""
    settled: MerchantPart | None = None
    invoiced: bool = False
    invoice_number: str = ""
    graded: tuple[GradedUnits, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """What goes back for some units; it is kept, so that asking again says the same."""

    refund_id: str
    saga: str
    units: tuple[Units, ...]
    freight: int
    amount: int
    parts: tuple[MerchantPart, ...]
    tenders: tuple[TenderAmount, ...]
    reason: str
    held: tuple[HeldUnits, ...] = ()
    whole: bool = False
    paid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The cancellation that holds the order: who asked for what, and under which saga it runs."""

    saga: str
    by: str
    reason: str
    since: datetime
    lines: tuple[LineUnits, ...] = ()
    sub_order_ids: tuple[str, ...] = ()
    intercepting: tuple[str, ...] = ()

    @property
    def partial(self) -> bool:
        """Whether only a part of the order is to be cancelled."""
        return bool(self.lines or self.sub_order_ids)


@dataclass(frozen=True, kw_only=True)
class Order:
    """Where an order stands: its state, its parts, its sagas and what is still to be paid out.

    It has no slots, so that `changed` copies all of its fields at once.
    """

    order_id: str
    customer_id: str
    profile: ProfileName
    state: State
    before: State | None = None
    lock: Lock | None = None
    since: datetime
    placed_at: datetime
    fingerprint: str
    pay_deadline: datetime | None = None
    pay_url: str = ""
    accepted: bool = False
    captured: int = 0
    mismatched: bool = False
    reconciled: bool = False
    cash: bool = False
    allocations: tuple[Allocation, ...] = ()
    sub_orders: tuple[SubOrder, ...] = ()
    cut: tuple[Units, ...] = ()
    refunds: tuple[Refund, ...] = ()
    unsettled: tuple[MerchantPart, ...] = ()
    sagas: Mapping[str, SagaState] = field(default_factory=dict)
    held_reply: str = ""
    cancellations: int = 0
    rejection: OrderRejected | None = None
    returned: int = 0
    why: str = ""
    entries: int = 0
    head: str = ""

    def changed(self, **fields: Any) -> Order:
        """Return the order with these fields in place of its own."""
        return changed(self, **fields)

    def sub_order(self, *, sub_order_id: str) -> SubOrder | None:
        """Return the sub-order with this id."""
        return next((part for part in self.sub_orders if part.sub_order_id == sub_order_id), None)

    def with_sub_order(self, *, part: SubOrder) -> Order:
        """Return the order with this sub-order in place of the one with its id."""
        return self.changed(sub_orders=self.parts_with(part=part))

    def parts_with(self, *, part: SubOrder) -> tuple[SubOrder, ...]:
        """Return the sub-orders with this one in place of the one with its id."""
        return tuple(part if each.sub_order_id == part.sub_order_id else each for each in self.sub_orders)

    def with_refund(self, *, refund: Refund) -> Order:
        """Return the order with this refund in place of the one with its id, or added."""
        others = tuple(each for each in self.refunds if each.refund_id != refund.refund_id)
        return self.changed(refunds=(*others, refund))

    def refund_of(self, *, saga: str) -> Refund | None:
        """Return the refund that this saga pays."""
        return next((refund for refund in self.refunds if refund.saga == saga), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the history: what happened, when, by whom and why, chained to the row before it by hashes (D06)."""

    order_id: str
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


ORDER = Kind(name="order", of=Order, keyed=True)
TERMS = Kind(name="terms", of=Terms, keyed=True)
ENTRY = RowKind(name="entry", of=Entry)
