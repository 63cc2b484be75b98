"""All routes of payment."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.audit import audit_routes
from chassis.http import HttpPorts, Routing
from payment.audit import CHECKS, ORDERS
from payment.http.notices import add_notices
from payment.http.queries import add_queries
from payment.http.statements import add_statements
from payment.replays import Replays
from payment.signatures import Signer


def routing(*, signer: Signer, replays: Replays) -> Routing:
    """Return what makes the routes, with what notices are checked by."""

    def routes(ports: HttpPorts) -> APIRouter:
        router = APIRouter()
        add_queries(router, ports)
        add_statements(router, ports)
        add_notices(router, ports, signer=signer, replays=replays)
        router.include_router(audit_routes(ports=ports, checks=CHECKS, orders=ORDERS))
        return router

    return routes
