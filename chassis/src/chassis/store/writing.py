"""A write as one statement: fence first, journal last."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from chassis.decision import Append
from chassis.routes import Ref
from chassis.store import rows
from chassis.store.composing import Step, compose
from chassis.store.errors import BadData, DayMissing, Fenced, StoreError, VersionConflict
from chassis.store.expectations import OWNED, STANDING, disappointed, there, unmoved
from chassis.store.transaction import transaction
from chassis.store.translation import committing
from chassis.store.values import Changes, Loaded, OutboxRow, Saved, Stored, Write, Written
from chassis.tables import RowTable, SharedTable, Table, Tables

Connection = asyncpg.Connection | PoolConnectionProxy

_TARGET = re.compile(r"INTO (\w+)")


@dataclass(frozen=True)
class Writing:
    """Runs a write on a connection. ``own`` are the chassis's statements, ``queries`` the service's."""

    own: Mapping[str, str]
    queries: Mapping[str, str]
    tables: Tables

    async def run(self, connection: Connection, write: Write) -> Written:
        """Write and commit: without locks, in a statement that is a transaction of its own."""
        if write.locks:
            async with transaction(connection):
                return await self.locked(connection, write)
        changes = write.decide({})
        statements = self._statements(write.fence, changes)
        if len(statements) > 1:
            async with transaction(connection):
                return await self._write(connection, statements, changes)
        with committing():
            return await self._write(connection, statements, changes)

    async def locked(self, connection: Connection, write: Write) -> Written:
        """Lock, decide and write; the transaction is the caller's to commit."""
        changes = write.decide(await self._lock(connection, write.locks))
        return await self._write(connection, self._statements(write.fence, changes), changes)

    async def fence(self, connection: Connection, fence: Mapping[int, int]) -> None:
        """Lock the ownership of the shards; Fenced names those that have another owner."""
        owned = await connection.fetch(self.own["fence"], *_fenced(fence))
        if lost := fence.keys() - {row["shard"] for row in owned}:
            raise Fenced(frozenset(lost))

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

    def _statements(self, fence: Mapping[int, int], changes: Changes) -> Sequence[Sequence[Step]]:
        """Return the steps of one statement, in their order; of two if the second half sets anew what the first ends.

        The parts of one statement do not see what the others did.
        """
        first = [Step("fence", self.own["fence"], _fenced(fence), OWNED), *self._saves(changes)]
        first += [*self._inbox(changes), *self._end(changes)]
        second = [*self._set(changes), *self._aside(changes), *self._journal(changes)]
        return [first, second] if _renews(changes) else [first + second]

    def _saves(self, changes: Changes) -> Iterator[Step]:
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
                    given = [_guarded(name, table.row, append.row) for append in appends.pop(name)]
                    yield self._rows(table.insert, given, there(f"{name}: a row was not added"))
            elif name in saves:
                yield from self._save(table, saves.pop(name))
        if saves or appends:
            raise BadData(f"no table for {', '.join((*saves, *appends))}")

    def _save(self, table: Table[Any] | SharedTable[Any], saves: list[Saved]) -> Iterator[Step]:
        name = table.kind.name
        if isinstance(table, Table):
            given = [document_row(table, save.key, save.version, save.after) for save in saves]
            yield self._rows(table.save, given, unmoved(name))
        elif given := [row for save in saves for row in _guarded(name, table.change, save.before, save.after)]:
            yield self._rows(table.save, given, there(f"{name}: a shared row is not there"))

    def _rows(self, name: str, given: list[tuple[Any, ...]], expected: str) -> Step:
        return Step(name, self.queries[name], rows.columns(given, width=0), expected)

    def _inbox(self, changes: Changes) -> Iterator[Step]:
        if changes.inbox:
            yield self._own("insert_inbox", *rows.columns(map(rows.inbox_columns, changes.inbox), width=4), changes.now)

    def _end(self, changes: Changes) -> Iterator[Step]:
        if changes.finished:
            wanted = {each.message_id: each for each in changes.finished}
            strict = [each.message_id for each in wanted.values() if each.strict]
            ids = [each.task_id for each in wanted.values()]
            yield self._own("finish_tasks", ids, list(wanted), strict, result=STANDING)
        if changes.dropped:
            yield self._own("drop_tasks", list(changes.dropped), result="array_agg(id)")

    def _set(self, changes: Changes) -> Iterator[Step]:
        if changes.tasks:
            arrays = rows.columns(map(rows.task_columns, changes.tasks), width=11)
            yield self._own("set_tasks", *arrays, result="array_agg(id)")

    def _aside(self, changes: Changes) -> Iterator[Step]:
        if changes.unparked:
            yield self._own("unpark_messages", list(changes.unparked))
        if changes.parked:
            arrays = rows.columns(map(rows.parked_columns, changes.parked), width=10)
            yield self._own("park_messages", *arrays, changes.now)
        if changes.dead:
            arrays = rows.columns(map(rows.letter_columns, changes.dead), width=10)
            yield self._own("bury_messages", *arrays, changes.now)

    def _journal(self, changes: Changes) -> Iterator[Step]:
        if changes.journal:
            arrays = rows.columns(map(rows.journal_columns, changes.journal), width=8)
            yield self._own("journal", *arrays, changes.now)
            yield self._own("point_out", result="array_agg(seq ORDER BY seq)")

    def _own(self, name: str, *arguments: Any, result: str = "count(*)") -> Step:
        return Step(name, self.own[name], arguments, result)

    async def _write(self, connection: Connection, statements: Sequence[Sequence[Step]], changes: Changes) -> Written:
        found: dict[str, Any] = {}
        for steps in statements:
            composed = compose(steps=steps)
            try:
                (row,) = await connection.fetch(composed.sql, *composed.arguments)
            except asyncpg.PostgresError as error:
                if (meaning := self._meaning(error, changes)) is None:
                    raise
                raise meaning from error
            found.update(row)
        return _written(changes, found)

    def _meaning(self, error: asyncpg.PostgresError, changes: Changes) -> StoreError | None:
        """Return what an error says of this write; None when it says the same of any."""
        if isinstance(error, asyncpg.UniqueViolationError) and (kind := self._shared.get(error.table_name or "")):
            # Two owners added one row: what is not there cannot be locked. Decided again, it is there.
            return VersionConflict(kind)
        if isinstance(error, asyncpg.CheckViolationError) and error.constraint_name is None:
            return DayMissing(changes.now)
        return disappointed(error)

    @cached_property
    def _shared(self) -> Mapping[str, str]:
        """Return the kinds of shared rows by the tables in which they lie."""
        shared = [table for table in self.tables if isinstance(table, SharedTable)]
        return {target[1]: each.kind.name for each in shared if (target := _TARGET.search(self.queries[each.save]))}


def _fenced(fence: Mapping[int, int]) -> tuple[list[int], list[int]]:
    shards = sorted(fence)
    return shards, [fence[shard] for shard in shards]


def _renews(changes: Changes) -> bool:
    """Return whether a task is ended and set again, or a message let go and parked again."""
    ended = {each.task_id for each in changes.finished}.union(changes.dropped)
    parked = {each.message_id for each in changes.parked}
    return any(task.id in ended for task in changes.tasks) or not parked.isdisjoint(changes.unparked)


def _written(changes: Changes, found: Mapping[str, Any]) -> Written:
    """Return what the write gave: the tasks that went and came, and the journal with its numbers."""
    of = {each.message_id: each.task_id for each in changes.finished}
    finished = sorted(of[message_id] for message_id in found.get("finish_tasks") or ())
    ended = dict.fromkeys((*finished, *sorted(found.get("drop_tasks") or ())))
    there_now = set(found.get("set_tasks") or ())
    return Written(
        changes=changes,
        outbox=tuple(
            OutboxRow(seq=seq, row=row) for seq, row in zip(found.get("point_out") or (), changes.journal, strict=True)
        ),
        ended=tuple(ended),
        tasks=tuple(task for task in changes.tasks if task.id in there_now),
    )


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
