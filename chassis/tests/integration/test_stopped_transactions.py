"""A process that is stopped inside a transaction must not keep the next owner of its shards waiting."""

import asyncpg
import pytest

from embedded.eventually import eventually
from embedded.templates import Database

RAISE = "INSERT INTO owners (shard, epoch) VALUES (0, 1) ON CONFLICT (shard) DO UPDATE SET epoch = owners.epoch + 1"


@pytest.mark.parametrize("prepares", [False, True])
async def test_the_database_ends_it(database: Database, *, prepares: bool) -> None:
    """The locks are free within seconds, whether it was stopped between statements or in the middle of one."""
    stopped = await asyncpg.connect(database.url)
    await stopped.execute("BEGIN")
    await stopped.execute(RAISE)
    if prepares:
        await stopped.prepare("SELECT 1 + 1")
    successor = await asyncpg.connect(database.url)

    async def is_raised() -> bool:
        try:
            await successor.execute(RAISE)
        except asyncpg.LockNotAvailableError:
            return False
        return True

    await eventually(is_raised, within=40)
    await successor.close()
    stopped.terminate()
