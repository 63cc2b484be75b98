"""What a write may not do to a service's own tables, said over dictionaries as PostgreSQL says it over rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from chassis.routes import Ref
from chassis.store.errors import BadData, VersionConflict
from chassis.store.values import Changes, Saved, Stored
from chassis.tables import Tables


def check_tables(
    *, tables: Tables, aggregates: Mapping[Ref, Stored], rows: Mapping[str, Mapping[str, Any]], changes: Changes
) -> None:
    """Raise what the first refused statement would raise: table by table, in the order in which they are written."""
    places = {table.kind.name: place for place, table in enumerate(tables)}
    names = {save.kind.name for save in changes.saves} | {append.kind.name for append in changes.rows}
    for name in sorted(names, key=lambda each: (places.get(each, len(places)), each)):
        saves = [save for save in changes.saves if save.kind.name == name]
        if not all(map(tables.holds(name), (save.after for save in saves))):
            raise BadData(f"{name}: a CHECK forbids it")
        _check_versions(saves, aggregates)
        _check_unique(name, [append.unique for append in changes.rows if append.kind.name == name], rows.get(name, {}))


def _check_versions(saves: Sequence[Saved], aggregates: Mapping[Ref, Stored]) -> None:
    for save in saves:
        stored = aggregates.get((save.kind, save.key))
        # Rows are never deleted, so a version without a predecessor is new to PostgreSQL, too, whatever its number.
        if not save.kind.shared and stored is not None and stored.version != save.version - 1:
            raise VersionConflict(f"{save.kind.name} {save.key}")


def _check_unique(name: str, added: Sequence[str], there: Collection[str]) -> None:
    if len(set(added)) < len(added) or any(unique in there for unique in added):
        raise BadData(f"{name}: one of {sorted(added)} is there already")
