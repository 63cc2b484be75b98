"""The HTTP side of the regular audit: its exceptions are looked at and closed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from chassis.http import HttpPorts
from contracts.auditing import CloseExceptionV1
from order.domain.exceptions import AuditException, LastAudit

EXCEPTION_DOCUMENT = TypeAdapter(AuditException)
LAST_AUDIT_DOCUMENT = TypeAdapter(LastAudit)
Limit = Annotated[int, Query(ge=1, le=1_000)]


class CloseBody(BaseModel):
    """Who closes an exception, and why."""

    model_config = ConfigDict(extra="forbid")

    operator: Annotated[str, Field(min_length=1, max_length=80)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionView(AuditException):
    """An exception with its age."""

    age_seconds: int


def exception_routes(*, ports: HttpPorts) -> APIRouter:
    """Return the routes of the exceptions."""
    router = APIRouter()

    @router.get("/exceptions")
    async def list_exceptions(
        *, after: str = "", include_closed: bool = False, limit: Limit = 100
    ) -> list[ExceptionView]:
        """List what the regular audit found, by number, open exceptions or all."""
        rows = await ports.queries.fetch("list_exceptions", after, include_closed, limit)
        now = ports.clock.now()
        return [_view(EXCEPTION_DOCUMENT.validate_json(row["document"]), now) for row in rows]

    @router.post("/exceptions/{exception_id}/close")
    async def close(exception_id: str, body: CloseBody, request: Request) -> Response:
        """Close an exception by hand."""
        command = CloseExceptionV1(exception_id=exception_id, operator=body.operator, reason=body.reason)
        return await ports.commands.submit(request=request, customer=body.operator, command=command)

    @router.get("/exceptions/last-audit")
    async def show_last_audit() -> LastAudit:
        """Show what the last regular audit did."""
        row = await ports.queries.fetch_one("show_last_audit")
        if row is None:
            raise HTTPException(404, "There was no regular audit yet.")
        return LAST_AUDIT_DOCUMENT.validate_json(row["document"])

    return router


def _view(found: AuditException, now: datetime) -> ExceptionView:
    """Return an exception as it is shown: its age ends when it is closed."""
    age = (found.closed_at or now) - found.opened_at
    return ExceptionView(
        **{each.name: getattr(found, each.name) for each in fields(found)}, age_seconds=int(age.total_seconds())
    )
