"""The fast gate against repeated notices. Facts decide: losing what is kept here changes no outcome."""

from __future__ import annotations

from typing import Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from payment.signatures import WINDOW_SECONDS

log = structlog.get_logger()

KEPT_SECONDS = 2 * WINDOW_SECONDS
"""A repeat beyond the window of the signature is refused by the signature."""


class Replays(Protocol):
    """Remembers notices that were handled."""

    async def handled(self, *, notice_id: str) -> bool:
        """Return whether this notice was handled before; a gate that does not answer says no."""
        ...

    async def remember(self, *, notice_id: str) -> None:
        """Remember a notice that was handled."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class NoReplays:
    """No gate: every notice goes on, and the facts decide."""

    async def handled(self, *, notice_id: str) -> bool:  # noqa: ARG002 - the signature of the protocol
        """Say no."""
        return False

    async def remember(self, *, notice_id: str) -> None:
        """Forget it."""

    async def aclose(self) -> None:
        """Close nothing."""


class RedisReplays:
    """Notices by id, in Redis for as long as a signature is good."""

    def __init__(self, *, url: str) -> None:
        # No retry: a gate that is slow is no gate, and a repeated SET NX would answer for the first try.
        self._redis: Redis = Redis.from_url(url, retry=None, socket_timeout=0.5, socket_connect_timeout=0.5)

    async def handled(self, *, notice_id: str) -> bool:
        """Return whether this notice was handled before; one that is being handled goes on."""
        key = _key(notice_id)
        try:
            if await self._redis.set(key, b"begun", nx=True, ex=KEPT_SECONDS):
                return False
            return bool(await self._redis.get(key) == b"handled")
        except RedisError as error:
            log.warning("replays.no_gate", error=repr(error))
            return False

    async def remember(self, *, notice_id: str) -> None:
        """Mark the notice as handled; before that, a repeat must not be swallowed."""
        try:
            await self._redis.set(_key(notice_id), b"handled", ex=KEPT_SECONDS)
        except RedisError as error:
            log.warning("replays.not_remembered", error=repr(error))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()


def _key(notice_id: str) -> str:
    return f"payment:notice:{notice_id}"
