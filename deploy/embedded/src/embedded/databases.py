"""Databases and roles on any PostgreSQL, through the psql of the wheel."""

import os
import subprocess
from dataclasses import dataclass
from importlib import resources
from urllib.parse import quote, unquote, urlsplit

from embedded.passwords import Passwords
from embedded.postgres import program_folder
from embedded.process import ServerFailedError

SERVICES = ("order", "inventory", "payment", "fulfillment", "billing")


@dataclass(frozen=True, kw_only=True)
class Grants:
    """One service's database and its two roles."""

    database: str
    owner: str
    runner: str

    @classmethod
    def of_service(cls, *, service: str) -> "Grants":
        """Name them as every way of running does."""
        return cls(database=service, owner=f"{service}_owner", runner=f"{service}_service")


def provision(*, url: str, grants: tuple[Grants, ...], passwords: Passwords) -> None:
    """Make the databases and roles that are missing, and set the roles' rights and passwords."""
    text = resources.files("embedded").joinpath("service.sql").read_text()
    run_sql(url=url, sql="".join(_variables(grant=grant, passwords=passwords) + text for grant in grants))


def run_sql(*, url: str, sql: str) -> str:
    """Run a psql script as the role and on the database of the address, and return what it prints."""
    parts = urlsplit(url)
    given = {
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")),
    }
    done = subprocess.run(
        (
            str(program_folder() / "psql"),
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "-v",
            "ON_ERROR_STOP=1",
        ),
        input=sql,
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ServerFailedError(f"psql on {parts.hostname}:{parts.port} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def on_database(*, url: str, database: str) -> str:
    """Return the address of another database of the same server."""
    return urlsplit(url)._replace(path=f"/{quote(database)}").geturl()


def as_role(*, url: str, role: str, password: str) -> str:
    """Return the address of the same database for another role."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{quote(role)}:{quote(password)}@{host}").geturl()


def _variables(*, grant: Grants, passwords: Passwords) -> str:
    values = {
        "database": grant.database,
        "owner": grant.owner,
        "owner_password": passwords.password(role=grant.owner),
        "runner": grant.runner,
        "runner_password": passwords.password(role=grant.runner),
    }
    return "".join(f"\\set {name} '{value}'\n" for name, value in values.items())
