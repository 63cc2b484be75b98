"""Puts the payment service together."""

from chassis.service import Service
from chassis.sources import SystemClock
from contracts.registry import REGISTRY
from contracts.topics import TOPICS
from payment.consumers import ROUTES
from payment.gateway import HttpChannel
from payment.http.routing import routing
from payment.publishers import PUBLISH
from payment.replays import NoReplays, RedisReplays, Replays
from payment.repository import TABLES
from payment.settings import PaymentSettings
from payment.signatures import Signer


def build(*, settings: PaymentSettings) -> Service:
    """Return the service; nothing is opened before it is served."""
    signer = Signer(settings.channel_secret.get_secret_value().encode())
    channel = HttpChannel(
        base_url=settings.channel_url,
        notify_url=f"{settings.public_url.rstrip('/')}/notices",
        signer=signer,
        now=lambda: int(SystemClock().now().timestamp()),
    )
    replays: Replays = RedisReplays(url=settings.redis_url) if settings.redis_url else NoReplays()
    return Service(
        name="payment",
        settings=settings,
        registry=REGISTRY,
        topics=TOPICS,
        routes=ROUTES,
        tables=TABLES,
        publisher=PUBLISH,
        package="payment",
        gateways={
            "create": channel.create,
            "query": channel.query,
            "close": channel.close,
            "refund": channel.refund,
        },
        http=routing(signer=signer, replays=replays),
        closing=(channel.aclose, replays.aclose),
    )
