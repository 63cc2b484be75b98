"""The same commands to both stores, until they differ; then the fewest commands that still make them differ."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from pprint import pformat

from toy import service as toy

from chassis.store.memory import MemoryStore
from chassis.store.postgres import PostgresStore
from simulation.differential.commands import NOW, Command
from simulation.differential.contents import Contents, Reader, remembered
from simulation.differential.doing import Side

Fails = Callable[[Sequence[Command]], Awaitable[str | None]]


def twin() -> MemoryStore:
    """Return the memory store of the toy service."""
    return MemoryStore(tables=toy.TABLES)


async def difference(commands: Sequence[Command], /, *, postgres: PostgresStore, reader: Reader) -> str | None:
    """Do the commands in both stores; return the first difference in words, None when there is none."""
    await reader.empty()
    await postgres.maintain(now=NOW)
    memory = twin()
    real, ours = Side(postgres), Side(memory)
    for number, command in enumerate(commands, start=1):
        said, answered = await real.do(command), await ours.do(command)
        if said != answered:
            return f"{number}. {command}\n  PostgreSQL: {pformat(said)}\n  memory:     {pformat(answered)}"
    kept = await reader.contents(places=real.places)
    return "\n".join(unlike(kept, remembered(store=memory, tables=toy.TABLES, places=ours.places))) or None


def unlike(kept: Contents, remembered_: Contents) -> Iterator[str]:
    """Return the tables that differ."""
    for name, rows in kept.items():
        if rows != remembered_[name]:
            yield f"{name}\n  PostgreSQL: {pformat(rows)}\n  memory:     {pformat(remembered_[name])}"


async def shortest(commands: Sequence[Command], /, *, fails: Fails) -> list[Command]:
    """Leave out what is not needed for the difference, the longest runs first."""
    left, size = list(commands), max(len(commands) // 2, 1)
    while size:
        start = 0
        while start < len(left):
            fewer = left[:start] + left[start + size :]
            if await fails(fewer) is None:
                start += size
            else:
                left = fewer
        size //= 2
    return left
