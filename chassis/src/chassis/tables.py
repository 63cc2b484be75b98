"""How kinds of aggregates and rows are bound to named statements of a service's ``queries.sql``."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from chassis.decision import Kind, RowKind

A = TypeVar("A")


DatabaseRow = Mapping[str, Any]


def _no_columns(_aggregate: Any) -> tuple[Any, ...]:
    return ()


def _anything(_aggregate: Any) -> bool:
    return True


def _always(_before: Any, _after: Any) -> bool:
    return True


def _nothing(_row: Any) -> tuple[Hashable, ...]:
    return ()


@dataclass(frozen=True)
class Table(Generic[A]):
    """A plain kind: a row each with key, version, a jsonb document, and columns for what is queried or constrained.

    ``load`` names a statement from ``$1::text[]`` keys to rows (key, version, document). ``save`` names an upsert
    over ``unnest($1::text[] keys, $2::bigint[] versions, $3::jsonb[] documents, $4 ...)``: the columns follow in
    the order of ``row``. Its ``ON CONFLICT (key) DO UPDATE ... WHERE t.version = excluded.version - 1`` leaves out
    what has moved on: a count that is too small is a version conflict. A feed keeps the source's sequence as the
    version, and says ``t.version < excluded.version`` instead. ``holds`` is what the table's CHECKs say of an
    aggregate, for the in-memory store.
    """

    kind: Kind[A]
    load: str
    save: str
    row: Callable[[A], tuple[Any, ...]] = _no_columns
    holds: Callable[[A], bool] = _anything

    @cached_property
    def document(self) -> TypeAdapter[A]:
        """Return what writes and reads the document."""
        return TypeAdapter(self.kind.of)


@dataclass(frozen=True, kw_only=True)
class Lookup(Table[A]):
    """A plain kind that is only read: values of a feed's kind, found by a key that they do not have.

    ``load`` builds the documents in the database. ``make`` does the same over all values of the kind ``of``, for the
    in-memory store; it returns None when nothing belongs under the key.
    """

    of: Kind[Any]
    make: Callable[[str, Sequence[Any]], A | None]
    save: str = field(default="", init=False)


@dataclass(frozen=True)
class SharedTable(Generic[A]):
    """A shared kind: rows that owners of different shards change, locked before the decision and changed relatively.

    ``load`` names a statement from ``$1::text[]`` keys to rows that ends with ``ORDER BY <key> FOR UPDATE``;
    ``make`` turns the rows into aggregates by key (several rows may make one). ``change`` turns the aggregate
    before and after into one tuple per changed row, and ``save`` names the statement over arrays of these columns;
    rows affected must equal rows given. CHECK constraints guard the result; ``holds`` says the same, for the
    in-memory store, and ``keeps`` what they say of a change (before, after) to a row that is there. Add new rows by
    MERGE: ON CONFLICT DO UPDATE checks the row to insert first, and a negative change would violate CHECK there.
    """

    kind: Kind[A]
    load: str
    save: str
    make: Callable[[Sequence[DatabaseRow]], Mapping[str, A]]
    change: Callable[[A | None, A], Sequence[tuple[Any, ...]]]
    holds: Callable[[A], bool] = _anything
    keeps: Callable[[A, A], bool] = _always


@dataclass(frozen=True)
class RowTable(Generic[A]):
    """Append-only rows: ``insert`` names a statement over arrays of the columns that ``row`` returns.

    ``Append.unique`` is what the table's own unique constraint says, for the in-memory store; a second row is
    poison of one message. ``uniques`` is what its further ones say, a value each. ``holds`` is what CHECKs and triggers
    say of the rows that one write adds.
    """

    kind: RowKind[A]
    insert: str
    row: Callable[[A], tuple[Any, ...]]
    holds: Callable[[Sequence[A]], bool] = _anything
    uniques: Callable[[A], tuple[Hashable, ...]] = _nothing


class Tables:
    """All tables of one service. Their order is the order of locks and of writes, the same in every process."""

    def __init__(self, *tables: Table[Any] | SharedTable[Any] | RowTable[Any]) -> None:
        self._tables = tables
        self._aggregates = {table.kind.name: table for table in tables if not isinstance(table, RowTable)}
        self._places = {table.kind.name: place for place, table in enumerate(tables)}
        self._rows = {table.kind.name: table for table in tables if isinstance(table, RowTable)}
        if len(self._aggregates) + len(self._rows) != len(tables):
            raise ValueError("two tables for one kind")
        self.lookups: Mapping[Kind[Any], Lookup[Any]] = {each.kind: each for each in tables if isinstance(each, Lookup)}
        """The kinds that are only read."""
        for table in self._aggregates.values():
            if table.kind.shared is not isinstance(table, SharedTable):
                raise ValueError(f"{table.kind.name}: a shared kind needs a SharedTable, a plain one a Table")

    def __iter__(self) -> Iterator[Table[Any] | SharedTable[Any] | RowTable[Any]]:
        return iter(self._tables)

    def place(self, name: str, /) -> tuple[int, str]:
        """Return where the table of a kind stands in the order; unknown kinds come last, by name."""
        return self._places.get(name, len(self._places)), name

    def holds(self, name: str, /) -> Callable[[Any], bool]:
        """Return what must be true of every aggregate of a kind."""
        table = self._aggregates.get(name)
        return _anything if table is None else table.holds

    def keeps(self, name: str, /) -> Callable[[Any, Any], bool]:
        """Return what must be true of every change of a kind's aggregates."""
        table = self._aggregates.get(name)
        return table.keeps if isinstance(table, SharedTable) else _always

    def rows(self, name: str, /) -> RowTable[Any] | None:
        """Return the table of a kind of rows; None when it is unknown."""
        return self._rows.get(name)

    def aggregate(self, kind: Kind[Any]) -> Table[Any] | SharedTable[Any]:
        """Return the table of a kind of aggregate."""
        return self._aggregates[kind.name]
