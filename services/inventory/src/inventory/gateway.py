"""The counters checker: compares stock with its movements, and rebuilds it from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog

from chassis.gateway import Ask, Reply
from chassis.statements import read_statements

log = structlog.get_logger()

CHECK_SECONDS = 300.0
"""How long the comparison may take: it reads all movements, and the role that serves is given time for short writes."""

PATIENT = {"statement_timeout": f"{CHECK_SECONDS:.0f}s", "transaction_timeout": "0"}


@dataclass(frozen=True, slots=True)
class CounterBooks:
    """Stock and movements side by side, on a connection of its own."""

    url: str

    async def __call__(self, _ask: Ask, /) -> Reply:
        """Answer the regular check."""
        drifts = await self.check(rebuild=False)
        if drifts:
            log.error("counters.drifted", rows=len(drifts), first=drifts[0])
        return Reply.yes({"drifts": drifts})

    async def check(self, *, rebuild: bool) -> list[dict[str, Any]]:
        """Return the rows that differ, after setting their counters right when asked to."""
        statements = read_statements(package="inventory")
        connection = await asyncpg.connect(self.url, server_settings=PATIENT)
        try:
            async with connection.transaction():
                if rebuild:
                    # Nobody moves stock between the sums and the new counters.
                    await connection.execute(statements["hold_still"])
                drifts = [dict(row) for row in await connection.fetch(statements["find_drifts"])]
                if rebuild:
                    await connection.execute(statements["rebuild_counters"], *_columns(drifts))
        finally:
            await connection.close()
        return drifts


def _columns(drifts: Sequence[dict[str, Any]]) -> list[list[Any]]:
    names = ("sku", "warehouse_id", "moved_on_hand", "moved_reserved", "moved_written_off")
    return [[drift[name] for drift in drifts] for name in names]
