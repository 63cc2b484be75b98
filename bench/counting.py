"""What the database server counts: transactions always, statements where pg_stat_statements is loaded."""

import json
from typing import NamedTuple

from embedded.databases import run_sql
from simulators.house.embedded import EmbeddedHouse

_OURS = "datname NOT IN ('postgres', 'template0', 'template1')"
_TRANSACTIONS = f"SELECT sum(xact_commit) FROM pg_stat_database WHERE {_OURS};"  # noqa: S608 - a constant
_WAL = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn;"
_STATEMENTS = rf"""
SELECT json_build_array(
    calls, total_exec_time, rows, wal_bytes, wal_fpi,
    datname || ': ' || left(regexp_replace(query, '\s+', ' ', 'g'), 110)
)
FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid
WHERE {_OURS} ORDER BY total_exec_time DESC LIMIT 40;
"""  # noqa: S608 - a constant


class Statement(NamedTuple):
    """A statement of one service: how often it ran, how long in the server, over how many rows, what it logged."""

    calls: int
    milliseconds: float
    rows: int
    wal_bytes: int
    wal_pages: int  # whole pages in it, each the first change of a page after a checkpoint
    text: str


def transactions(*, house: EmbeddedHouse) -> int:
    """Return how many transactions the services' databases have committed."""
    return int(run_sql(url=house.servers.postgres_url(), sql=_TRANSACTIONS))


def wal_bytes(*, house: EmbeddedHouse) -> int:
    """Return how many bytes of log the server has written."""
    return int(run_sql(url=house.servers.postgres_url(), sql=_WAL))


def reset_statements(*, house: EmbeddedHouse) -> None:
    """Forget the statements so far."""
    run_sql(url=house.servers.postgres_url(), sql="SELECT pg_stat_statements_reset();")


def read_statements(*, house: EmbeddedHouse) -> list[Statement]:
    """Return the statements that took longest altogether."""
    lines = run_sql(url=house.servers.postgres_url(), sql=_STATEMENTS).splitlines()
    return [Statement(*json.loads(line)) for line in lines]
