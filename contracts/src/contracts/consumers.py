"""Who takes what: the subscriptions of the five services, so that no message is published to nobody unnoticed."""

from __future__ import annotations

from contracts.registry import REGISTRY, MessageType

SUBSCRIBED_EVENTS: dict[str, tuple[str, ...]] = {
    "order": (
        "inventory.stock-reserved.v1",
        "inventory.stock-refused.v1",
        "inventory.stock-released.v1",
        "inventory.stock-committed.v1",
        "inventory.commit-refused.v1",
        "inventory.hold-extended.v1",
        "inventory.hold-expired.v1",
        "inventory.stock-restocked.v1",
        "payment.tenders-locked.v1",
        "payment.tenders-refused.v1",
        "payment.tenders-released.v1",
        "payment.payment-requested.v1",
        "payment.payment-declined.v1",
        "payment.payment-captured.v1",
        "payment.payment-reconciled.v1",
        "payment.payment-mismatched.v1",
        "payment.payment-cancelled.v1",
        "payment.cancel-refused.v1",
        "payment.payment-refunded.v1",
        "payment.refund-refused.v1",
        "payment.excess-refunded.v1",
        "payment.order-settled.v1",
        "fulfillment.shipments-created.v1",
        "fulfillment.shipment-picked-short.v1",
        "fulfillment.shipment-packed.v1",
        "fulfillment.shipment-dispatched.v1",
        "fulfillment.shipment-delivered.v1",
        "fulfillment.shipment-refused.v1",
        "fulfillment.shipment-lost.v1",
        "fulfillment.return-graded.v1",
        "fulfillment.shipments-intercepted.v1",
        "billing.invoice-issued.v1",
        "billing.invoice-refused.v1",
        "billing.credit-note-issued.v1",
        "billing.credit-note-refused.v1",
    ),
    "inventory": ("fulfillment.shipment-dispatched.v1", "fulfillment.shipment-picked-short.v1"),
    "payment": (),
    "fulfillment": (),
    "billing": (),
}

FEEDS: dict[str, tuple[str, ...]] = {
    "order": (
        "catalog.product-published.v1",
        "catalog.merchant-published.v1",
        "catalog.offer-published.v1",
        "catalog.warehouse-published.v1",
        "catalog.freight-published.v1",
        "customer.account-changed.v1",
    ),
    "inventory": ("catalog.product-published.v1", "catalog.warehouse-published.v1"),
    "payment": (),
    "fulfillment": (),
    "billing": (),
}


def received_by(*, service: str) -> tuple[MessageType, ...]:
    """Return what a service takes: its own commands, the events and the feeds it subscribes to."""
    wanted = {*SUBSCRIBED_EVENTS[service], *FEEDS[service]}
    return tuple(each for each in REGISTRY if each.name in wanted or (each.owner == service and each.kind == "command"))


def sent_by(*, service: str) -> tuple[MessageType, ...]:
    """Return what a service publishes.

    Its own events and dead letters, and, for the one that orchestrates, the commands of the others.
    """
    events = tuple(each for each in REGISTRY if each.owner == service and each.kind in {"event", "dead_letter"})
    if service != "order":
        return events
    return (
        *events,
        *(each for each in REGISTRY if each.kind == "command" and each.owner != "order" and each.name in ORCHESTRATED),
    )


ORCHESTRATED = (
    "inventory.reserve-stock.v1",
    "inventory.release-stock.v1",
    "inventory.commit-stock.v1",
    "inventory.extend-hold.v1",
    "inventory.restock.v1",
    "payment.lock-tenders.v1",
    "payment.release-tenders.v1",
    "payment.request-payment.v1",
    "payment.cancel-payment.v1",
    "payment.refund-payment.v1",
    "payment.settle-order.v1",
    "fulfillment.create-shipments.v1",
    "fulfillment.intercept-shipments.v1",
    "billing.issue-invoice.v1",
    "billing.issue-credit-note.v1",
)
