"""Apply numbered SQL migrations: first the chassis's own, then the service's, each in a transaction of its own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import asyncpg

from chassis.statements import read_statements
from chassis.store.writing import Connection

_FILE = re.compile(r"^(?P<number>\d{4})_(?P<name>[a-z0-9_]+)\.sql$")


class MigrationError(Exception):
    """The migrations do not fit the database: one that was applied has changed, or is gone."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file of one source; ``:"runner"`` in it stands for the role that serves."""

    source: str
    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """What tells an edited file from the one that was applied."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_migrations(*, package: str) -> tuple[Migration, ...]:
    """Read ``migrations/NNNN_name.sql`` of a package, in order; a number twice is a MigrationError."""
    found = []
    for file in (files(package) / "migrations").iterdir():
        if match := _FILE.match(file.name):
            text = file.read_text(encoding="utf-8")
            found.append(Migration(source=package, number=int(match["number"]), name=match["name"], sql=text))
    found.sort(key=lambda migration: migration.number)
    if len({migration.number for migration in found}) != len(found):
        raise MigrationError(f"{package}: two migrations have one number")
    return tuple(found)


async def migrate(*, url: str, package: str | None = None) -> Sequence[Migration]:
    """Bring a database up to date as its owner, and return what was applied; safe to run from several processes."""
    wanted = read_migrations(package="chassis") + (read_migrations(package=package) if package else ())
    connection = await asyncpg.connect(url)
    try:
        return await _apply(connection, wanted)
    finally:
        await connection.close()


async def pending(*, connection: Connection, package: str) -> Sequence[Migration]:
    """Return the migrations that this database has not had; a service with any must not start."""
    statements = read_statements(package="chassis", name="chassis.sql")
    applied = await connection.fetch(statements["applied_migrations"])
    had = {(row["source"], row["number"]) for row in applied}
    wanted = read_migrations(package="chassis") + read_migrations(package=package)
    return [migration for migration in wanted if (migration.source, migration.number) not in had]


async def _apply(connection: asyncpg.Connection, wanted: Sequence[Migration]) -> Sequence[Migration]:
    statements = read_statements(package="chassis", name="chassis.sql")
    runner = await connection.fetchval(statements["find_runner"])
    await connection.fetchval(statements["lock_migrations"])
    try:
        base = (files("chassis") / "migrations" / "schema_migrations.sql").read_text(encoding="utf-8")
        await connection.execute(_for_runner(base, runner))
        applied = await connection.fetch(statements["applied_migrations"])
        checksums = {(row["source"], row["number"]): row["checksum"] for row in applied}
        _check(wanted, checksums)
        new = [migration for migration in wanted if (migration.source, migration.number) not in checksums]
        for migration in new:
            async with connection.transaction():
                await connection.execute(_for_runner(migration.sql, runner))
                await connection.execute(
                    statements["note_migration"],
                    migration.source,
                    migration.number,
                    migration.name,
                    migration.checksum,
                )
        return new
    finally:
        await connection.fetchval(statements["unlock_migrations"])


def _check(wanted: Sequence[Migration], checksums: dict[tuple[str, int], str]) -> None:
    for migration in wanted:
        had = checksums.get((migration.source, migration.number))
        if had is not None and had != migration.checksum:
            raise MigrationError(f"{migration.source} {migration.number:04} was applied with another content")
    sources = {migration.source for migration in wanted}
    known = {(migration.source, migration.number) for migration in wanted}
    for source, number in checksums:
        if source in sources and (source, number) not in known:
            raise MigrationError(f"{source} {number:04} was applied and its file is gone")


def _for_runner(sql: str, runner: str) -> str:
    return sql.replace(':"runner"', '"' + runner.replace('"', '""') + '"')
