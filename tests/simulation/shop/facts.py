"""What each service knows of each order, in the words of the auditor, read from the memory stores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from billing.domain.kinds import DOCUMENT
from chassis.decision import Kind
from chassis.store.memory import MemoryStore
from fulfillment.domain.kinds import ASSIGNMENT, SHIPMENT
from fulfillment.domain.states import BEFORE_DISPATCH, ON_THE_WAY, ShipmentState
from inventory.domain.kinds import RESERVATION
from inventory.domain.reservation import ReservationState
from order.audit.across import Known
from order.domain.order import ORDER
from payment.domain.kinds import PAYMENT

ENDED = frozenset({"rejected", "cancelled", "closed", "completed", "expired"})
LIVE = frozenset({ReservationState.HELD, ReservationState.COMMITTED})
Facts = dict[str, dict[str, Any]]


def all_of(*, store: MemoryStore, kind: Kind[Any]) -> dict[str, Any]:
    """Return the aggregates of a kind by key, in the order of their keys."""
    found = {key: stored.aggregate for (each, key), stored in store.aggregates.items() if each is kind}
    return dict(sorted(found.items()))


def known(*, stores: Mapping[str, MemoryStore]) -> list[Known]:
    """Return what the services know of each order."""
    facts: dict[str, Facts] = {
        "order": _orders(stores["order"]),
        "inventory": _reservations(stores["inventory"]),
        "payment": _payments(stores["payment"]),
        "fulfillment": _shipments(stores["fulfillment"]),
        "billing": _documents(stores["billing"]),
    }
    ids = sorted({order_id for each in facts.values() for order_id in each})
    return [
        Known(order_id=order_id, **{service: each.get(order_id, {}) for service, each in facts.items()})
        for order_id in ids
    ]


def _orders(store: MemoryStore) -> Facts:
    return {
        order_id: {
            "state": order.state.value,
            "terminal": order.state.value in ENDED and not any(saga.running for saga in order.sagas.values()),
            "accepted": order.accepted,
            "running": any(saga.running for saga in order.sagas.values()),
        }
        for order_id, order in all_of(store=store, kind=ORDER).items()
    }


def _reservations(store: MemoryStore) -> Facts:
    return {
        order_id: {
            "reserved": sum(each.left for each in held.allocations if each.taken) if held.state in LIVE else 0,
        }
        for order_id, held in all_of(store=store, kind=RESERVATION).items()
    }


def _payments(store: MemoryStore) -> Facts:
    return {
        order_id: {
            "captured": payment.captured,
            "refunded": payment.refunded,
            "in_flight": payment.in_flight,
            "due": payment.due,
            "tenders_held": sum(hold.amount - hold.returned for hold in payment.holds),
        }
        for order_id, payment in all_of(store=store, kind=PAYMENT).items()
    }


def _shipments(store: MemoryStore) -> Facts:
    facts: Facts = {order_id: {"open": 0, "gone": 0, "astray": 0} for order_id in all_of(store=store, kind=ASSIGNMENT)}
    gone = {*ON_THE_WAY, ShipmentState.DELIVERED}
    astray = {ShipmentState.REFUSED, ShipmentState.LOST}
    for shipment in all_of(store=store, kind=SHIPMENT).values():
        counts = facts.setdefault(shipment.order_id, {"open": 0, "gone": 0, "astray": 0})
        counts["open"] += shipment.state in BEFORE_DISPATCH
        counts["gone"] += shipment.state in gone
        counts["astray"] += shipment.state in astray
    return facts


def _documents(store: MemoryStore) -> Facts:
    facts: Facts = defaultdict(lambda: {"invoiced": 0, "credited": 0})
    documents: Iterable[Any] = store.rows.get(DOCUMENT.name, {}).values()
    for document in documents:
        facts[document.order_id]["invoiced" if document.kind == "invoice" else "credited"] += document.total
    return dict(facts)
