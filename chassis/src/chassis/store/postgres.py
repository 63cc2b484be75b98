"""The store on PostgreSQL: named statements, one write transaction at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg

from chassis.decision import Kind
from chassis.routes import Ref
from chassis.statements import Statements, read_statements
from chassis.store import rows
from chassis.store.composing import unite
from chassis.store.errors import BadData, DayMissing
from chassis.store.translation import translating
from chassis.store.values import (
    DeadLetter,
    InboxRow,
    Loaded,
    OutboxRow,
    ParkedMessage,
    Retention,
    Stored,
    Task,
    Write,
    Written,
)
from chassis.store.writing import Writing, document_row
from chassis.tables import SharedTable, Table, Tables

RAISE_WAIT = "2s"
PURGE_ROWS = 10_000


class PostgresStore:
    """Everything durable of one service in its own database."""

    def __init__(
        self, *, pool: asyncpg.Pool, queries: Statements, tables: Tables, retention: Retention | None = None
    ) -> None:
        self._pool = pool
        self._own = read_statements(package="chassis", name="chassis.sql")
        self._queries = queries
        self._tables = tables
        self._retention = retention or Retention()
        self._writing = Writing(own=self._own, queries=queries, tables=tables)
        # Two open writes could commit in another order than their sequence numbers say.
        self._one_write = asyncio.Lock()

    async def load(self, *, refs: Sequence[Ref]) -> Loaded:
        """Read plain aggregates, all kinds in one statement."""
        keys: dict[Kind[Any], list[str]] = {}
        for kind, key in refs:
            keys.setdefault(kind, []).append(key)
        if not keys:
            return {}
        # In one order: each order of the kinds would be another statement to prepare.
        tables = [self._plain(kind) for kind in sorted(keys, key=lambda kind: self._tables.place(kind.name))]
        loaded: dict[Ref, Stored] = {}
        sql = unite(statements=[self._queries[table.load] for table in tables])
        for row in await self._fetch(sql, *(keys[table.kind] for table in tables)):
            table = tables[row["part"]]
            try:
                aggregate = table.document.validate_json(row["document"])
            except ValueError as error:
                raise BadData(f"{table.kind.name}: the document of {row['key']} cannot be read") from error
            loaded[table.kind, row["key"]] = Stored(version=row["version"], aggregate=aggregate)
        return loaded

    async def write(self, *, write: Write) -> Written:
        """Fence, lock, decide and write in one transaction."""
        async with self._one_write:
            try:
                with translating():
                    async with self._pool.acquire() as connection:
                        return await self._writing.run(connection, write)
            except DayMissing as missing:
                await self.maintain(now=missing.time)
                raise

    async def feed(self, *, kind: Kind[Any], items: Sequence[tuple[str, int, Any]]) -> int:
        """Upsert newer sequences of a feed; the last one of a key in the batch counts."""
        table = self._plain(kind)
        newest: dict[str, tuple[int, Any]] = {}
        for key, sequence, aggregate in items:
            if key not in newest or newest[key][0] < sequence:
                newest[key] = (sequence, aggregate)
        given = [document_row(table, key, *newest[key]) for key in sorted(newest)]
        status = await self._execute(self._queries[table.save], *rows.columns(given, width=3))
        return int(status.rpartition(" ")[2])

    async def raise_epoch(self, *, shard: int) -> int:
        """Raise the epoch of a shard, waiting a bounded time for a write that is open on it."""
        with translating():
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.fetchval(self._own["limit_lock_wait"], RAISE_WAIT)
                return int(await connection.fetchval(self._own["raise_epoch"], shard))

    async def epochs(self, *, shards: Sequence[int]) -> Mapping[int, int]:
        """Return the epochs as they are now."""
        found = await self._fetch(self._own["read_epochs"], list(shards))
        return {row["shard"]: row["epoch"] for row in found}

    async def known(self, *, message_ids: Sequence[str]) -> Mapping[str, InboxRow]:
        """Return the inbox rows of those ids that were handled."""
        found = await self._fetch(self._own["known_messages"], list(message_ids))
        return {row["message_id"]: rows.inbox_row(row) for row in found}

    async def tasks(self, *, shards: Sequence[int], until: datetime, limit: int) -> Sequence[Task]:
        """Return the tasks of these shards that are due, earliest first."""
        return [rows.task(row) for row in await self._fetch(self._own["due_tasks"], list(shards), until, limit)]

    async def start(self, *, fence: Mapping[int, int], tasks: Sequence[Task], now: datetime) -> Sequence[Task]:
        """Mark calls as started; return those that are still wanted, as they now are."""
        ids = [task.id for task in tasks]
        return [rows.task(row) for row in await self._fenced(fence, "start_calls", ids, now)]

    async def postpone(self, *, fence: Mapping[int, int], tasks: Sequence[Task]) -> None:
        """Store the new due of tasks that were not set again."""
        arrays = rows.columns(((task.id, task.message_id, task.due) for task in tasks), width=3)
        await self._fenced(fence, "postpone_tasks", *arrays)

    async def parked(self, *, message_ids: Sequence[str]) -> Sequence[ParkedMessage]:
        """Return these parked messages."""
        found = await self._fetch(self._own["parked_messages"], list(message_ids))
        return [rows.parked_message(row) for row in found]

    async def outbox(self, *, shard: int, after: int, limit: int) -> Sequence[OutboxRow]:
        """Return journal rows not known to be published."""
        return [rows.outbox_row(row) for row in await self._fetch(self._own["read_outbox"], shard, after, limit)]

    async def forget(self, *, seqs: Sequence[int]) -> None:
        """Delete the pointers of published rows."""
        await self._execute(self._own["forget_published"], list(seqs))

    async def log(self, *, shard: int, since: datetime, after: int, limit: int) -> Sequence[OutboxRow]:
        """Return journal rows, published or not."""
        return [rows.outbox_row(row) for row in await self._fetch(self._own["read_log"], shard, since, after, limit)]

    async def dead_letters(self, *, limit: int, after: str = "") -> Sequence[DeadLetter]:
        """Return dead letters that were not replayed."""
        return [rows.letter(row) for row in await self._fetch(self._own["open_dead_letters"], after, limit)]

    async def reopen(self, *, message_id: str) -> DeadLetter | None:
        """Delete the inbox outcome of a dead letter and return its copy."""
        await self._execute(self._own["reopen_message"], message_id)
        found = await self._fetch(self._own["read_dead_letter"], message_id)
        return rows.letter(found[0]) if found else None

    async def replayed(self, *, message_id: str, at: datetime) -> None:
        """Note the replay of a dead letter."""
        await self._execute(self._own["mark_replayed"], message_id, at)

    async def maintain(self, *, now: datetime) -> None:
        """Make the days of the log, drop old ones, and purge the inbox in small steps."""
        oldest = (now - self._retention.log).date()
        await self._fetch(self._own["keep_log_days"], now.date(), oldest)
        while True:
            status = await self._execute(self._own["purge_inbox"], now - self._retention.inbox, PURGE_ROWS)
            if int(status.rpartition(" ")[2]) < PURGE_ROWS:
                return

    async def _fenced(self, fence: Mapping[int, int], name: str, *arguments: Any) -> list[asyncpg.Record]:
        with translating():
            async with self._one_write, self._pool.acquire() as connection, connection.transaction():
                await self._writing.fence(connection, fence)
                return list(await connection.fetch(self._own[name], *arguments))

    async def _fetch(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        with translating():
            return list(await self._pool.fetch(sql, *arguments))

    async def _execute(self, sql: str, *arguments: Any) -> str:
        with translating():
            return str(await self._pool.execute(sql, *arguments))

    def _plain(self, kind: Kind[Any]) -> Table[Any]:
        table = self._tables.aggregate(kind)
        if isinstance(table, SharedTable):
            raise TypeError(f"{kind.name} is shared: it is locked in the write, not loaded before it")
        return table
