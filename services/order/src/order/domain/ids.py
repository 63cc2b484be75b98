"""Ids that follow from others, so that the same thing has the same id however often it is said."""

from __future__ import annotations

import hashlib
from uuid import UUID, uuid5

# The same in contracts.ids, where publishers find it; a test compares the two.
ORDER_NAMESPACE = UUID("6f1d1c0e-5a53-5f0b-9a3e-0d6f1b0c7a11")


def order_id(*, customer_id: str, idempotency_key: str) -> str:
    """Return the id of the order that this customer places under this key."""
    return str(uuid5(ORDER_NAMESPACE, f"{len(customer_id)}:{customer_id}:{idempotency_key}"))


def sub_order_id(*, order_id: str, number: int) -> str:
    """Return the id of the n-th sub-order, from 1."""
    return f"{order_id}-s{number}"


def refund_id(*, order_id: str, number: int) -> str:
    """Return the id of the n-th refund, from 1."""
    return f"{order_id}-r{number}"


def settlement_id(*, order_id: str, number: int) -> str:
    """Return the id of the settlement of the n-th sub-order."""
    return f"{order_id}-t{number}"


def credit_id(*, sub_order_id: str) -> str:
    """Return the id of the credit note of a sub-order: it is closed once."""
    return f"{sub_order_id}-c1"


def fingerprint(*, command: object) -> str:
    """Return what tells two commands under one id apart."""
    return hashlib.sha256(repr(command).encode()).hexdigest()
