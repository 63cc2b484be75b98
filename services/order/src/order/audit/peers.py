"""Asks each service for its own account, over its HTTP read API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import BaseModel, ConfigDict, SecretStr

SERVICES = ("order", "inventory", "payment", "fulfillment", "billing")
ASK_SECONDS = 60.0
Row = Mapping[str, Any]


class SilentPeer(Exception):
    """A service does not answer, or not as it should; the message says which and how."""


class Peer(BaseModel):
    """Where a service is, and the token that opens it."""

    model_config = ConfigDict(frozen=True)

    url: str
    token: SecretStr


class Peers:
    """The five services."""

    def __init__(
        self, *, peers: Mapping[str, Peer], page: int = 1_000, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        missing = [service for service in SERVICES if service not in peers]
        if missing:
            raise SilentPeer(f"ORDER_AUDIT_PEERS has no {', '.join(missing)}")
        self._page = page
        self._clients = {
            service: httpx.AsyncClient(
                base_url=peers[service].url,
                headers={"Authorization": f"Bearer {peers[service].token.get_secret_value()}"},
                timeout=ASK_SECONDS,
                transport=transport,
            )
            for service in SERVICES
        }

    async def __aenter__(self) -> Self:
        """Connect when the first question is asked."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect."""
        for client in self._clients.values():
            await client.aclose()

    async def checks(self, *, service: str, at_rest: bool) -> list[Row]:
        """Return what a service says of its own books."""
        found: list[Row] = await self._ask(service, "/audit", at_rest=at_rest)
        return found

    async def status(self, *, service: str) -> Row:
        """Return the counters of the process that answers for a service."""
        found: Row = await self._ask(service, "/status")
        return found

    async def pages(self, *, service: str) -> AsyncIterator[list[Row]]:
        """Return what a service knows of each order, page by page in the order of the id, and an empty page last."""
        after = ""
        while page := await self.page(service=service, after=after):
            yield page
            after = page[-1]["order_id"]
        yield []

    async def between(self, *, service: str, after: str, last: str | None) -> AsyncIterator[Row]:
        """Return what a service knows of the orders after one id up to another one, or to the end."""
        while page := await self.page(service=service, after=after):
            for row in page:
                if last is not None and row["order_id"] > last:
                    return
                yield row
            after = page[-1]["order_id"]

    async def page(self, *, service: str, after: str) -> list[Row]:
        """Return what a service knows of the next orders after an id."""
        found: list[Row] = await self._ask(service, "/audit/orders", after=after, limit=self._page)
        return found

    async def _ask(self, service: str, path: str, **query: str | int | bool) -> Any:
        try:
            answer = await self._clients[service].get(path, params=query)
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise SilentPeer(f"{service} does not answer {path}: {error!r}") from error
