"""How a write ends when its connection does, or who waits for it."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import asyncpg
import pytest
from examples import NOW, handled, receipt, write
from toy import service as toy

from chassis.store.errors import Unavailable, UnknownOutcome
from chassis.store.postgres import PostgresStore
from chassis.store.values import Changes, Loaded, Write
from chassis.store.writing import Writing
from embedded.eventually import eventually
from embedded.templates import Database

Fetch = Callable[..., Coroutine[Any, Any, list[Mapping[str, Any]]]]


def locking(changes: Changes) -> Write:
    """Write changes upon a lock: in a transaction of several statements."""
    return Write(fence={0: 1}, locks=((toy.SHOW, "hamlet"),), decide=lambda _locked: changes)


@pytest.fixture
def cut(admin: Fetch, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have the server end the next connection that locks and writes, before its statements or after them."""

    def arm(moment: str) -> None:
        inside = Writing.locked

        async def locked(writing: Writing, connection: Any, plan: Write) -> Any:
            monkeypatch.undo()
            written = await inside(writing, connection, plan) if moment == "after" else None
            await admin("SELECT pg_terminate_backend($1)", connection.get_server_pid())
            return written if moment == "after" else await inside(writing, connection, plan)

        monkeypatch.setattr(Writing, "locked", locked)

    return arm


async def test_a_lost_answer_to_commit_is_an_unknown_outcome(owned: PostgresStore, cut: Callable[[str], None]) -> None:
    """A connection that dies at COMMIT leaves it open whether the write happened; the store goes on."""
    cut("after")
    with pytest.raises(UnknownOutcome):
        await owned.write(write=locking(Changes(now=NOW, inbox=(handled("m1"),))))
    await write(owned, inbox=(handled("m2"),))
    assert list(await owned.known(message_ids=["m1", "m2"])) == ["m2"]


async def test_a_lost_answer_to_a_statement_that_commits_is_an_unknown_outcome(
    owned: PostgresStore, admin: Fetch, database: Database
) -> None:
    """A write without locks is one statement that commits by itself: its lost answer tells nothing either."""
    connection = await asyncpg.connect(database.url)
    async with connection.transaction():
        await connection.execute("UPDATE owners SET epoch = epoch WHERE shard = 0")
        waiting = asyncio.create_task(write(owned, inbox=(handled("m1"),)))
        held = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'toy'"
        (found,) = await eventually(lambda: admin(held), every=0.01)
        await admin("SELECT pg_terminate_backend($1)", found["pid"])
        with pytest.raises(UnknownOutcome):
            await waiting
    await connection.close()
    await write(owned, inbox=(handled("m2"),))
    assert list(await owned.known(message_ids=["m1", "m2"])) == ["m2"]


async def test_a_connection_lost_before_commit_is_no_unknown_outcome(
    owned: PostgresStore, cut: Callable[[str], None]
) -> None:
    """A connection that dies inside the write is a plain failure: nothing was written."""

    def decide(_locked: Loaded) -> Changes:
        raise ConnectionResetError("gone")

    with pytest.raises(Unavailable):
        await owned.write(write=Write(fence={0: 1}, locks=((toy.SHOW, "hamlet"),), decide=decide))
    cut("before")
    with pytest.raises(Unavailable):
        await owned.write(write=locking(Changes(now=NOW, inbox=(handled("m1"),))))
    await write(owned, inbox=(handled("m2"),))
    assert list(await owned.known(message_ids=["m1", "m2"])) == ["m2"]


async def test_a_cancelled_write_leaves_no_transaction_open(owned: PostgresStore, admin: Fetch) -> None:
    """Cancelling a write in the middle undoes it, and its connection is not handed on inside a transaction."""
    running = asyncio.create_task(write(owned, rows=tuple(receipt(n) for n in range(20_000))))
    busy = "SELECT FROM pg_stat_activity WHERE application_name = 'toy' AND xact_start IS NOT NULL"
    await eventually(lambda: admin(busy), every=0.001)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await write(owned, rows=(receipt(1),))
    assert len(await admin("SELECT FROM receipts")) == 1
    assert await admin(busy) == []
