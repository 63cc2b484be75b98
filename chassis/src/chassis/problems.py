"""Errors over HTTP: application/problem+json (RFC 9457) that names the field and what it may hold."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from chassis.message import innermost

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


async def on_http_error(_request: Request, error: Exception) -> Response:
    """Answer an HTTPException as a problem."""
    if not isinstance(error, HTTPException):
        raise error
    response = problem(
        error.status_code, HTTPStatus(error.status_code).phrase.lower().replace(" ", "_"), str(error.detail)
    )
    response.headers.update(error.headers or {})
    return response


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
