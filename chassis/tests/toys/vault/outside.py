"""The insurer: it remembers every request in a database of its own, and sometimes forgets to say that it did."""

from __future__ import annotations

import asyncpg

from chassis.gateway import Ask, Reply

FORGETS_EVERY = 15


class Insurer:
    def __init__(self, *, url: str) -> None:
        self._url = url
        self._pool: asyncpg.Pool | None = None

    async def insure(self, ask: Ask) -> Reply:
        if self._pool is None:
            self._pool = await asyncpg.create_pool(self._url, min_size=0, max_size=4)
        tries = await self._pool.fetchval(
            "INSERT INTO policies AS p (id, tries) VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET tries = p.tries + 1 "
            "RETURNING tries",
            ask.id,
        )
        if tries == 1 and ask.data["number"] % FORGETS_EVERY == 0:
            return Reply.unknown("the line went dead")
        return Reply.yes()

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()
