"""What the five services are made of, taken from their own modules."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import billing.consumers
import billing.publishers
import billing.repository
import fulfillment.consumers
import fulfillment.publishers
import fulfillment.repository
import inventory.consumers
import inventory.publishers
import inventory.repository
import order.consumers
import order.publishers
import order.repository
import payment.consumers
import payment.publishers
import payment.repository
from chassis.feeds import Feed
from chassis.publisher import Publisher
from chassis.routes import Routes
from chassis.tables import Tables
from contracts.registry import REGISTRY
from simulation.plan import Plan


def _as_they_are(routes: Routes) -> Routes:
    return routes


def plans(*, orders: Routes, shipments: Routes, watched: Callable[[Routes], Routes] = _as_they_are) -> tuple[Plan, ...]:
    """Return the plans of all services, without gateways; the clocks of orders and waves are in the routes given."""
    made: tuple[tuple[str, Routes, Publisher, Tables, Sequence[Feed]], ...] = (
        ("order", orders, order.publishers.PUBLISH, order.repository.TABLES, order.consumers.FEEDS),
        (
            "inventory",
            inventory.consumers.ROUTES,
            inventory.publishers.PUBLISH,
            inventory.repository.TABLES,
            inventory.consumers.FEEDS,
        ),
        ("payment", payment.consumers.ROUTES, payment.publishers.PUBLISH, payment.repository.TABLES, ()),
        ("fulfillment", shipments, fulfillment.publishers.PUBLISH, fulfillment.repository.TABLES, ()),
        ("billing", billing.consumers.ROUTES, billing.publishers.PUBLISH, billing.repository.TABLES, ()),
    )
    return tuple(
        Plan(name, watched(routes), publisher, REGISTRY, tables=tables, feeds=feeds)
        for name, routes, publisher, tables, feeds in made
    )
