"""Which contract each domain event and each command to a participant becomes: the only place that names versions."""

from __future__ import annotations

from chassis.publisher import Publisher
from contracts import auditing, billing, fulfillment, inventory, order, payment, tenders
from order.domain import events, requests

PUBLISH = Publisher(
    {
        events.OrderPlaced: order.OrderPlacedV1,
        events.OrderRejected: order.OrderRejectedV1,
        events.OrderConfirmed: order.OrderConfirmedV1,
        events.LinesCancelled: order.LinesCancelledV1,
        events.CancellationRefused: order.CancellationRefusedV1,
        events.OrderCancelled: order.OrderCancelledV1,
        events.OrderClosed: order.OrderClosedV1,
        events.OrderCompleted: order.OrderCompletedV1,
        events.OrderExpired: order.OrderExpiredV1,
        events.ExceptionOpened: auditing.ExceptionOpenedV1,
        events.ExceptionClosed: auditing.ExceptionClosedV1,
        requests.LockTenders: tenders.LockTendersV1,
        requests.ReleaseTenders: tenders.ReleaseTendersV1,
        requests.RequestPayment: payment.RequestPaymentV1,
        requests.CancelPayment: payment.CancelPaymentV1,
        requests.RefundPayment: payment.RefundPaymentV1,
        requests.SettleOrder: payment.SettleOrderV1,
        requests.ReserveStock: inventory.ReserveStockV1,
        requests.ReleaseStock: inventory.ReleaseStockV1,
        requests.CommitStock: inventory.CommitStockV1,
        requests.ExtendHold: inventory.ExtendHoldV1,
        requests.Restock: inventory.RestockV1,
        requests.CreateShipments: fulfillment.CreateShipmentsV1,
        requests.InterceptShipments: fulfillment.InterceptShipmentsV1,
        requests.IssueInvoice: billing.IssueInvoiceV1,
        requests.IssueCreditNote: billing.IssueCreditNoteV1,
    }
)
