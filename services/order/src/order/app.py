"""Puts the order service together."""

from __future__ import annotations

from chassis.operator import Operator
from chassis.service import Service
from contracts.order import OperateSagaV1
from contracts.registry import REGISTRY
from contracts.topics import TOPICS
from order import http
from order.audit.gateway import LONGEST_AUDIT, Auditor
from order.consumers import FEEDS, routes
from order.domain.profiles import PROFILES, with_clocks
from order.handlers.auditing import AUDIT
from order.publishers import PUBLISH
from order.repository import TABLES
from order.settings import OrderSettings


def build(*, settings: OrderSettings) -> Service:
    """Return the service; nothing is opened before it is served."""
    return Service(
        name="order",
        settings=settings,
        registry=REGISTRY,
        topics=TOPICS,
        routes=routes(
            profiles=with_clocks(profiles=PROFILES, seconds=settings.clocks), audit_every=settings.audit_every
        ),
        tables=TABLES,
        publisher=PUBLISH,
        package="order",
        feeds=FEEDS,
        gateways={AUDIT: Auditor(peers=settings.peers)},
        call_seconds={AUDIT: LONGEST_AUDIT},
        http=http.routes,
        operator=Operator(verb=_verb, ls="list_sagas", show="show_sagas"),
    )


def _verb(*, order_id: str, saga: str, verb: str, operator: str, reason: str, step: str | None = None) -> OperateSagaV1:
    said = {"order_id": order_id, "saga": saga, "verb": verb, "operator": operator, "reason": reason, "step": step}
    return OperateSagaV1.model_validate(said)
