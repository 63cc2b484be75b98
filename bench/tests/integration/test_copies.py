"""What fills databases for growth and drain: copies under ids of their own, on the schemas that the services have."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import asyncpg
import pytest

from bench.targets.drain import BACKLOG
from bench.targets.multiplying import AFTERWARDS, INBOX, LINES, TABLES, copying, sampling
from chassis.migrating import migrate
from embedded.templates import Database, Template

Fresh = Callable[..., Database]
ORDER = "abc12345-1111-5111-8111-0123456789ab"
NOW = datetime(2026, 1, 5, tzinfo=UTC)


async def _migrated(fresh_database: Fresh, service: str) -> Any:
    build = partial(_build, package=service)
    return await asyncpg.connect(fresh_database(template=Template(name=service, build=build)).admin_url)


async def _build(url: str, *, package: str) -> None:
    await migrate(url=url, package=package)


@pytest.mark.parametrize("service", TABLES)
async def test_every_table_can_be_copied(fresh_database: Fresh, service: str) -> None:
    """The statements fit the tables as they are now, those that bring shared rows in line as well."""
    connection = await _migrated(fresh_database, service)
    await connection.execute(LINES)
    for table, condition in {**TABLES[service], **INBOX}.items():
        await connection.execute(sampling(table=table, condition=condition), [ORDER], NOW)
        await connection.execute(copying(table=table), 1, 2)
    if service in AFTERWARDS:
        await connection.execute(AFTERWARDS[service])
    await connection.close()


async def test_a_copy_has_ids_and_a_number_of_its_own(fresh_database: Fresh) -> None:
    """Copies spread as ids do, and their numbers go on where the real ones and then the other copies ended."""
    connection = await _migrated(fresh_database, "billing")
    await connection.executemany(
        """
        INSERT INTO documents (document_id, kind, issuer, series, year, serial, number, order_id, sub_order_id,
            currency, total, issued_at, document)
        VALUES ($1, 'invoice', 'm1', 'E', 2026, $2, 'n', $3, $1, 'USD', 1, now(), jsonb_build_object('order', $3::text))
        """,
        [(f"{ORDER}:m1", 1, ORDER), (f"{ORDER}:m2", 2, ORDER)],
    )
    await connection.execute(LINES)
    await connection.execute(sampling(table="documents", condition=TABLES["billing"]["documents"]), [ORDER], NOW)
    for copy in (1, 2):
        await connection.execute(copying(table="documents"), copy, copy)
    rows = await connection.fetch(
        "SELECT order_id, serial, document ->> 'order' AS inside FROM documents ORDER BY serial"
    )
    first, second = (f"abcg000{copy}-1111-5111-8111-0123456789ab" for copy in (1, 2))
    assert [ORDER, ORDER, first, first, second, second] == [row["order_id"] for row in rows]
    assert [1, 2, 3, 4, 5, 6] == [row["serial"] for row in rows]
    assert all(row["inside"] == row["order_id"] for row in rows)
    await connection.close()


async def test_a_backlog_is_what_was_really_said(fresh_database: Fresh) -> None:
    """Rows are added in turns under new sequence numbers, each with its pointer and nothing else changed."""
    connection = await _migrated(fresh_database, "order")
    await connection.execute("SELECT keep_log_days($1, $1)", NOW.date())
    await connection.executemany(
        """
        INSERT INTO event_log (day, shard, topic, key, type, message_id, headers, payload, written_at)
        VALUES ($1, 3, 'order.events', 'k', 't', $2, '{}', '{"a":  1}', now())
        """,
        [(NOW.date(), "one"), (NOW.date(), "two")],
    )
    last = await connection.fetchval("SELECT max(seq) FROM event_log")
    await connection.execute(BACKLOG.read_text("utf-8"), 5, last)
    rows = await connection.fetch(
        "SELECT message_id, payload FROM outbox JOIN event_log USING (seq, shard, day) ORDER BY seq"
    )
    assert 5 == len(rows)
    assert {"one": 3, "two": 2} == {name: [row["message_id"] for row in rows].count(name) for name in ("one", "two")}
    assert {'{"a":  1}'} == {row["payload"] for row in rows}
    await connection.close()
