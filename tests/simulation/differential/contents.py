"""All that a store keeps, in words that the memory store and PostgreSQL have in common."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

from chassis.store import rows
from chassis.store.memory import MemoryStore
from chassis.tables import Lookup, RowTable, SharedTable, Table, Tables

Contents = dict[str, Any]
_INSERT = re.compile(r"(?:INSERT|MERGE) INTO (\w+)(?: AS \w+)?\s*\(?([\w\s,]*)")
_EMPTY = ("inbox", "tasks", "parked", "dead_letters", "outbox", "event_log", "owners")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads and empties a service's database as its owner may."""

    connection: asyncpg.Connection
    tables: Tables
    queries: Mapping[str, str]

    async def empty(self) -> None:
        """Delete all rows: cheaper than a new database."""
        names = [*_EMPTY, *(self._place(table)[0] for table in self.tables if not isinstance(table, Lookup))]
        await self.connection.execute(";".join(f"DELETE FROM {name}" for name in dict.fromkeys(names)))  # noqa: S608 - tables' own names

    async def contents(self, *, places: Mapping[int, int]) -> Contents:
        """Return everything; ``places`` says which number of the journal is the first, the second and so on."""
        found: Contents = {
            "owners": {row["shard"]: row["epoch"] for row in await self._all("owners")},
            "inbox": {row["message_id"]: rows.inbox_row(row) for row in await self._all("inbox")},
            "tasks": {row["id"]: rows.task(row) for row in await self._all("tasks")},
            "parked": {row["message_id"]: rows.parked_message(row) for row in await self._all("parked")},
            "dead": {row["message_id"]: rows.letter(row) for row in await self._all("dead_letters")},
            "log": {places[row["seq"]]: rows.outbox_row(row).row for row in await self._all("event_log")},
            "outbox": sorted(places[row["seq"]] for row in await self._all("outbox")),
        }
        for table in self.tables:
            if not isinstance(table, Lookup):
                found[table.kind.name] = await self._kind(table)
        return found

    async def _kind(self, table: Any) -> Any:
        name, columns = self._place(table)
        found = await self._all(name)
        if isinstance(table, RowTable):
            return sorted((_plain(row[column] for column in columns) for row in found), key=repr)
        if isinstance(table, SharedTable):
            keys = list({row[0] for row in found})
            locked: list[Any] = await self.connection.fetch(self.queries[table.load], keys)
            return dict(table.make(locked))
        return {row[columns[0]]: (row["version"], table.document.validate_json(row["document"])) for row in found}

    def _place(self, table: Any) -> tuple[str, list[str]]:
        matched = _INSERT.search(self.queries[table.insert if isinstance(table, RowTable) else table.save])
        assert matched is not None
        return matched[1], [column.strip() for column in matched[2].split(",")]

    async def _all(self, name: str) -> list[asyncpg.Record]:
        return list(await self.connection.fetch(f"SELECT * FROM {name}"))  # noqa: S608 - a table's own name


def remembered(*, store: MemoryStore, tables: Tables, places: Mapping[int, int]) -> Contents:
    """Return everything that a memory store keeps."""
    found: Contents = {
        "owners": dict(store.owners),
        "inbox": dict(store.inbox),
        "tasks": dict(store.waiting),
        "parked": dict(store.parked_messages),
        "dead": dict(store.dead),
        "log": {places[each.seq]: each.row for each in store.event_log},
        "outbox": sorted(places[seq] for seq in store.pointers),
    }
    for table in tables:
        if not isinstance(table, Lookup):
            found[table.kind.name] = _of_kind(store, table)
    return found


def _of_kind(store: MemoryStore, table: Table[Any] | SharedTable[Any] | RowTable[Any]) -> Any:
    if isinstance(table, RowTable):
        appended = store.rows.get(table.kind.name, {}).values()
        return sorted((_plain(table.row(row)) for row in appended), key=repr)
    mine = {key: stored for (kind, key), stored in store.aggregates.items() if kind == table.kind}
    if isinstance(table, SharedTable):
        return {key: stored.aggregate for key, stored in mine.items()}
    return {key: (stored.version, stored.aggregate) for key, stored in mine.items()}


def _plain(columns: Iterable[Any]) -> list[Any]:
    """Return a row's columns; JSON is compared by what it says."""
    return [_said(column) for column in columns]


def _said(column: Any) -> Any:
    if isinstance(column, str) and column[:1] in {"{", "["}:
        return json.loads(column)
    return column
