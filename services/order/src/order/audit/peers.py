"""Asks each service for its own account, over its HTTP read API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import BaseModel, ConfigDict, SecretStr

SERVICES = ("order", "inventory", "payment", "fulfillment", "billing")
ASK_SECONDS = 600.0
CONNECT_SECONDS = 5.0
Row = Mapping[str, Any]


class SilentPeer(Exception):
    """A service does not answer, or not as it should; the message says which and how."""

    def __init__(self, service: str, words: str) -> None:
        self.service = service
        self.words = words
        super().__init__(f"{service} {words}")


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
        self._page = page
        self._clients = {
            service: httpx.AsyncClient(
                base_url=peer.url,
                headers={"Authorization": f"Bearer {peer.token.get_secret_value()}"},
                timeout=httpx.Timeout(ASK_SECONDS, connect=CONNECT_SECONDS),
                transport=transport,
            )
            for service, peer in peers.items()
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

    async def facts(self, *, service: str, order_id: str) -> Row | None:
        """Return what a service knows of one order."""
        # No id lies between its own beginning and itself but those of the same beginning: at most one page.
        async for row in self.between(service=service, after=order_id[:-1], last=order_id):
            if row["order_id"] == order_id:
                facts: Row = row["facts"]
                return facts
        return None

    async def journal(self, *, service: str, at_rest: bool) -> AsyncIterator[list[Row]]:
        """Return what a service has journalled, page by page in the order of the journal."""
        after: dict[str, str] = {}
        while page := await self._ask(service, "/audit/journal", at_rest=at_rest, limit=self._page, **after):
            yield page
            after = {"after": page[-1]["place"]}

    async def known(self, *, service: str, ids: Sequence[str]) -> Mapping[str, str | None]:
        """Return under which fingerprint a service handled these messages, none where it parked one."""
        found: Mapping[str, str | None] = await self._answer(
            service, "POST", "/audit/inbox", {"json": {"ids": list(ids)}}
        )
        return found

    async def _ask(self, service: str, path: str, **query: str | int | bool) -> Any:
        return await self._answer(service, "GET", path, {"params": query})

    async def _answer(self, service: str, method: str, path: str, what: Mapping[str, Any]) -> Any:
        if service not in self._clients:
            raise SilentPeer(service, "is not in ORDER_AUDIT_PEERS")
        try:
            answer = await self._clients[service].request(method, path, **what)
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise SilentPeer(service, f"does not answer {path}: {error!r}") from error
