"""Invoices and settlements: each sub-order is invoiced once for captured money, and its merchant is paid once."""

from __future__ import annotations

from chassis import saga as engine
from chassis.decision import changed
from order.domain.order import SubOrder
from order.domain.parts import amount_of, draw, part_of
from order.domain.split import share_of_part
from order.handlers.draft import Draft
from order.saga import INVOICING, SETTLING


def bill(draft: Draft, part: SubOrder) -> None:
    """Invoice a sub-order that was not invoiced; cash on delivery only when it is reconciled."""
    part = draft.order.sub_order(sub_order_id=part.sub_order_id) or part
    if part.invoiced or not _paid(draft) or not share_of_part(terms=draft.terms, part=part).due:
        return
    draft.order = draft.order.with_sub_order(part=changed(part, invoiced=True))
    _begin(draft, f"invoicing-{part.number}", INVOICING)


def settle(draft: Draft, part: SubOrder) -> None:
    """Release the merchant's money of a completed sub-order, once and when it is there."""
    part = draft.order.sub_order(sub_order_id=part.sub_order_id) or part
    share = share_of_part(terms=draft.terms, part=part)
    if part.settled is not None or not _paid(draft):
        return
    drawn, left = draw(left=draft.order.unsettled, part=part_of(merchant_id=part.merchant_id, share=share))
    draft.order = draft.order.with_sub_order(part=changed(part, settled=drawn)).changed(unsettled=left)
    if amount_of(part=drawn):
        _begin(draft, f"settling-{part.number}", SETTLING)


def _paid(draft: Draft) -> bool:
    return draft.order.reconciled or not draft.terms.priced.due


def _begin(draft: Draft, key: str, saga: engine.Saga) -> None:
    move = engine.start(saga=saga, plan=tuple(step.name for step in saga.steps), now=draft.now)
    draft.keep(key, move)
    draft.send(key, move)
