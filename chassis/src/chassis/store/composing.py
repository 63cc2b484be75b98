"""Several statements as one: each a common table expression under its own name, its parameters numbered on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

_PARAMETER = re.compile(r"\$(\d+)")
_CHANGES = ("INSERT", "MERGE", "UPDATE", "DELETE")


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of several, what it takes, and what is asked of its rows.

    ``result`` is an expression over them; in it, too, ``$1`` is the first of the step's own ``arguments``.
    """

    name: str
    sql: str
    arguments: Sequence[Any]
    result: str = "count(*)"


@dataclass(frozen=True, slots=True)
class Composed:
    """One statement made of steps. It returns one row, with the result of each step under its name."""

    sql: str
    arguments: Sequence[Any]


def compose(*, steps: Sequence[Step]) -> Composed:
    """Make one statement of several. PostgreSQL runs the parts in their order, since their results are asked for in it.

    All parts see the database as it was before: none may read or change a row that another one writes.
    """
    parts = tuple((step.name, step.sql, step.result, len(step.arguments)) for step in steps)
    return Composed(sql=_text(parts), arguments=list(chain.from_iterable(step.arguments for step in steps)))


def unite(*, statements: Sequence[str]) -> str:
    """Make one statement of several that read (key, version, document) and take one array of keys each.

    ``part`` is the place of the statement that a row is of.
    """
    return _union(tuple(statements))


@lru_cache(maxsize=4096)
def _text(parts: tuple[tuple[str, str, str, int], ...]) -> str:
    tables, results, taken = [], [], 0
    for name, sql, result, width in parts:
        tables.append(f"{name} AS (\n{_numbered(_returning(sql), taken)}\n)")
        results.append(f"    (SELECT {_numbered(result, taken)} FROM {name}) AS {name}")  # noqa: S608 - no value is in it
        taken += width
    return "\n".join(("WITH", ",\n".join(tables), "SELECT", ",\n".join(results)))


@lru_cache(maxsize=4096)
def _union(statements: tuple[str, ...]) -> str:
    return "\nUNION ALL\n".join(
        f"SELECT {place} AS part, s.key, s.version::bigint, s.document FROM (\n{_numbered(sql, place)}\n) AS s"  # noqa: S608 - no value is in it
        for place, sql in enumerate(statements)
    )


def _returning(sql: str) -> str:
    changes = sql.startswith(_CHANGES) and "RETURNING" not in sql
    return f"{sql}\nRETURNING 1" if changes else sql


def _numbered(sql: str, taken: int) -> str:
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + taken}", sql)
