"""What a connection may cost: how large a body is that is kept in memory, and how long a caller may take to say it.

uvicorn waits for ever for the rest of a request and takes a body of any size, before anybody has looked at the token.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

LONGEST_BODY = 512 * 1024
"""Less than a message may have: what is written over HTTP becomes a command."""

BODY_SECONDS = 20.0
HEAD_SECONDS = 15.0
CLOSE = {"Connection": "close"}

STREAMED: dict[str, Any] = {"x-streamed": True}
"""``openapi_extra`` of a route that reads its body piece by piece and keeps none of it: it may be of any size."""


class BoundBodies:
    """Refuses a body that is too large, or that does not come, with a problem; the connection ends with it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        bounded = _Body(scope, receive).next if scope["type"] == "http" else receive
        await self._app(scope, bounded, send)


class _Body:
    """The body of one request, as it is read."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope = scope
        self._receive = receive
        self._length = 0
        self._whole = False
        self._deadline = asyncio.get_running_loop().time() + BODY_SECONDS

    async def next(self) -> Message:
        """Return the next piece; afterwards what else the server says."""
        if self._whole:
            return await self._receive()
        streamed = self._is_streamed()
        if not streamed:
            _measure(_declared(self._scope))
        try:
            async with asyncio.timeout(BODY_SECONDS) if streamed else asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, "The body did not come in time.", CLOSE) from None
        self._whole = not message.get("more_body", False)
        self._length += len(message.get("body", b""))
        if not streamed:
            _measure(self._length)
        return message

    def _is_streamed(self) -> bool:
        # The route is known by now: it is what reads.
        return getattr(self._scope.get("route"), "openapi_extra", None) is STREAMED


def _declared(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


def _measure(length: int) -> None:
    if length > LONGEST_BODY:
        raise HTTPException(413, f"The body is longer than {LONGEST_BODY} bytes.", CLOSE)


class Impatient(H11Protocol):
    """An HTTP connection that ends when no whole request head has come for so long, however many bytes have.

    It also answers once: uvicorn refuses what is no HTTP although an answer is under way, and raises when that comes.
    """

    _looking: asyncio.TimerHandle
    _answered: RequestResponseCycle | None = None
    """The last request, when it was answered already at the last look."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Begin to look."""
        super().connection_made(transport)
        self._looking = self.loop.call_later(HEAD_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        self._looking.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP; a request that is under way is as good as gone, and what is half answered is cut."""
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            super().send_400_response(msg)
        else:
            self.transport.close()

    def _look(self) -> None:
        """Close what has waited for a request since the last look; what is at work on one may take its time."""
        last: RequestResponseCycle | None = self.cycle
        is_waiting = last is None or last.response_complete
        if is_waiting and last is self._answered:
            self.transport.close()
            return
        self._answered = last if is_waiting else None
        self._looking = self.loop.call_later(HEAD_SECONDS, self._look)
