"""The connections of one service."""

from __future__ import annotations

import asyncpg

from chassis.store.translation import translating

_SETTINGS = {
    "timezone": "UTC",
    # A statement is planned once on a connection, and by index. Planned anew for its values, a read of one row takes
    # twice as long; planned by the size of fresh tables, it would read them from end to end until they are analysed.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "jit": "off",
}

STATEMENTS = 500
"""Kept prepared on each connection: a write is a statement for each set of tables that it changes (ADR 85)."""

COMMAND_SECONDS = 20.0
"""Above the server's own statement time-out: it only ends a wait for a server that is gone without a word."""


async def open_pool(*, url: str, size: int, application: str) -> asyncpg.Pool:
    """Open a pool; a connection goes back to it as it is, since every transaction is ended by who began it."""
    with translating():
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            command_timeout=COMMAND_SECONDS,
            timeout=10.0,
            reset=_as_it_is,
            statement_cache_size=STATEMENTS,
            server_settings={"application_name": application, **_SETTINGS},
        )
    if pool is None:
        raise TypeError("asyncpg made no pool")
    return pool


async def _as_it_is(_connection: asyncpg.Connection) -> None:
    """Spare the round trip of a reset."""
