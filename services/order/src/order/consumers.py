"""What comes in: each type of message with its command, its handler and the aggregates that it needs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from chassis.decision import Context, Decision, View
from chassis.feeds import Feed
from chassis.routes import Ref, Route, Routes
from contracts.catalog import FreightPublishedV1
from order.domain import commands, facts, replies
from order.domain.events import OrderRejected
from order.domain.exceptions import AUDITOR, EXCEPTION, LAST_AUDIT
from order.domain.order import ORDER, TERMS
from order.domain.profiles import PROFILES
from order.domain.reference import (
    ACCOUNT,
    COVERAGE,
    FREIGHT,
    MERCHANT,
    OFFER,
    PRODUCT,
    WAREHOUSE,
    tariff_key,
)
from order.handlers import auditing, cancelling, checkout, clocks, documents, operating, paying, shipping
from order.handlers.placing import Profiles, place_order

Handler = Callable[[Any, View, Context], Decision]


def routes(*, profiles: Profiles = PROFILES, audit_every: timedelta | None = None) -> Routes:
    """Return all routes; new orders live by these profiles. The regular audit is off without a pause."""
    return Routes(
        Route(
            type="order.place-order.v1",
            command=commands.PlaceOrder,
            handler=partial(place_order, profiles=profiles),
            loads=_checkout,
            follows=_sellers,
            refusal=_unplaceable,
        ),
        _route("order.cancel-order.v1", commands.CancelOrder, cancelling.cancel_order),
        _route("order.confirm-receipt.v1", commands.ConfirmReceipt, shipping.confirm_receipt),
        _route("order.operate-saga.v1", commands.OperateSaga, operating.operate_saga),
        _route("timer.saga-clock", commands.SagaClock, clocks.saga_clock),
        _route("timer.window-ended", commands.WindowEnded, clocks.window_ended),
        _route("timer.archive", commands.ArchiveDue, clocks.archive_due),
        *_audit(audit_every),
        *_INVENTORY,
        *_PAYMENT,
        *_FULFILLMENT,
        *_BILLING,
    )


def _route(type_: str, command: type[Any], handler: Handler) -> Route[Any]:
    return Route(type=type_, command=command, handler=handler, loads=_order)


def _audit(every: timedelta | None) -> tuple[Route[Any], ...]:
    due, done = partial(auditing.audit_due, every=every), partial(auditing.audit_done, every=every)
    return (
        Route(type="timer.audit", command=commands.AuditDue, handler=due, loads=_nothing),
        Route(type="answer.audit", command=commands.AuditDone, handler=done, loads=_last_audit),
        Route(
            type="order.close-exception.v1",
            command=commands.CloseException,
            handler=auditing.close_exception,
            loads=lambda command: [*_last_audit(command), (EXCEPTION, command.exception_id)],
        ),
    )


def _nothing(_command: Any) -> list[Ref]:
    return []


def _last_audit(_command: Any) -> list[Ref]:
    return [(LAST_AUDIT, AUDITOR)]


def _light(type_: str, command: type[Any], handler: Handler) -> Route[Any]:
    """Return a route whose handler seldom looks at the terms."""
    return Route(type=type_, command=command, handler=handler, loads=_without_terms)


def _order(command: Any) -> list[Ref]:
    return [(ORDER, command.order_id), (TERMS, command.order_id)]


def _without_terms(command: Any) -> list[Ref]:
    return [(ORDER, command.order_id)]


def _checkout(command: commands.PlaceOrder) -> list[Ref]:
    return [
        (ORDER, command.order_id),
        (TERMS, command.order_id),
        (ACCOUNT, command.customer_id),
        (FREIGHT, tariff_key(method=command.delivery.method, currency=command.currency)),
        (COVERAGE, command.delivery.region),
        *((PRODUCT, line.sku) for line in command.lines),
        *((OFFER, line.offer_id) for line in command.lines),
    ]


def _sellers(command: commands.PlaceOrder, view: View) -> list[Ref]:
    """The merchants, whom only the products name."""
    products = view.find(PRODUCT, [line.sku for line in command.lines])
    return [(MERCHANT, product.merchant_id) for product in products]


def _unplaceable(command: commands.PlaceOrder, reason: str) -> OrderRejected:
    return OrderRejected(
        order_id=command.order_id, customer_id=command.customer_id, reason="cannot_be_handled", detail=reason[:500]
    )


_INVENTORY = (
    _route("inventory.stock-reserved.v1", replies.StockReserved, checkout.stock_reserved),
    _route("inventory.stock-refused.v1", replies.StockRefused, checkout.stock_refused),
    _route("inventory.stock-released.v1", replies.StockReleased, checkout.stock_released),
    _route("inventory.stock-committed.v1", replies.StockCommitted, checkout.stock_committed),
    _route("inventory.commit-refused.v1", replies.CommitRefused, checkout.commit_refused),
    _light("inventory.hold-extended.v1", replies.HoldExtended, checkout.hold_extended),
    _light("inventory.hold-expired.v1", replies.HoldExpired, checkout.hold_expired),
    _route("inventory.stock-restocked.v1", replies.StockRestocked, checkout.stock_restocked),
)
_PAYMENT = (
    _route("payment.tenders-locked.v1", replies.TendersLocked, checkout.tenders_locked),
    _route("payment.tenders-refused.v1", replies.TendersRefused, checkout.tenders_refused),
    _route("payment.tenders-released.v1", replies.TendersReleased, checkout.tenders_released),
    _light("payment.payment-requested.v1", replies.PaymentRequested, paying.payment_requested),
    _route("payment.payment-declined.v1", replies.PaymentDeclined, paying.payment_declined),
    _route("payment.payment-captured.v1", replies.PaymentCaptured, paying.payment_captured),
    _route("payment.payment-reconciled.v1", replies.PaymentReconciled, paying.payment_reconciled),
    _route("payment.payment-mismatched.v1", replies.PaymentMismatched, paying.payment_mismatched),
    _route("payment.payment-cancelled.v1", replies.PaymentCancelled, paying.payment_cancelled),
    _route("payment.cancel-refused.v1", replies.CancelRefused, paying.cancel_refused),
    _route("payment.payment-refunded.v1", replies.PaymentRefunded, paying.payment_refunded),
    _route("payment.refund-refused.v1", replies.RefundRefused, paying.refund_refused),
    _route("payment.excess-refunded.v1", replies.ExcessRefunded, paying.excess_refunded),
    _light("payment.order-settled.v1", replies.OrderSettled, documents.order_settled),
)
_FULFILLMENT = (
    _light("fulfillment.shipments-created.v1", facts.ShipmentsCreated, shipping.shipments_created),
    _route("fulfillment.shipment-picked-short.v1", facts.ShipmentPickedShort, cancelling.shipment_picked_short),
    _light("fulfillment.shipment-packed.v1", facts.ShipmentPacked, shipping.shipment_packed),
    _route("fulfillment.shipment-dispatched.v1", facts.ShipmentDispatched, shipping.shipment_dispatched),
    _route("fulfillment.shipment-delivered.v1", facts.ShipmentDelivered, shipping.shipment_delivered),
    _route("fulfillment.shipment-refused.v1", facts.ShipmentRefused, shipping.shipment_refused),
    _route("fulfillment.shipment-lost.v1", facts.ShipmentLost, shipping.shipment_lost),
    _route("fulfillment.return-graded.v1", facts.ReturnGraded, shipping.return_graded),
    _route("fulfillment.shipments-intercepted.v1", facts.ShipmentsIntercepted, cancelling.shipments_intercepted),
)
_BILLING = (
    _light("billing.invoice-issued.v1", facts.InvoiceIssued, documents.invoice_issued),
    _route("billing.invoice-refused.v1", facts.InvoiceRefused, documents.invoice_refused),
    _route("billing.credit-note-issued.v1", facts.CreditNoteIssued, documents.credit_note_issued),
    _route("billing.credit-note-refused.v1", facts.CreditNoteRefused, documents.credit_note_refused),
)


def _tariff(template: FreightPublishedV1) -> str:
    return tariff_key(method=template.method, currency=template.currency)


FEEDS = (
    Feed(type="catalog.product-published.v1", kind=PRODUCT),
    Feed(type="catalog.merchant-published.v1", kind=MERCHANT),
    Feed(type="catalog.offer-published.v1", kind=OFFER),
    Feed(type="catalog.warehouse-published.v1", kind=WAREHOUSE),
    Feed(type="catalog.freight-published.v1", kind=FREIGHT, key=_tariff),
    Feed(type="customer.account-changed.v1", kind=ACCOUNT),
)
