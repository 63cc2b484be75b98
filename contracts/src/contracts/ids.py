"""Ids that every publisher can compute: the same order is the same id on both ways in."""

from __future__ import annotations

from uuid import UUID, uuid5

ORDER_NAMESPACE = UUID("6f1d1c0e-5a53-5f0b-9a3e-0d6f1b0c7a11")


def order_id(*, customer_id: str, idempotency_key: str) -> str:
    """Return the id of the order that this customer places under this key; the lengths keep two pairs from meeting."""
    return str(uuid5(ORDER_NAMESPACE, f"{len(customer_id)}:{customer_id}:{idempotency_key}"))
