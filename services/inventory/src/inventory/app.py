"""Puts the inventory service together."""

from chassis.service import Service
from contracts.registry import REGISTRY
from contracts.topics import TOPICS
from inventory import http
from inventory.consumers import FEEDS, ROUTES
from inventory.gateway import CHECK_SECONDS, CounterBooks
from inventory.handlers.counters import CHECK
from inventory.publishers import PUBLISH
from inventory.repository import TABLES
from inventory.settings import InventorySettings


def build(*, settings: InventorySettings) -> Service:
    """Return the service; nothing is opened before it is served."""
    return Service(
        name="inventory",
        settings=settings,
        registry=REGISTRY,
        topics=TOPICS,
        routes=ROUTES,
        tables=TABLES,
        publisher=PUBLISH,
        package="inventory",
        feeds=FEEDS,
        gateways={CHECK: CounterBooks(url=settings.database_url.get_secret_value())},
        call_seconds={CHECK: CHECK_SECONDS},
        http=http.routes,
    )
