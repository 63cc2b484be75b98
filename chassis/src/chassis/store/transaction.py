"""A transaction of the store: committed at the end, and never left open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

from chassis.store.translation import DRIVER_ERRORS, committing


@asynccontextmanager
async def transaction(connection: Any) -> AsyncIterator[None]:
    """Begin, and commit unless the block raises; UnknownOutcome when the answer to COMMIT is lost."""
    inner = connection.transaction()
    try:
        await inner.start()
        yield
        with committing():
            await inner.commit()
    finally:
        await _leave(connection, inner)


async def _leave(connection: Any, inner: Any) -> None:
    """Roll back what was not committed; a connection that cannot be brought out of its transaction is thrown away.

    It must not raise what the driver raises: that would hide how the write ended.
    """
    try:
        if connection.is_in_transaction():
            await inner.rollback()
    except BaseException as error:
        with suppress(asyncpg.InterfaceError):
            connection.terminate()
        if not isinstance(error, DRIVER_ERRORS):
            raise
