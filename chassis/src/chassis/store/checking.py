"""What a write may not do to a service's own tables, said over dictionaries as PostgreSQL says it over rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from chassis.decision import Append
from chassis.routes import Ref
from chassis.store.errors import BadData, VersionConflict
from chassis.store.values import Changes, Saved, Stored
from chassis.tables import RowTable, Tables


def check_tables(
    *, tables: Tables, aggregates: Mapping[Ref, Stored], rows: Mapping[str, Mapping[str, Any]], changes: Changes
) -> None:
    """Raise what the first refused statement would raise: table by table, in the order in which they are written."""
    saves: dict[str, list[Saved]] = {}
    for save in changes.saves:
        saves.setdefault(save.kind.name, []).append(save)
    appends: dict[str, list[Append]] = {}
    for append in changes.rows:
        appends.setdefault(append.kind.name, []).append(append)
    for name in sorted(saves.keys() | appends.keys(), key=tables.place):
        if name in saves:
            _check_saves(name, tables, saves[name], aggregates)
        if name in appends:
            _check_rows(tables.rows(name), appends[name], rows.get(name, {}))


def _check_saves(name: str, tables: Tables, saves: Sequence[Saved], aggregates: Mapping[Ref, Stored]) -> None:
    keeps = tables.keeps(name)
    kept = (save.before is None or keeps(save.before, save.after) for save in saves)
    if not all(map(tables.holds(name), [save.after for save in saves])) or not all(kept):
        raise BadData(f"{name}: a CHECK forbids it")
    for save in saves:
        stored = aggregates.get((save.kind, save.key))
        # Rows are never deleted, so a version without a predecessor is new to PostgreSQL, too, whatever its number.
        if not save.kind.shared and stored is not None and stored.version != save.version - 1:
            raise VersionConflict(f"{save.kind.name} {save.key}")


def _check_rows(table: RowTable[Any] | None, appends: Sequence[Append], there: Mapping[str, Any]) -> None:
    name, added = appends[0].kind.name, [append.unique for append in appends]
    if table is not None and not table.holds([append.row for append in appends]):
        raise BadData(f"{name}: a CHECK forbids it")
    if len(set(added)) < len(added) or any(unique in there for unique in added):
        raise BadData(f"{name}: one of {sorted(added)} is there already")
    new = [unique for append in appends for unique in table.uniques(append.row)] if table is not None else []
    if new and table is not None:
        known = set(chain.from_iterable(map(table.uniques, there.values())))
        if len(set(new)) < len(new) or not known.isdisjoint(new):
            raise BadData(f"{name}: one of {new} is there already")
