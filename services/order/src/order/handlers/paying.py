"""What payment tells: the way from a request to proven money, and money that nobody wanted.

Cancel, time-out and capture contend here. The order is the arbiter: payment asks the channel and closes only what is
unpaid, so that exactly one of ``payment_cancelled`` and ``cancel_refused`` comes, and the order follows it.
"""

from __future__ import annotations

from dataclasses import replace

from chassis import saga as engine
from chassis.decision import Context, Decision, NotYet, View
from order.domain.lifecycle import SETTLED, State, Trigger
from order.domain.order import Lock
from order.domain.replies import (
    CancelRefused,
    ExcessRefunded,
    PaymentCancelled,
    PaymentCaptured,
    PaymentDeclined,
    PaymentMismatched,
    PaymentReconciled,
    PaymentRefunded,
    PaymentRequested,
    RefundRefused,
)
from order.domain.requesting import cancel_payment, extend_hold
from order.domain.rollup import SubState
from order.handlers.billing import bill
from order.handlers.checkout import told
from order.handlers.draft import Draft, open_order, unchanged
from order.handlers.following import feed, follow, pay_out, proceed
from order.saga import CHECKOUT_KEY, SAGAS

BILLABLE = frozenset({SubState.AWAITING_RECEIPT, SubState.SERVICE_WINDOW})


def payment_requested(reply: PaymentRequested, view: View, context: Context) -> Decision:
    """The customer can pay now."""
    draft = open_order(order_id=reply.order_id, view=view, context=context)
    if draft.step(CHECKOUT_KEY) != "request_payment":
        return unchanged(draft=draft)
    draft.change(pay_url=reply.pay_url)
    return told(draft, CHECKOUT_KEY, "payment_requested")


def payment_declined(reply: PaymentDeclined, view: View, context: Context) -> Decision:
    """The payment surely did not happen: everything held is given back."""
    draft = open_order(order_id=reply.order_id, view=view, context=context)
    if draft.step(CHECKOUT_KEY) not in {"request_payment", "reconciled"}:
        return unchanged(draft=draft)
    _give_up(draft, reason=reply.reason)
    return told(draft, CHECKOUT_KEY, "payment_declined")


def payment_captured(reply: PaymentCaptured, view: View, context: Context) -> Decision:
    """The channel has taken money: the order waits until it is proven. For an ended order payment returns it."""
    draft = open_order(order_id=reply.order_id, view=view, context=context)
    _captured(draft, amount=reply.amount)
    return draft.decision()


def payment_reconciled(reply: PaymentReconciled, view: View, context: Context) -> Decision:
    """Due, fold and channel agree: the money is really there (L03)."""
    draft = open_order(order_id=reply.order_id, view=view, context=context)
    if draft.order.reconciled:
        return unchanged(draft=draft)
    draft.change(reconciled=True, captured=reply.amount)
    if draft.order.state is State.AWAITING_PAYMENT:
        _captured(draft, amount=reply.amount, proven=True)
    draft.note("reconciled", why=str(reply.amount))
    proceed(draft, "payment_reconciled")
    _bill_what_waited(draft)
    return draft.decision()


def payment_mismatched(reply: PaymentMismatched, view: View, context: Context) -> Decision:
    """The figures differ: payment holds the money until it is topped up or goes back."""
    draft = open_order(order_id=reply.order_id, view=view, context=context)
    if draft.order.state is State.AWAITING_PAYMENT:
        _captured(draft, amount=reply.captured)
    draft.move(Trigger.MISMATCHED, why=f"{reply.classified}: {reply.captured} of {reply.due}, {reply.exception_id}")
    draft.change(mismatched=True)
    give_up_mismatch(draft)
    return draft.decision()


def give_up_mismatch(draft: Draft) -> None:
    """Have money that does not agree sent back when the whole order is being cancelled: nobody will top it up."""
    order = draft.order
    whole = order.lock is not None and not order.lock.lines and not order.lock.sub_order_ids
    if whole and order.mismatched and not order.reconciled and draft.step(CHECKOUT_KEY) == "reconciled":
        draft.emit(cancel_payment(order=order))


def payment_cancelled(reply: PaymentCancelled, view: View, context: Context) -> Decision:
    """No money is held and none will be taken: the rest is given back."""
    draft = open_order(order_id=reply.order_id, view=view, context=context)
    key = _voiding(draft)
    if key is None:
        return unchanged(draft=draft)
    draft.change(returned=draft.order.returned + reply.refunded)
    if draft.step(key) == "reconciled" and draft.order.lock is None:
        _give_up(draft, reason=reply.reason)
    return told(draft, key, "payment_cancelled")


