"""What goes back when units of an order are cancelled, refused, lost or missing: exactly what they paid, to whom.

Freight stays with its merchant. When a part is cancelled before it left, its freight is booked on the merchant's parts
that still go out, and given back when none does. A customer who refuses a parcel gets the goods back, not the freight
(M04); when the merchant or the carrier is at fault the freight comes back, too, unless others of the merchant bear it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.decision import changed
from money.freight import FreightReason, freight_refund, rebook_freight
from money.refunds import refund as money_back
from money.runs import Kind, Units
from money.shares import share_of
from order.domain import ids
from order.domain.order import Order, Refund, SubOrder, Terms
from order.domain.parts import amount_of, draw, part_of
from order.domain.rollup import SubState
from order.domain.split import share_of_part, without
from order.domain.values import HeldUnits, MerchantPart, TenderAmount

AT_FAULT = frozenset({"damaged", "wrong_item", "late", "lost"})
GOING_OUT = frozenset({SubState.AWAITING_PICK, SubState.AWAITING_DISPATCH})


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Units that come back, the freight that comes back with them by merchant, and the stock that they still hold."""

    saga: str
    units: tuple[Units, ...]
    freights: Mapping[str, int]
    reason: str
    held: tuple[HeldUnits, ...] = ()


def give_back(*, terms: Terms, order: Order, claim: Claim) -> Order:
    """Return the order with the refund of the claim, its units cut, and what is still to be settled lowered."""
    shares = money_back(priced=terms.priced, units=claim.units, refunded=order.cut)
    left, parts = order.unsettled, []
    for part in _claimed(terms, claim):
        drawn, left = draw(left=left, part=part)
        parts.append(drawn)
    cut = (*order.cut, *claim.units)
    refund = Refund(
        refund_id=ids.refund_id(order_id=order.order_id, number=len(order.refunds) + 1),
        saga=claim.saga,
        units=claim.units,
        freight=sum(claim.freights.values()),
        amount=sum(amount_of(part=part) for part in parts),
        parts=tuple(parts),
        tenders=tuple(
            TenderAmount(tender_id=share.source, amount=share.amount)
            for share in shares
            if share.kind is not Kind.CHANNEL
        ),
        reason=claim.reason,
        held=claim.held,
        whole=not remaining(terms=terms, cut=cut),
    )
    return order.changed(refunds=(*order.refunds, refund), cut=cut, unsettled=left)


def remaining(*, terms: Terms, cut: Sequence[Units]) -> tuple[Units, ...]:
    """Return the units of the order that are not cut."""
    everything = [Units(line=line.line_id, first=0, count=line.quantity) for line in terms.lines]
    return without(units=everything, cut=cut)


def _claimed(terms: Terms, claim: Claim) -> list[MerchantPart]:
    merchants = dict.fromkeys(terms.line(line_id=units.line).merchant_id for units in claim.units)
    parts = []
    for merchant in merchants:
        own = [units for units in claim.units if terms.line(line_id=units.line).merchant_id == merchant]
        share = share_of(priced=terms.priced, units=own, freight=claim.freights.get(merchant, 0))
        parts.append(part_of(merchant_id=merchant, share=share))
    return parts


def cancel_parts(*, terms: Terms, order: Order, parts: Sequence[SubOrder]) -> tuple[Order, dict[str, int]]:
    """Cancel these parts and book their freight on those that still go out; return what of it comes back.

    Carriers were told what cash to collect: freight that is booked on their parcels now would never be collected.
    """
    at_the_door = order.cash and not order.reconciled
    gone = {part.sub_order_id for part in parts}
    back: dict[str, int] = {}
    for merchant in dict.fromkeys(part.merchant_id for part in parts):
        own = [each for each in order.sub_orders if each.merchant_id == merchant and each.state in GOING_OUT]
        refused = [index for index, each in enumerate(own) if each.sub_order_id in gone]
        freights = [each.freight for each in own]
        nets = [share_of_part(terms=terms, part=each).net for each in own]
        if at_the_door or len(refused) == len(own):
            back[merchant] = sum(freights[index] for index in refused)
        else:
            freights = list(rebook_freight(freights=freights, nets=nets, refused=refused))
        for each, freight in zip(own, freights, strict=True):
            state = SubState.CANCELLED if each.sub_order_id in gone else each.state
            order = order.with_sub_order(part=changed(each, freight=freight, state=state))
    return order, back


def freight_of_closed(*, order: Order, part: SubOrder, reason: str) -> int:
    """Return the freight that comes back when this part, which had left, is closed for this reason."""
    if order.cash and not order.reconciled:
        return part.freight
    others = any(
        each.merchant_id == part.merchant_id and each.state is not SubState.CANCELLED
        for each in order.sub_orders
        if each.sub_order_id != part.sub_order_id
    )
    fault = FreightReason.MERCHANT_AT_FAULT if reason in AT_FAULT and not others else FreightReason.CHANGE_OF_MIND
    return freight_refund(freight=part.freight, reason=fault)
