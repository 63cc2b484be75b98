"""A fresh database for each test, copied from a template that is migrated once a session."""

import asyncio
import inspect
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from embedded.databases import Grants, as_role, on_database, provision, run_sql
from embedded.passwords import Passwords


def build_nothing(url: str) -> None:
    """Leave the template empty."""
    del url


@dataclass(frozen=True, kw_only=True)
class Template:
    """How to make a database: `build` gets the owner's address once a session, and may be a coroutine function."""

    name: str = "empty"
    build: Callable[[str], object] = build_nothing


@dataclass(frozen=True, kw_only=True)
class Database:
    """A test's own database, with an address for each role."""

    name: str
    url: str  # the service's role: rows only
    owner_url: str  # the role that migrates
    admin_url: str  # the role that made it


class Databases:
    """Templates and their copies on one PostgreSQL; other sessions on the same server are not disturbed."""

    def __init__(self, *, admin_url: str) -> None:
        """Make nothing yet."""
        self._admin_url = admin_url
        self._token = secrets.token_hex(3)
        self._passwords = Passwords.drawn()
        self._templates: dict[str, Grants] = {}
        self._copies = 0

    def fresh(self, *, template: Template) -> Database:
        """Copy the template into a new database, building it the first time."""
        if template.name not in self._templates:
            self._templates[template.name] = self._built(template=template)
        grants = self._templates[template.name]
        self._copies += 1
        name = f"test_{self._token}_{self._copies}"
        self._run(
            f'CREATE DATABASE "{name}" TEMPLATE "{grants.database}" OWNER "{grants.owner}";'
            f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC; GRANT CONNECT ON DATABASE "{name}" TO "{grants.runner}";',
        )
        return Database(
            name=name,
            url=self._url(database=name, role=grants.runner),
            owner_url=self._url(database=name, role=grants.owner),
            admin_url=on_database(url=self._admin_url, database=name),
        )

    def drop(self, *, database: Database) -> None:
        """Drop a copy, whoever is still connected."""
        self._run(f'DROP DATABASE IF EXISTS "{database.name}" WITH (FORCE);')

    def close(self) -> None:
        """Drop the templates and their roles."""
        for grants in self._templates.values():
            self._run(
                f'DROP DATABASE IF EXISTS "{grants.database}" WITH (FORCE);'
                f'DROP ROLE IF EXISTS "{grants.owner}", "{grants.runner}";',
            )
        self._templates.clear()

    def _built(self, *, template: Template) -> Grants:
        base = f"test_{self._token}_{template.name}"
        grants = Grants(database=base, owner=f"{base}_owner", runner=f"{base}_service")
        provision(url=self._admin_url, grants=(grants,), passwords=self._passwords)
        _run_build(build=template.build, url=self._url(database=base, role=grants.owner))
        return grants

    def _url(self, *, database: str, role: str) -> str:
        url = on_database(url=self._admin_url, database=database)
        return as_role(url=url, role=role, password=self._passwords.password(role=role))

    def _run(self, sql: str) -> None:
        # One statement a line: psql sends what follows a semicolon as another, and CREATE DATABASE must stand alone.
        run_sql(url=self._admin_url, sql=sql.replace(";", ";\n"))


def _run_build(*, build: Callable[[str], object], url: str) -> None:
    result = build(url)
    if inspect.iscoroutine(result):
        # In a thread: the test's own event loop may be set up in this one.
        with ThreadPoolExecutor(max_workers=1) as pool:
            pool.submit(asyncio.run, result).result()
