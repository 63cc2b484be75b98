"""The replies of tenders and stock, during checkout and when something is given back."""

from __future__ import annotations

from chassis.decision import Context, Decision, View
from order.domain import telling
from order.domain.lifecycle import Trigger
from order.domain.order import Lock
from order.domain.replies import (
    CommitRefused,
    HoldExpired,
    HoldExtended,
    StockCommitted,
    StockRefused,
    StockReleased,
    StockReserved,
    StockRestocked,
    TendersLocked,
    TendersRefused,
    TendersReleased,
)
from order.handlers.draft import Draft, open_order, unchanged
from order.handlers.following import feed, lock, next_cancellation, proceed
from order.saga import CHECKOUT_KEY


def tenders_locked(reply: TendersLocked, view: View, context: Context) -> Decision:
    """The tenders are locked: go on."""
    return told(open_order(order_id=reply.order_id, view=view, context=context), CHECKOUT_KEY, "tenders_locked")


def tenders_refused(reply: TendersRefused, view: View, context: Context) -> Decision:
    """A tender cannot be used: the order is rejected, and the answer names it."""
    draft = open_order(order_id=reply.order_id, view=view, context=context)
    if draft.step(CHECKOUT_KEY) != "lock_tenders":
        return unchanged(draft=draft)
    detail = f"tenders: {reply.tender_id} has {reply.available} left"
    draft.change(why=reply.reason, rejection=telling.rejected(terms=draft.terms, reason=reply.reason, detail=detail))
    return told(draft, CHECKOUT_KEY, "tenders_refused")


def stock_reserved(reply: StockReserved, view: View, context: Context) -> Decision:
    """The stock is held: the order is accepted and waits for its payment."""
    draft = open_order(order_id=reply.order_id, view=view, context=context)
    if draft.step(CHECKOUT_KEY) != "reserve_stock":
        return unchanged(draft=draft)
    draft.change(allocations=reply.allocations)
    return told(draft, CHECKOUT_KEY, "stock_reserved")


def stock_refused(reply: StockRefused, view: View, context: Context) -> Decision:
    """The stock is not there: tenders are given back, and the rejection says what there is of each line."""
    draft = open_order(order_id=reply.order_id, view=view, context=context)
    if draft.step(CHECKOUT_KEY) != "reserve_stock":
        return unchanged(draft=draft)
    rejection = telling.rejected(
        terms=draft.terms, reason=reply.reason, detail="lines: see what is available of each", short=reply.lines
    )
    draft.change(why=reply.reason, rejection=rejection)
    return told(draft, CHECKOUT_KEY, "stock_refused")


def stock_committed(reply: StockCommitted, view: View, context: Context) -> Decision:
    """The goods are ours: split the order and ship it, unless it is being cancelled."""
    draft = open_order(order_id=reply.order_id, view=view, context=context)
    if draft.step(CHECKOUT_KEY) != "commit_stock":
        return unchanged(draft=draft)
    draft.change(allocations=reply.allocations)
    return draft.decision() if proceed(draft, "stock_committed") else unchanged(draft=draft)


def commit_refused(reply: CommitRefused, view: View, context: Context) -> Decision:
    """At payment the goods were gone: everything is refunded, nothing is oversold (C05, I02)."""
    draft = open_order(order_id=reply.order_id, view=view, context=context)
    if draft.step(CHECKOUT_KEY) != "commit_stock":
        return unchanged(draft=draft)
    short = ", ".join(f"{line.line_id}: {line.available} of {line.requested}" for line in reply.lines)
    draft.note("commit_refused", why=short or reply.reason)
    if draft.order.lock is None:
        wish = Lock(saga=next_cancellation(draft), by="system", reason=reply.reason, since=draft.now)
        lock(draft, wish, Trigger.GOODS_GONE)
    proceed(draft, "commit_refused")
    return draft.decision()


def hold_extended(reply: HoldExtended, view: View, context: Context) -> Decision:
    """A hold that could not be extended is only noted: the commit will say whether the goods are still there."""
    draft = open_order(order_id=reply.order_id, view=view, context=context)
    if reply.extended:
        return unchanged(draft=draft, outcome="applied")
    draft.note("hold_not_extended")
    return draft.decision()


def hold_expired(reply: HoldExpired, view: View, context: Context) -> Decision:
    """A hold ended: what that means is decided when the money comes, so it is only noted."""
    draft = open_order(order_id=reply.order_id, view=view, context=context)
    draft.note("hold_expired")
    return draft.decision()


def tenders_released(reply: TendersReleased, view: View, context: Context) -> Decision:
    """Tenders are the customer's again."""
    return told(open_order(order_id=reply.order_id, view=view, context=context), reply.cause, "tenders_released")


def stock_released(reply: StockReleased, view: View, context: Context) -> Decision:
    """Stock is free again."""
    return told(open_order(order_id=reply.order_id, view=view, context=context), reply.cause, "stock_released")


def stock_restocked(reply: StockRestocked, view: View, context: Context) -> Decision:
    """Goods that came back are on the shelf, or written off."""
    return told(open_order(order_id=reply.order_id, view=view, context=context), reply.cause, "stock_restocked")


def told(draft: Draft, key: str, word: str) -> Decision:
    """Give a saga its reply; a reply that it does not wait for is a duplicate."""
    return draft.decision() if feed(draft, key, word) else unchanged(draft=draft)
