"""What a simulated service is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from chassis.feeds import Feed
from chassis.gateway import Gateway
from chassis.publisher import Publisher
from chassis.republish import republish_route
from chassis.routes import Routes
from chassis.tables import Tables
from contracts.registry import Registry


@dataclass(frozen=True, slots=True)
class Plan:
    """What a service is made of, taken from its own modules."""

    name: str
    routes: Routes
    publisher: Publisher
    registry: Registry
    gateways: dict[str, Gateway] = field(default_factory=dict)
    tables: Tables = field(default_factory=Tables)
    """They say what its database refuses."""
    feeds: Sequence[Feed] = ()
    shards: int | None = None
    """For how many partitions it is made; those that the broker has, when nothing else is said."""


_FULL: dict[int, tuple[Routes, Routes]] = {}


def republishing(*, service: str, routes: Routes) -> Routes:
    """Return the routes with the chassis' own; made once, since adapters take long to build."""
    if id(routes) not in _FULL:
        _FULL[id(routes)] = (routes, Routes(*routes.values(), republish_route(service=service)))
    return _FULL[id(routes)][1]
