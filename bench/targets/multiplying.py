"""Fills the five databases with finished orders: copies of what a few real orders left, each under ids of its own.

Of each id (they are all UUIDs in text) the first three digits stay, so that copies spread over an index as real ids do;
then comes a `g`, which no real id has, and the number of the copy. The event log is not filled: its older days are
partitions that nothing looks into any more.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from bench.house import database_urls
from bench.rounds import Say
from simulators.house.embedded import EmbeddedHouse

MOST_COPIES = 65_535
_AT_ONCE = 20  # copies in one transaction
_ID = "([0-9a-f]{3})[0-9a-f]{5}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
_OF_ORDERS, _SINCE = "t.order_id = ANY($1::text[])", "t.{} >= $2::timestamptz"

TABLES: Mapping[str, Mapping[str, str]] = {
    "order": {"orders": _OF_ORDERS, "terms": _OF_ORDERS, "entries": _OF_ORDERS},
    "inventory": {"reservations": _OF_ORDERS, "movements": _OF_ORDERS},
    "payment": {"payments": _OF_ORDERS, "postings": _OF_ORDERS},
    "fulfillment": {"assignments": _OF_ORDERS, "shipments": _OF_ORDERS, "waves": _SINCE.format("closed_at")},
    "billing": {"bills": _OF_ORDERS, "documents": _OF_ORDERS},
}
INBOX = {"inbox": _SINCE.format("handled_at")}

LINES = "CREATE TEMPORARY TABLE lines (line text NOT NULL, most bigint NOT NULL)"

# What is unique without an id in it. A document's number goes on where those of the copy before ended, without gaps.
OWN: Mapping[str, str] = {
    "documents": "jsonb_build_object('serial', (made.row).serial + made.copy * made.most)",
    "waves": "jsonb_build_object('wave_id', (made.row).wave_id || ':g' || made.copy)",
}

# The rows that orders share, and what they must say when there are so many orders more.
AFTERWARDS: Mapping[str, str] = {
    "inventory": """
        UPDATE stock AS s SET on_hand = m.on_hand, reserved = m.reserved
        FROM (
            SELECT sku, warehouse_id, sum(quantity * k.on_hand) AS on_hand, sum(quantity * k.reserved) AS reserved
            FROM movements JOIN movement_kinds AS k USING (kind) GROUP BY sku, warehouse_id
        ) AS m
        WHERE s.sku = m.sku AND s.warehouse_id = m.warehouse_id
    """,
    "payment": """
        UPDATE balances AS b SET amount = b.amount - p.spent
        FROM (
            SELECT customer_id, currency, sum(captured - refunded) AS spent FROM payments
            WHERE channel = 'balance' AND order_id LIKE '___g%' GROUP BY customer_id, currency
        ) AS p
        WHERE b.customer_id = p.customer_id AND b.currency = p.currency
    """,
    "billing": """
        UPDATE sequences AS s SET last = d.last
        FROM (SELECT issuer, series, max(serial) AS last FROM documents GROUP BY issuer, series) AS d
        WHERE s.issuer = d.issuer AND s.series = d.series
    """,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The orders that are copied: all that were placed since a time."""

    order_ids: Sequence[str]
    since: datetime


async def multiply(*, house: EmbeddedHouse, sample: Sample, copies: int, say: Say) -> None:
    """Copy the sample so many times in every database, bring shared rows in line and refresh the statistics."""
    if not 0 < copies <= MOST_COPIES:
        raise ValueError(f"{copies} copies, at most {MOST_COPIES}: carry more real orders")
    async with asyncio.TaskGroup() as group:
        for service, url in database_urls(house=house).items():
            group.create_task(_fill(service, url, sample, copies, say))


async def _fill(service: str, url: str, sample: Sample, copies: int, say: Say) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET synchronous_commit = off")
        await connection.execute(LINES)
        for table, condition in {**TABLES[service], **INBOX}.items():
            await connection.execute("TRUNCATE lines")
            await connection.execute(sampling(table=table, condition=condition), sample.order_ids, sample.since)
            for first in range(1, copies + 1, _AT_ONCE):
                await connection.execute(copying(table=table), first, min(first + _AT_ONCE - 1, copies))
            say(f"{service}: {table} filled")
        if service in AFTERWARDS:
            await connection.execute(AFTERWARDS[service])
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def sampling(*, table: str, condition: str) -> str:
    """Return the statement that keeps the rows to be copied: once, since copies must not be copied themselves."""
    most = "max(serial) OVER ()" if table == "documents" else "0"
    return f"""
        INSERT INTO lines (line, most) SELECT t::text, {most} FROM {table} AS t
        WHERE {condition} AND $1::text[] IS NOT NULL AND $2::timestamptz IS NOT NULL
    """  # noqa: S608 - constants of this module


def copying(*, table: str) -> str:
    """Return the statement that adds the copies $1 to $2 of the rows that were kept."""
    row = f"jsonb_populate_record(made.row, {OWN[table]})" if table in OWN else "made.row"
    # OFFSET 0 keeps the planner from making each row once for every column.
    return f"""
        INSERT INTO {table} SELECT (finished.row).* FROM (
            SELECT {row} AS row FROM (
                SELECT regexp_replace(
                    line, '{_ID}', '\\1g' || lpad(to_hex(copy), 4, '0') || '\\2', 'g'
                )::{table} AS row, copy, most
                FROM generate_series($1::integer, $2::integer) AS copy, lines
                OFFSET 0
            ) AS made OFFSET 0
        ) AS finished
    """  # noqa: S608 - constants of this module


async def stored_bytes(*, house: EmbeddedHouse) -> int:
    """Return how large the five databases are."""
    total = 0
    for url in database_urls(house=house).values():
        connection = await asyncpg.connect(url)
        total += await connection.fetchval("SELECT pg_database_size(current_database())")
        await connection.close()
    return total
