"""One service: what it is made of, and how it is served."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from chassis.feeds import Feed
from chassis.gateway import Gateway
from chassis.http import Routing
from chassis.operator import Operator
from chassis.publisher import Publisher
from chassis.republish import republish_route, republish_type
from chassis.routes import Routes
from chassis.settings import ServiceSettings
from chassis.tables import Tables
from contracts.registry import Registry
from contracts.topics import Topic


@dataclass(frozen=True, kw_only=True)
class Service:
    """What a service is made of. Nothing is opened before it is served."""

    name: str
    settings: ServiceSettings
    registry: Registry
    topics: Sequence[Topic]
    routes: Routes
    tables: Tables
    publisher: Publisher
    package: str
    feeds: Sequence[Feed] = ()
    gateways: Mapping[str, Gateway] = field(default_factory=dict)
    call_seconds: Mapping[str, float] = field(default_factory=dict)
    http: Routing | None = None
    closing: Sequence[Callable[[], Awaitable[None]]] = ()
    operator: Operator | None = None

    @property
    def shard_count(self) -> int:
        """Return the partitions of the service's own commands: the shards."""
        return self.topic(name=f"{self.name}.commands").partitions

    @property
    def all_routes(self) -> Routes:
        """Return the routes of the service and of the chassis."""
        return Routes(*self.routes.values(), republish_route(service=self.name))

    @property
    def all_types(self) -> Registry:
        """Return the message types of the contracts and of the chassis."""
        return self.registry.extended([republish_type(service=self.name)])

    def topic(self, *, name: str) -> Topic:
        """Return a topic of the contracts; KeyError when there is none of this name."""
        for topic in self.topics:
            if topic.name == name:
                return topic
        raise KeyError(name)
