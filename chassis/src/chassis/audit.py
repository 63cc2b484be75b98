"""A service's own account of its books: which invariants hold in its database, and what it knows of each order.

Checks are named statements that return one row ``(checked bigint, violations text[])``: those of a service lie in its
``queries.sql``, those of the tables that every service has in ``audit.sql``. The auditor (``python -m order audit``)
asks every service, and compares what they say of the same order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query

from chassis.http import HttpPorts, Queries
from chassis.statements import read_statements

MOST_ORDERS = 5_000
PATIENCE = timedelta(minutes=1)
"""What is younger than this is still under way, and no violation."""


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant as one statement of the service's ``queries.sql``; ``says`` is the fact that must hold.

    A ``dated`` statement takes the time before which nothing may be under way.
    """

    invariant: str
    says: str
    statement: str
    dated: bool = False


OWN = (
    Check("I3", "no timer is overdue", "audit_tasks", dated=True),
    Check("I6", "all that was journalled is published", "audit_published", dated=True),
    Check("I6", "nothing is journalled twice", "audit_journalled_once"),
    Check("I8", "every handled message has a fingerprint", "audit_inbox"),
    Check("I9", "what is set aside is kept", "audit_set_aside"),
)
"""What holds in the chassis's own tables."""


def audit_routes(*, ports: HttpPorts, checks: Sequence[Check], orders: str) -> APIRouter:
    """Make the routes of the auditor.

    ``orders`` names a statement from ``($1 after, $2 limit)`` to rows ``(order_id text, facts jsonb)`` in the order of
    the id.
    """
    router = APIRouter(prefix="/audit")
    own = replace(ports.queries, statements=read_statements(package="chassis", name="audit.sql"))

    @router.get("")
    async def audit(*, at_rest: bool = False) -> list[Mapping[str, Any]]:
        now = ports.clock.now()
        before = now if at_rest else now - PATIENCE
        return [
            await run_check(queries=queries, check=check, before=before)
            for queries, some in ((ports.queries, checks), (own, OWN))
            for check in some
        ]

    @router.get("/orders")
    async def facts(
        after: str = "", limit: Annotated[int, Query(ge=1, le=MOST_ORDERS)] = 1_000
    ) -> list[Mapping[str, Any]]:
        rows = await ports.queries.fetch(orders, after, limit)
        return [{"order_id": row["order_id"], "facts": orjson.loads(row["facts"])} for row in rows]

    return router


async def run_check(*, queries: Queries, check: Check, before: datetime) -> Mapping[str, Any]:
    """Return what a check says, how many things it looked at, and the first violations in words."""
    row = await queries.fetch_one(check.statement, *((before,) if check.dated else ()))
    found = row or {"checked": 0, "violations": ["the statement returned nothing"]}
    return {"invariant": check.invariant, "says": check.says, **found}
