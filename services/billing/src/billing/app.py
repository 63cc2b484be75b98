"""Puts the billing service together."""

from billing import http
from billing.consumers import ROUTES
from billing.publishers import PUBLISH
from billing.repository import TABLES
from billing.settings import BillingSettings
from chassis.service import Service
from contracts.registry import REGISTRY
from contracts.topics import TOPICS


def build(*, settings: BillingSettings) -> Service:
    """Return the service; nothing is opened before it is served."""
    return Service(
        name="billing",
        settings=settings,
        registry=REGISTRY,
        topics=TOPICS,
        routes=ROUTES,
        tables=TABLES,
        publisher=PUBLISH,
        package="billing",
        http=http.routes,
    )
