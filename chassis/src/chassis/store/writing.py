"""The statements of one write, inside a transaction that the caller opened: fence first, journal last."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from chassis.decision import Append
from chassis.routes import Ref
from chassis.store import rows
from chassis.store.errors import BadData, DayMissing, Fenced, StaleTask, VersionConflict
from chassis.store.values import Changes, Loaded, OutboxRow, Saved, Stored, Task, Write, Written
from chassis.tables import RowTable, SharedTable, Table, Tables

Connection = asyncpg.Connection | PoolConnectionProxy


@dataclass(frozen=True, slots=True)
class Writing:
    """Runs a write on a connection. ``own`` are the chassis's statements, ``queries`` the service's."""

    own: Mapping[str, str]
    queries: Mapping[str, str]
    tables: Tables

    async def run(self, connection: Connection, write: Write) -> Written:
        """Fence, lock, decide and write; the transaction is the caller's to commit."""
        await self.fence(connection, write.fence)
        changes = write.decide(await self._lock(connection, write.locks))
        await self._save(connection, changes)
        await self._inbox(connection, changes)
        ended = await self._end(connection, changes)
        tasks = await self._set(connection, changes)
        await self._aside(connection, changes)
        return Written(changes=changes, outbox=await self._journal(connection, changes), ended=ended, tasks=tasks)

    async def fence(self, connection: Connection, fence: Mapping[int, int]) -> None:
        """Lock the ownership of the shards; Fenced names those that have another owner."""
        found = {row["shard"]: row["epoch"] for row in await connection.fetch(self.own["fence"], sorted(fence))}
        lost = frozenset(shard for shard, epoch in fence.items() if found.get(shard) != epoch)
        if lost:
            raise Fenced(lost)

    async def _lock(self, connection: Connection, locks: Sequence[Ref]) -> Loaded:
        loaded: dict[Ref, Stored] = {}
        for table in self.tables:
            if not isinstance(table, SharedTable):
                continue
            keys = sorted({key for kind, key in locks if kind == table.kind})
            if keys:
                made = await self._lock_rows(connection, table, keys)
                for key in keys:
                    if key in made:
                        loaded[table.kind, key] = Stored(version=0, aggregate=made[key])
        return loaded

    async def _lock_rows(
        self, connection: Connection, table: SharedTable[Any], keys: Sequence[str]
    ) -> Mapping[str, Any]:
        """Lock the rows that are there, and the names of those that are not.

        Else two owners would decide on the same absence, and the second one on figures that the first has changed.
        """
        load = self.queries[table.load]
        made: Mapping[str, Any] = _guarded(table.kind.name, table.make, await connection.fetch(load, keys))
        absent = [f"{table.kind.name}:{key}" for key in keys if key not in made]
        if absent:
            await connection.execute(self.own["lock_names"], absent)
            made = _guarded(table.kind.name, table.make, await connection.fetch(load, keys))
        return made

    async def _save(self, connection: Connection, changes: Changes) -> None:
        """Save table by table, in the order that all processes keep."""
        saves: dict[str, list[Saved]] = {}
        for save in changes.saves:
            saves.setdefault(save.kind.name, []).append(save)
        appends: dict[str, list[Append]] = {}
        for append in changes.rows:
            appends.setdefault(append.kind.name, []).append(append)
        for table in self.tables:
            name = table.kind.name
            if isinstance(table, RowTable):
                if name in appends:
                    await self._append(connection, table, appends.pop(name))
            elif name in saves:
                await self._save_one(connection, table, saves.pop(name))
        if saves or appends:
            raise BadData(f"no table for {', '.join((*saves, *appends))}")

    async def _save_one(self, connection: Connection, table: Table[Any] | SharedTable[Any], saves: list[Saved]) -> None:
        if isinstance(table, SharedTable):
            given = [row for save in saves for row in _guarded(table.kind.name, table.change, save.before, save.after)]
            await self._change(connection, table, given)
        else:
            given = [document_row(table, save.key, save.version, save.after) for save in saves]
            if await self._execute(connection, table.save, given) != len(given):
                raise VersionConflict(table.kind.name)

    async def _change(self, connection: Connection, table: SharedTable[Any], given: list[tuple[Any, ...]]) -> None:
        if not given:
            return
        try:
            changed = await self._execute(connection, table.save, given)
        except asyncpg.UniqueViolationError as error:
            # Two owners added one row: what is not there cannot be locked. Decided again, it is there.
            raise VersionConflict(table.kind.name) from error
        if changed != len(given):
            raise BadData(f"{table.kind.name}: a shared row is not there")

    async def _append(self, connection: Connection, table: RowTable[Any], appends: list[Append]) -> None:
        given = [_guarded(table.kind.name, table.row, append.row) for append in appends]
        if await self._execute(connection, table.insert, given) != len(given):
            raise BadData(f"{table.kind.name}: a row was not added")

    async def _execute(self, connection: Connection, name: str, given: list[tuple[Any, ...]]) -> int:
        status = await connection.execute(self.queries[name], *rows.columns(given, width=0))
        return int(status.rpartition(" ")[2])

    async def _inbox(self, connection: Connection, changes: Changes) -> None:
        if changes.inbox:
            arrays = rows.columns(map(rows.inbox_columns, changes.inbox), width=4)
            await connection.execute(self.own["insert_inbox"], *arrays, changes.now)

    async def _end(self, connection: Connection, changes: Changes) -> tuple[str, ...]:
        ended: dict[str, None] = {}
        if changes.finished:
            wanted = {each.message_id: each for each in changes.finished}
            ids = [each.task_id for each in wanted.values()]
            found = await connection.fetch(self.own["finish_tasks"], ids, list(wanted))
            gone = wanted.keys() - {row["message_id"] for row in found}
            if stale := frozenset(message_id for message_id in gone if wanted[message_id].strict):
                raise StaleTask(stale)
            ended.update(dict.fromkeys(sorted(row["id"] for row in found)))
        if changes.dropped:
            dropped = await connection.fetch(self.own["drop_tasks"], list(changes.dropped))
            ended.update(dict.fromkeys(sorted(row["id"] for row in dropped)))
        return tuple(ended)

    async def _set(self, connection: Connection, changes: Changes) -> tuple[Task, ...]:
        if not changes.tasks:
            return ()
        arrays = rows.columns(map(rows.task_columns, changes.tasks), width=11)
        found = {row["id"] for row in await connection.fetch(self.own["set_tasks"], *arrays)}
        return tuple(task for task in changes.tasks if task.id in found)

    async def _aside(self, connection: Connection, changes: Changes) -> None:
        if changes.unparked:
            await connection.execute(self.own["unpark_messages"], list(changes.unparked))
        if changes.parked:
            arrays = rows.columns(map(rows.parked_columns, changes.parked), width=10)
            await connection.execute(self.own["park_messages"], *arrays, changes.now)
        if changes.dead:
            arrays = rows.columns(map(rows.letter_columns, changes.dead), width=10)
            await connection.execute(self.own["bury_messages"], *arrays, changes.now)

    async def _journal(self, connection: Connection, changes: Changes) -> tuple[OutboxRow, ...]:
        if not changes.journal:
            return ()
        arrays = rows.columns(map(rows.journal_columns, changes.journal), width=8)
        try:
            found = await connection.fetch(self.own["journal"], *arrays, changes.now)
        except asyncpg.CheckViolationError as error:
            if error.constraint_name is None:
                raise DayMissing(changes.now) from error
            raise
        seqs = sorted(row["seq"] for row in found)
        return tuple(OutboxRow(seq=seq, row=row) for seq, row in zip(seqs, changes.journal, strict=True))


def document_row(table: Table[Any], key: str, version: int, aggregate: Any) -> tuple[Any, ...]:
    """Return what the save statement of a plain kind takes; what cannot be written is poison of its message."""
    document = _guarded(table.kind.name, table.document.dump_json, aggregate).decode()
    return (key, version, document, *_guarded(table.kind.name, table.row, aggregate))


def _guarded(name: str, function: Callable[..., Any], *values: Any) -> Any:
    """Call a service's own conversion; what it raises concerns the message that brought the value."""
    try:
        return function(*values)
    except Exception as error:
        raise BadData(f"{name}: {type(error).__name__}: {error}") from error
