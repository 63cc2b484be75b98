"""What a write expects of its parts (migrations/0002_expectations.sql), and what it means when they find less.

The expressions are results of steps (store/composing.py): they end the whole statement where a part found too little.
"""

from __future__ import annotations

import asyncpg
import orjson

from chassis.store.errors import BadData, Fenced, StaleTask, StoreError, VersionConflict

_FENCED = "OS001"
_MOVED_ON = "OS002"
_NOT_THERE = "OS003"
_STALE = "OS004"

OWNED = f"expect_each($1::integer[]::text[], array_agg(shard::text), '{_FENCED}', 'fenced')"
"""Every shard has the epoch that was given."""

STANDING = f"expect_each($3::text[], array_agg(message_id), '{_STALE}', 'stale')"
"""Every task that must be there is, as the message was made of it."""


def unmoved(kind: str, /) -> str:
    """Return what is expected of saved aggregates: every one was stored upon the version that it follows."""
    return f"expect_count(cardinality($1), count(*), '{_MOVED_ON}', '{kind}')"


def there(words: str, /) -> str:
    """Return what is expected of rows that nobody else can have moved: otherwise the words say what is wrong."""
    return f"expect_count(cardinality($1), count(*), '{_NOT_THERE}', '{words}')"


def disappointed(error: asyncpg.PostgresError) -> StoreError | None:
    """Return what an expectation that was not met means; None for any other error."""
    words = str(error.args[0])
    if error.sqlstate == _FENCED:
        return Fenced(frozenset(map(int, _missing(error))))
    if error.sqlstate == _MOVED_ON:
        return VersionConflict(words)
    if error.sqlstate == _NOT_THERE:
        return BadData(words)
    return StaleTask(frozenset(_missing(error))) if error.sqlstate == _STALE else None


def _missing(error: asyncpg.PostgresError) -> list[str]:
    missing: list[str] = orjson.loads(error.detail or "[]")
    return missing
