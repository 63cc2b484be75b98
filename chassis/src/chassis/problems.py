"""Errors over HTTP: application/problem+json (RFC 9457) that names the field and what it may hold."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from chassis.message import innermost
from chassis.nul import NUL, REFUSED
from chassis.store.errors import BadData, StoreError

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
_RESERVED = frozenset({"type", "title", "status", "detail", "reason"})


def problem(status: int, reason: str, detail: str, /, **more: Any) -> Response:
    """Make a problem: ``reason`` is for programs, ``detail`` for people; more members follow."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "reason": reason,
        **{name: value for name, value in more.items() if name not in _RESERVED},
    }
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE)


def wrong_form(wrong: Sequence[tuple[str, str]], /) -> Response:
    """Make the problem of a request whose fields are wrong: each by name, with what is wrong with it."""
    fields = [{"field": field, "error": error} for field, error in wrong]
    return problem(422, "wrong_form", "The request has the wrong form.", fields=fields)


def storable(request: Request) -> None:
    """Refuse a path or a query that no statement could look for."""
    given = [(("path", name), value) for name, value in request.path_params.items()]
    given += [(("query", name), value) for name, value in request.query_params.multi_items()]
    if wrong := [{"loc": place, "msg": REFUSED, "type": "nul"} for place, value in given if NUL in str(value)]:
        raise RequestValidationError(wrong)


async def on_store_error(_request: Request, error: Exception) -> Response:
    """Answer what the database refuses or cannot do now."""
    if not isinstance(error, StoreError):
        raise error
    if isinstance(error, BadData):
        return wrong_form([("request", "a value is out of range or cannot be stored")])
    log.warning("http.no_database", error=repr(error))
    return problem(503, "unavailable", "The database does not answer now. Ask again.")


async def on_http_error(_request: Request, error: Exception) -> Response:
    """Answer an HTTPException as a problem."""
    if not isinstance(error, HTTPException):
        raise error
    response = problem(
        error.status_code, HTTPStatus(error.status_code).phrase.lower().replace(" ", "_"), str(error.detail)
    )
    response.headers.update(error.headers or {})
    return response


async def on_disconnect(_request: Request, _error: Exception) -> Response:
    """Answer who has gone in the middle of a body: nobody hears it, and nothing is wrong with us."""
    return problem(400, "gone", "The body did not come whole.")


async def on_bad_form(_request: Request, error: Exception) -> Response:
    """Answer a request of the wrong form: each field, what is wrong with it, and the allowed values if they are few."""
    if not isinstance(error, RequestValidationError):
        raise error
    fields = [
        {
            "field": ".".join(str(part) for part in each["loc"] if part != "body") or "body",
            "error": each["msg"],
            **({"allowed": each["ctx"]["expected"]} if "expected" in each.get("ctx", {}) else {}),
        }
        for each in innermost(error.errors())
    ]
    return problem(422, "wrong_form", "The request has the wrong form.", fields=fields)
