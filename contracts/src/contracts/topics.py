"""Every topic with its owner and settings; the partition count is part of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PARTITIONS = 12
"""Partitions of every topic that carries orders: a shard is one partition number over all of them."""

FEED_PARTITIONS = 4
SERVICES = ("order", "inventory", "payment", "fulfillment", "billing")
DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: its name, who owns it, how many partitions, how long records stay.

    Whether the last one per key is kept.
    """

    name: str
    owner: str
    partitions: int
    cleanup: Literal["delete", "compact"]
    retention_ms: int


def _service(name: str) -> tuple[Topic, ...]:
    return (
        Topic(f"{name}.commands", name, PARTITIONS, "delete", 7 * DAY_MS),
        Topic(f"{name}.events", name, PARTITIONS, "delete", 7 * DAY_MS),
        Topic(f"{name}.dead-letters", name, PARTITIONS, "delete", 30 * DAY_MS),
    )


def _feed(name: str) -> Topic:
    return Topic(name, name.split(".", 1)[0], FEED_PARTITIONS, "compact", -1)


FEED_TOPICS = tuple(
    _feed(name)
    for name in (
        "catalog.products",
        "catalog.merchants",
        "catalog.offers",
        "catalog.warehouses",
        "catalog.freight",
        "customer.accounts",
    )
)
TOPICS = (*(topic for service in SERVICES for topic in _service(service)), *FEED_TOPICS)

MAX_MESSAGE_BYTES = 900_000
"""The largest record that may be journalled, headers and value; under the broker's own limit of 1 MiB."""
