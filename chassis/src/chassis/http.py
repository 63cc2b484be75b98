"""The HTTP side of a service: health, status, its own routes; a token on everything but health."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import asyncpg
import uvicorn
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from opentelemetry.trace import SpanKind
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.bounds import BoundBodies, Impatient
from chassis.commands import Commands
from chassis.problems import on_bad_form, on_disconnect, on_http_error, on_store_error, storable
from chassis.sources import Clock
from chassis.statements import Statements
from chassis.store.errors import StoreError
from chassis.store.translation import translating
from chassis.telemetry import Telemetry

TRACEPARENT = "chassis.traceparent"
SCHEME = HTTPBearer(auto_error=False)

SIGNED: dict[str, Any] = {"security": []}
"""``openapi_extra`` of a route whose caller proves itself by a signature that the route checks: it needs no token."""


@dataclass(frozen=True, slots=True)
class Queries:
    """Reads of HTTP: named statements of ``queries.sql``."""

    pool: asyncpg.Pool
    statements: Statements

    async def fetch(self, name: str, *values: Any) -> list[Mapping[str, Any]]:
        """Return all rows."""
        with translating():
            return [dict(row) for row in await self.pool.fetch(self.statements[name], *values)]

    async def fetch_one(self, name: str, *values: Any) -> Mapping[str, Any] | None:
        """Return the first row, or None."""
        with translating():
            row = await self.pool.fetchrow(self.statements[name], *values)
        return None if row is None else dict(row)


@dataclass(frozen=True, slots=True)
class HttpPorts:
    """What the routes of a service may use."""

    queries: Queries
    commands: Commands
    clock: Clock


Routing = Callable[[HttpPorts], APIRouter]
Check = Callable[[], Awaitable[Mapping[str, bool]]]
Status = Callable[[], Mapping[str, Any]]


def bearer(*, token: str) -> Callable[..., None]:
    """Make the check of the service's token."""

    def check(request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(SCHEME)]) -> None:
        if getattr(request.scope.get("route"), "openapi_extra", None) is SIGNED:
            return
        given = credentials.credentials if credentials else ""
        if not secrets.compare_digest(given.encode(), token.encode()):
            raise HTTPException(401, "A valid bearer token is required.", {"WWW-Authenticate": "Bearer"})

    return check


def build_http(
    *, service: str, token: str, telemetry: Telemetry, ready: Check, status: Status, router: APIRouter | None
) -> FastAPI:
    """Put the application together."""
    app = FastAPI(title=service, docs_url=None, redoc_url=None)
    app.add_exception_handler(StarletteHTTPException, on_http_error)
    app.add_exception_handler(RequestValidationError, on_bad_form)
    app.add_exception_handler(StoreError, on_store_error)
    app.add_exception_handler(ClientDisconnect, on_disconnect)
    app.include_router(_health(ready))
    guarded = APIRouter(dependencies=[Depends(bearer(token=token)), Depends(storable)])

    @guarded.get("/status")
    async def show_status() -> JSONResponse:
        return JSONResponse(dict(status()))

    if router is not None:
        guarded.include_router(router)
    app.include_router(guarded)
    app.add_middleware(BoundBodies)
    app.add_middleware(TraceRequests, telemetry=telemetry)
    return app


def _health(ready: Check) -> APIRouter:
    router = APIRouter(prefix="/health", include_in_schema=False)

    @router.get("/live")
    async def live() -> Mapping[str, bool]:
        return {"alive": True}

    @router.get("/ready")
    async def show_ready() -> Response:
        checks = dict(await ready())
        return JSONResponse(checks, status_code=200 if all(checks.values()) else 503)

    return router


class TraceRequests:
    """Puts a span around each request, child of the caller's, and keeps its context for commands."""

    def __init__(self, app: ASGIApp, *, telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"].startswith("/health"):
            await self._app(scope, receive, send)
            return
        given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
        attributes = {"http.request.method": scope["method"]}
        with self._telemetry.span(
            name=f"HTTP {scope['method']}", kind=SpanKind.SERVER, traceparent=given, attributes=attributes
        ) as traceparent:
            scope.setdefault("state", {})[TRACEPARENT] = traceparent
            await self._app(scope, receive, send)


def traceparent_of_request(request: Request) -> str | None:
    """Return the context of the request's span."""
    found: str | None = request.scope.get("state", {}).get(TRACEPARENT)
    return found


class Server(uvicorn.Server):
    """A uvicorn server that leaves signals to the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def build_server(*, app: FastAPI, host: str, port: int) -> Server:
    """Make the server of an application; it logs nothing by itself."""
    return Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=Impatient,
            ws="none",
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=5,
        )
    )
