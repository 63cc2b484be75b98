"""What the auditor finds in the chassis's own tables, on a real PostgreSQL."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from examples import HELD, NOW, RECORD, handled, own, said, saved, task, write

from chassis.audit import OWN, Check, run_check
from chassis.http import Queries
from chassis.statements import parse_statements, read_statements
from chassis.store.errors import Unavailable
from chassis.store.postgres import PostgresStore
from chassis.store.values import DeadLetter, ParkedMessage
from embedded.templates import Database

AUDIT = read_statements(package="chassis", name="audit.sql")
CHECKS = {check.statement: check for check in OWN}
SLOW = parse_statements(
    text="-- name: slow\n-- Waits.\nSELECT 7 AS checked, '{}'::text[] AS violations FROM pg_sleep(2.2);"
)


@pytest.fixture
async def written(store: PostgresStore) -> PostgresStore:
    await own(store)
    await write(store, saves=(saved(HELD),), inbox=(handled("m1"),), journal=(said("e1"),), tasks=(task(),))
    return store


async def violations(pool: asyncpg.Pool, statement: str, *, age: int = -1) -> tuple[int, list[str]]:
    """Return what a check finds, that many seconds after the rows were written."""
    found = await run_check(queries=Queries(pool, AUDIT), check=CHECKS[statement], before=NOW + timedelta(seconds=age))
    return found["checked"], found["violations"]


async def test_every_statement_is_a_check() -> None:
    """Every statement of the file that is named as a check is run by the auditor."""
    assert {name for name in AUDIT if name.startswith("audit_")} == {*CHECKS}


async def test_sound_books_have_no_violation(written: PostgresStore, pool: asyncpg.Pool) -> None:
    """Messages that are just handled, journalled and planned violate nothing."""
    expected: dict[str, list[str]] = {name: [] for name in CHECKS}
    assert expected == {name: (await violations(pool, name))[1] for name in CHECKS}


async def test_an_unpublished_row_is_found(written: PostgresStore, pool: asyncpg.Pool) -> None:
    """A journal row whose pointer is still there when it has become old is named."""
    seq = await pool.fetchval("SELECT seq FROM outbox")
    expected = (1, [f"journal row {seq} of shard 0, toy.seats-held.v1 of b1, is not published"])
    assert expected == await violations(pool, "audit_published", age=1)


async def test_a_pointer_into_nowhere_is_found(
    written: PostgresStore, pool: asyncpg.Pool, admin: Callable[..., Any]
) -> None:
    """A pointer whose journal row is gone is named, however young it is."""
    await admin("DELETE FROM event_log")
    checked, found = await violations(pool, "audit_published")
    assert (0, 1) == (checked, len(found))


async def test_a_message_that_is_journalled_twice_is_found(written: PostgresStore, pool: asyncpg.Pool) -> None:
    """Two journal rows with one message id are named."""
    await write(written, journal=(said("e1"),))
    assert (2, ["message e1 is journalled 2 times"]) == await violations(pool, "audit_journalled_once")


async def test_a_message_without_fingerprint_is_found(written: PostgresStore, pool: asyncpg.Pool) -> None:
    """A handled message without a fingerprint cannot tell a repeat from a reused key."""
    await write(written, inbox=(replace(handled("m2"), fingerprint=""),))
    assert (2, ["message m2 has no fingerprint"]) == await violations(pool, "audit_inbox")


async def test_a_parked_message_without_retry_is_found(written: PostgresStore, pool: asyncpg.Pool) -> None:
    """A parked message that no retry will bring back is named."""
    parked = ParkedMessage(message_id="p1", shard=0, record=RECORD, reason="too early", tries=1, parked_at=NOW)
    await write(written, parked=(parked,))
    assert (1, ["message p1 is parked without a retry"]) == await violations(pool, "audit_set_aside")


async def test_a_dead_letter_that_counts_as_handled_is_found(written: PostgresStore, pool: asyncpg.Pool) -> None:
    """A message that is an open dead letter and applied at the same time is named."""
    letter = DeadLetter(message_id="m1", shard=0, type="toy.hold.v1", error="bad", record=RECORD, failed_at=NOW)
    await write(written, dead=(letter,))
    assert (1, ["message m1 is a dead letter and applied"]) == await violations(pool, "audit_set_aside")


async def test_a_check_may_read_longer_than_the_role_that_serves(database: Database) -> None:
    """The time-outs of the role that serves, made for short writes, do not cut a check off."""
    hasty = {"statement_timeout": "2s", "transaction_timeout": "2s"}
    slow = Queries(await asyncpg.create_pool(database.url, min_size=1, server_settings=hasty), SLOW)
    try:
        assert 7 == (await run_check(queries=slow, check=Check("I1", "it holds", "slow"), before=NOW))["checked"]
        with pytest.raises(Unavailable):
            await slow.fetch("slow")
    finally:
        await slow.pool.close()


async def test_an_overdue_timer_is_found(written: PostgresStore, pool: asyncpg.Pool) -> None:
    """A timer that nobody has taken for a minute is named."""
    checked, found = await violations(pool, "audit_tasks", age=1)
    assert (1, 1) == (checked, len(found))
    assert found[0].startswith("timer hold-ended of b1 was due at ")
