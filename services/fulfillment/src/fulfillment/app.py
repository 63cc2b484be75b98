"""Puts the fulfillment service together."""

from functools import partial

from chassis.service import Service
from contracts.registry import REGISTRY
from contracts.topics import TOPICS
from fulfillment import http
from fulfillment.carrier import order_keys
from fulfillment.consumers import routes
from fulfillment.publishers import PUBLISH
from fulfillment.repository import TABLES
from fulfillment.settings import FulfillmentSettings


def build(*, settings: FulfillmentSettings) -> Service:
    """Return the service; nothing is opened before it is served."""
    url, token = settings.order_url, settings.order_token
    keys = order_keys(url=url, token=token.get_secret_value()) if url and token else None
    return Service(
        name="fulfillment",
        settings=settings,
        registry=REGISTRY,
        topics=TOPICS,
        routes=routes(policy=settings.policy()),
        tables=TABLES,
        publisher=PUBLISH,
        package="fulfillment",
        http=partial(http.routes, open_=None if keys is None else keys.open),
        closing=() if keys is None else (keys.close,),
    )