def cancel_refused(reply: CancelRefused, view: View, context: Context) -> Decision:
    """The money was there first: a timed-out order goes on, a cancelled one is refunded once it is reconciled."""
    draft = open_order(order_id=reply.order_id, view=view, context=context)
    key = _voiding(draft)
    if key is None or draft.step(key) != "cancel_payment":
        return unchanged(draft=draft)
    draft.note("cancel_refused", why=reply.reason)
    if key == CHECKOUT_KEY:
        feed(draft, key, "cancel_refused")
        _resume(draft, amount=reply.captured)
    else:
        _refund_instead(draft, key)
    return draft.decision()


def payment_refunded(reply: PaymentRefunded, view: View, context: Context) -> Decision:
    """Channel money went back."""
    draft = open_order(order_id=reply.order_id, view=view, context=context)
    refund = next((each for each in draft.order.refunds if each.refund_id == reply.refund_id), None)
    if refund is None or refund.paid:
        return unchanged(draft=draft)
    draft.order = draft.order.with_refund(refund=replace(refund, paid=True))
    draft.note("refunded", why=f"{reply.refund_id}: {reply.amount}")
    return told(draft, refund.saga, "payment_refunded")


def refund_refused(reply: RefundRefused, view: View, context: Context) -> Decision:
    """A refund was refused: it is asked again, and alarms when that does not help."""
    draft = open_order(order_id=reply.order_id, view=view, context=context)
    refund = next((each for each in draft.order.refunds if each.refund_id == reply.refund_id), None)
    if refund is None or refund.paid:
        return unchanged(draft=draft)
    draft.note("refund_refused", why=f"{reply.refund_id}: {reply.reason}")
    return told(draft, refund.saga, "refund_refused")


def excess_refunded(reply: ExcessRefunded, view: View, context: Context) -> Decision:
    """Money that came late, twice or in a wrong amount went back: nothing else changes."""
    draft = open_order(order_id=reply.order_id, view=view, context=context)
    if draft.order.state in {State.PLACING, State.AWAITING_PAYMENT}:
        raise NotYet(f"order {reply.order_id} has not heard of the money that went back")
    draft.move(Trigger.EXCESS, why=f"{reply.why}: {reply.amount}, {reply.refund_id}")
    return draft.decision()


def _captured(draft: Draft, *, amount: int, proven: bool = False) -> None:
    """The money is there. Until it is proven the hold has to last; proven at once, it is committed with this word."""
    waited = draft.order.state is State.AWAITING_PAYMENT
    draft.move(Trigger.CAPTURED, why=str(amount))
    # An order that waits again has heard of the money while it was locked: its checkout has not.
    if draft.order.state in SETTLED or (draft.order.captured and not waited):
        return
    draft.change(captured=amount)
    if waited and draft.terms.physical and not proven:
        draft.emit(extend_hold(order=draft.order, now=draft.now))
    feed(draft, CHECKOUT_KEY, "payment_captured")


def _resume(draft: Draft, *, amount: int) -> None:
    wish = draft.order.lock
    if wish is not None and wish.saga == CHECKOUT_KEY:
        draft.change(lock=None, why="")
        draft.move(Trigger.RESUMED)
        _captured(draft, amount=amount)
    else:
        feed(draft, CHECKOUT_KEY, "payment_captured")
    if draft.order.reconciled:
        proceed(draft, "payment_reconciled")


def _refund_instead(draft: Draft, key: str) -> None:
    """Cash was collected after all before it could be given up: it goes back as what was paid does."""
    state = draft.order.sagas[key]
    follow(draft, key, engine.instead(saga=SAGAS[state.saga], state=state, step="refund", now=draft.now))


def _give_up(draft: Draft, *, reason: str) -> None:
    """Lock the order while checkout gives back what it holds."""
    if draft.order.lock is None:
        wish = Lock(saga=CHECKOUT_KEY, by="system", reason=reason, since=draft.now)
        draft.change(lock=wish, why=reason)
        draft.move(Trigger.DECLINED, why=reason)


def _voiding(draft: Draft) -> str | None:
    """Return the key of the saga that waits for the end of the payment request, or for its money."""
    waiting = [key for key in draft.order.sagas if draft.step(key) in {"cancel_payment", "reconciled"}]
    return waiting[0] if waiting else None


def _bill_what_waited(draft: Draft) -> None:
    """Invoice and settle what went on before its money was proven: cash on delivery, or by an operator's word."""
    for part in draft.order.sub_orders:
        if part.state is SubState.COMPLETED:
            pay_out(draft, part)
        elif part.state in BILLABLE:
            bill(draft, part)
