"""Named SQL: every statement stands in a ``queries.sql`` under its name, with one line of purpose.

-- name: load_orders
-- The orders with these keys.
SELECT key, version, document FROM orders WHERE key = ANY($1::text[]);
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

_NAME = re.compile(r"^-- name: (?P<name>[a-z][a-z0-9_]*)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: its name, what it is for, and its SQL with ``$1`` parameters."""

    name: str
    purpose: str
    sql: str


class Statements(Mapping[str, str]):
    """The statements of one file: name to SQL."""

    def __init__(self, statements: Mapping[str, Statement]) -> None:
        self._statements = statements

    def __getitem__(self, name: str) -> str:
        return self._statements[name].sql

    def __iter__(self) -> Iterator[str]:
        return iter(self._statements)

    def __len__(self) -> int:
        return len(self._statements)

    def described(self) -> tuple[Statement, ...]:
        """Return the statements with their purposes, in the order of the file."""
        return tuple(self._statements.values())


def read_statements(*, package: str, name: str = "queries.sql") -> Statements:
    """Read the statements that lie in a package."""
    return parse_statements(text=(files(package) / name).read_text(encoding="utf-8"))


def parse_statements(*, text: str) -> Statements:
    """Split a file into its statements; one without a name, a purpose or SQL, or with a name twice, is a ValueError."""
    heads = list(_NAME.finditer(text))
    named = text.count("-- name:")
    if len(heads) != named:
        raise ValueError(f"{named} statements are announced, {len(heads)} have a legal name")
    ends = [head.start() for head in heads[1:]] + [len(text)]
    statements: dict[str, Statement] = {}
    for head, end in zip(heads, ends, strict=True):
        statement = _statement(head["name"], text[head.end() : end])
        if statement.name in statements:
            raise ValueError(f"two statements are named {statement.name}")
        statements[statement.name] = statement
    return Statements(statements)


def _statement(name: str, body: str) -> Statement:
    lines = body.strip().splitlines()
    if not lines or not lines[0].startswith("-- "):
        raise ValueError(f"{name} has no line of purpose")
    sql = "\n".join(lines[1:]).strip().removesuffix(";").strip()
    if not sql:
        raise ValueError(f"{name} has no SQL")
    return Statement(name=name, purpose=lines[0].removeprefix("-- ").strip(), sql=sql)
