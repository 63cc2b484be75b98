"""The sagas of an order as data, and the command that each of their steps sends.

    checkout      lock tenders -> reserve stock -> request payment -> captured -> reconciled -> | commit stock
                  -> create shipments
    cancellation  intercept -> refund or void -> release stock -> release tenders -> credit note
    closing       return graded -> restock -> refund or void -> release tenders -> credit note
    invoicing     issue invoice            settling    settle

An order takes the steps that it needs (`checkout_plan` and its like): without tenders nothing is locked, without goods
nothing is reserved, with nothing due and no tenders nobody is asked for money. Checkout turns round before the pivot
``commit_stock``; the others only go forward. The key of a running saga is the ``cause`` of its commands, so that a
reply finds its saga.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from chassis.saga import Patience, Saga, Step
from order.domain.order import Order, Refund, SubOrder, Terms
from order.domain.profiles import ProfileName

CHECKOUT_KEY = "checkout"

_RELEASE_TENDERS = Step(name="release_tenders", command="release_tenders", success=frozenset({"tenders_released"}))
_RELEASE_STOCK = Step(name="release_stock", command="release_stock", success=frozenset({"stock_released"}))
_CANCEL_PAYMENT = Step(
    name="cancel_payment",
    command="cancel_payment",
    success=frozenset({"payment_cancelled"}),
    refusal=frozenset({"cancel_refused"}),
)
_REFUND = Step(
    name="refund", command="refund", success=frozenset({"payment_refunded"}), refusal=frozenset({"refund_refused"})
)
_CREDIT = Step(
    name="credit_note",
    command="credit_note",
    success=frozenset({"credit_note_issued"}),
    refusal=frozenset({"credit_note_refused"}),
)

CHECKOUT = Saga(
    name="checkout",
    pivot="commit_stock",
    steps=(
        Step(
            name="lock_tenders",
            command="lock_tenders",
            success=frozenset({"tenders_locked"}),
            refusal=frozenset({"tenders_refused"}),
            compensation=_RELEASE_TENDERS,
        ),
        Step(
            name="reserve_stock",
            command="reserve_stock",
            success=frozenset({"stock_reserved"}),
            refusal=frozenset({"stock_refused"}),
            compensation=_RELEASE_STOCK,
            tells=True,
        ),
        Step(
            name="request_payment",
            command="request_payment",
            success=frozenset({"payment_requested", "payment_captured", "payment_reconciled"}),
            refusal=frozenset({"payment_declined"}),
            compensation=_CANCEL_PAYMENT,
            tells=True,
        ),
        Step(name="captured", success=frozenset({"payment_captured", "payment_reconciled"}), expires=True),
        Step(
            name="reconciled",
            success=frozenset({"payment_reconciled"}),
            refusal=frozenset({"payment_cancelled", "payment_declined"}),
            nudge="request_payment",
            patience=Patience(first=timedelta(hours=1), slowest=timedelta(days=1), tries=6),
        ),
        Step(name="commit_stock", command="commit_stock", success=frozenset({"stock_committed"}), tells=True),
        Step(name="create_shipments", command="create_shipments", success=frozenset({"shipments_created"})),
    ),
)
CANCELLATION = Saga(
    name="cancellation",
    pivot="intercept",
    steps=(
        Step(name="intercept", command="intercept", success=frozenset({"shipments_intercepted"}), tells=True),
        _REFUND,
        _CANCEL_PAYMENT,
        _RELEASE_STOCK,
        _RELEASE_TENDERS,
        _CREDIT,
    ),
)
CLOSING = Saga(
    name="closing",
    pivot="graded",
    steps=(
        Step(
            name="graded",
            success=frozenset({"return_graded"}),
            tells=True,
            patience=Patience(first=timedelta(days=7), slowest=timedelta(days=7), tries=2),
        ),
        Step(name="restock", command="restock", success=frozenset({"stock_restocked"})),
        _REFUND,
        _CANCEL_PAYMENT,
        _RELEASE_TENDERS,
        _CREDIT,
    ),
)
INVOICING = Saga(
    name="invoicing",
    pivot="issue_invoice",
    steps=(
        Step(
            name="issue_invoice",
            command="issue_invoice",
            success=frozenset({"invoice_issued"}),
            refusal=frozenset({"invoice_refused"}),
        ),
    ),
)
SETTLING = Saga(
    name="settling",
    pivot="settle",
    steps=(Step(name="settle", command="settle", success=frozenset({"order_settled"})),),
)
SAGAS: Mapping[str, Saga] = {saga.name: saga for saga in (CHECKOUT, CANCELLATION, CLOSING, INVOICING, SETTLING)}

HOLDING = frozenset({"lock_tenders", "reserve_stock"})
"""Steps before an order is accepted."""

SHIPPING = frozenset({"create_shipments"})
"""Steps after the split."""


def checkout_plan(*, terms: Terms) -> tuple[str, ...]:
    """Return the steps of checkout that these terms need."""
    cash, due, tenders = terms.profile is ProfileName.COD, bool(terms.priced.due), bool(terms.tenders)
    return _chosen(
        CHECKOUT,
        {
            "lock_tenders": tenders,
            "reserve_stock": bool(terms.physical),
            # Tenders are consumed by the payment, be it of nothing.
            "request_payment": due or tenders,
            "captured": due and not cash and terms.profile is not ProfileName.VIRTUAL_PREPAID,
            "reconciled": (due or tenders) and not cash,
            "commit_stock": bool(terms.physical),
            "create_shipments": bool(terms.physical),
        },
    )


def cancellation_plan(*, order: Order, refund: Refund, holds_stock: bool) -> tuple[str, ...]:
    """Return the steps that give back what a refund says; cash that nobody has collected is voided."""
    void = _voids(order, refund)
    return _chosen(
        CANCELLATION,
        {
            "refund": bool(refund.amount) and not void,
            "cancel_payment": bool(refund.amount) and void,
            "release_stock": holds_stock,
            "release_tenders": bool(refund.tenders),
        },
    )


def closing_plan(*, order: Order, part: SubOrder, refund: Refund, returned: bool) -> tuple[str, ...]:
    """Return the steps that close a sub-order that had left: its goods come back, or are lost."""
    void = _voids(order, refund)
    return _chosen(
        CLOSING,
        {
            "graded": returned,
            "restock": returned,
            "refund": bool(refund.amount) and not void,
            "cancel_payment": bool(refund.amount) and void,
            "release_tenders": bool(refund.tenders),
            "credit_note": part.invoiced and bool(refund.amount),
        },
    )


def _voids(order: Order, refund: Refund) -> bool:
    """Whether a cash payment is given up: all of it goes, and no earlier part is still to be lowered."""
    others = [each for each in order.refunds if each.refund_id != refund.refund_id]
    uncollected = order.cash and not order.reconciled
    return refund.whole and uncollected and all(each.paid or not each.amount for each in others)


def _chosen(saga: Saga, wanted: Mapping[str, bool]) -> tuple[str, ...]:
    return tuple(step.name for step in saga.steps if wanted.get(step.name))
