"""A service's own account of its books: which invariants hold in its database, and what it knows of each order.

Checks are named statements that return one row ``(checked bigint, violations text[])``. The auditor (``python -m order
audit``) asks every service, and compares what they say of the same order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query

from chassis.http import HttpPorts

MOST_ORDERS = 5_000


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant as one statement of the service's ``queries.sql``; ``says`` is the fact that must hold."""

    invariant: str
    says: str
    statement: str


def audit_routes(*, ports: HttpPorts, checks: Sequence[Check], orders: str) -> APIRouter:
    """Make the routes of the auditor.

    ``orders`` names a statement from ``($1 after, $2 limit)`` to rows ``(order_id text, facts jsonb)`` in the order of
    the id.
    """
    router = APIRouter(prefix="/audit")

    @router.get("")
    async def audit() -> list[Mapping[str, Any]]:
        return [await _result(ports, check) for check in checks]

    @router.get("/orders")
    async def facts(
        after: str = "", limit: Annotated[int, Query(ge=1, le=MOST_ORDERS)] = 1_000
    ) -> list[Mapping[str, Any]]:
        return await ports.queries.fetch(orders, after, limit)

    return router


async def _result(ports: HttpPorts, check: Check) -> Mapping[str, Any]:
    row = await ports.queries.fetch_one(check.statement)
    found = row or {"checked": 0, "violations": ["the statement returned nothing"]}
    return {"invariant": check.invariant, "says": check.says, **found}
