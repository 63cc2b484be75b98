"""A service's own account of its books: which invariants hold in its database, and what it knows of each order.

Checks are named statements that return one row ``(checked bigint, violations text[])``: those of a service lie in its
``queries.sql``, those of the tables that every service has in ``audit.sql``. The auditor (``python -m order audit``)
asks every service, compares what they say of the same order, and follows what one has journalled to the inboxes of
those who take it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, Field

from chassis.http import HttpPorts, Queries
from chassis.message import fingerprint_of
from chassis.statements import read_statements
from chassis.store.translation import translating

MOST_ORDERS = 5_000
MOST_IDS = 5_000
PATIENCE = timedelta(minutes=1)
"""What is younger than this is still under way, and no violation."""

CHECK_SECONDS = 300.0
"""How long one check may read: it looks at whole tables, which the time-outs of a role that serves are not made for."""

START = f"{date.min.isoformat()}/0"
Limit = Annotated[int, Query(ge=1, le=MOST_ORDERS)]


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


class Ids(BaseModel):
    """Messages that somebody journalled."""

    ids: Annotated[list[str], Field(max_length=MOST_IDS)]


def audit_routes(*, ports: HttpPorts, checks: Sequence[Check], orders: str) -> APIRouter:
    """Make the routes of the auditor.

    ``orders`` names a statement from ``($1 after, $2 limit)`` to rows ``(order_id text, facts jsonb)`` in the order of
    the id.
    """
    router = APIRouter(prefix="/audit")
    own = replace(ports.queries, statements=read_statements(package="chassis", name="audit.sql"))

    @router.get("")
    async def audit(*, at_rest: bool = False) -> list[Mapping[str, Any]]:
        before = _before(ports.clock.now(), at_rest=at_rest)
        return [
            await run_check(queries=queries, check=check, before=before)
            for queries, some in ((ports.queries, checks), (own, OWN))
            for check in some
        ]

    @router.get("/orders")
    async def facts(after: str = "", limit: Limit = 1_000) -> list[Mapping[str, Any]]:
        rows = await ports.queries.fetch(orders, after, limit)
        return [{"order_id": row["order_id"], "facts": orjson.loads(row["facts"])} for row in rows]

    _messages(router, ports, own)
    return router


def _messages(router: APIRouter, ports: HttpPorts, own: Queries) -> None:
    @router.get("/journal")
    async def journal(*, after: str = START, at_rest: bool = False, limit: Limit = 1_000) -> list[Mapping[str, Any]]:
        """List what was journalled, in the order of the journal; ``after`` is the ``place`` of a row."""
        day, seq = _place(after)
        now = ports.clock.now()
        rows = await own.fetch("list_journal", day, seq, _before(now, at_rest=at_rest), limit)
        return [_journalled(row, now) for row in rows]

    # A query: it is a POST because its ids do not fit into an address.
    @router.post("/inbox")
    async def known(wanted: Ids) -> Mapping[str, str | None]:
        """Return under which fingerprint each of these messages was handled; none of one that is parked."""
        rows = await own.fetch("find_known", wanted.ids)
        return {row["message_id"]: row["fingerprint"] for row in rows}


def _before(now: datetime, *, at_rest: bool) -> datetime:
    return now if at_rest else now - PATIENCE


def _place(after: str) -> tuple[date, int]:
    day, _, seq = after.partition("/")
    try:
        return date.fromisoformat(day), int(seq)
    except ValueError:
        raise HTTPException(422, "after: take it from `place` of the last row") from None


def _journalled(row: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    return {
        "place": f"{row['day'].isoformat()}/{row['seq']}",
        "shard": row["shard"],
        "message_id": row["message_id"],
        "type": row["type"],
        "topic": row["topic"],
        "key": row["key"],
        "fingerprint": fingerprint_of(type_=row["type"], value=row["payload"].encode()),
        "age_seconds": (now - row["written_at"]).total_seconds(),
    }


async def run_check(*, queries: Queries, check: Check, before: datetime) -> Mapping[str, Any]:
    """Return what a check says, how many things it looked at, and the first violations in words."""
    patience = read_statements(package="chassis", name="audit.sql")["be_patient"]
    with translating():
        async with queries.pool.acquire() as connection, connection.transaction(readonly=True):
            await connection.fetchrow(patience, f"{CHECK_SECONDS:.0f}s")
            row = await connection.fetchrow(
                queries.statements[check.statement], *((before,) if check.dated else ()), timeout=CHECK_SECONDS
            )
    found = {"checked": 0, "violations": ["the statement returned nothing"]} if row is None else dict(row)
    return {"invariant": check.invariant, "says": check.says, **found}
