"""The chassis as processes on real servers: one, two and four of each service, stopped, killed and replaced."""

import asyncio
import signal

import asyncpg
import pytest
from toys.bank import SESSION_MS, Bank, Depositor, Worker
from toys.books import check_books, check_topics, until_at_rest

from embedded.eventually import eventually

pytestmark = pytest.mark.timeout(600)


async def check(bank: Bank, depositor: Depositor) -> None:
    """Nothing is lost, doubled or reordered, in the databases and on the topics."""
    books = await until_at_rest(bank, depositor.sent)
    check_books(books, depositor.sent)
    await check_topics(bank, depositor.sent)


@pytest.mark.parametrize("processes", [1, 2, 4])
async def test_nothing_is_lost_doubled_or_reordered(bank: Bank, processes: int) -> None:
    """With one, two or four processes of each service, every deposit comes back once and in order."""
    await bank.start_all(vault=processes, teller=processes)
    async with Depositor.at(bank) as depositor:
        await depositor.bring(rounds=30, twice=True)
    await check(bank, depositor)
    assert [0] * 2 * processes == await bank.stop()


async def epochs_of(bank: Bank, service: str) -> dict[int, int]:
    connection = await asyncpg.connect(bank.databases[service].admin_url)
    try:
        return {row["shard"]: row["epoch"] for row in await connection.fetch("SELECT shard, epoch FROM owners")}
    finally:
        await connection.close()


def opened(worker: Worker) -> dict[int, int]:
    """Return the epochs under which a process opened its shards last."""
    event = worker.events("shards.open")[-1]
    return dict(zip(event["shards"], event["epochs"], strict=True))


async def test_a_zombie_commits_nothing(bank: Bank) -> None:
    """A process stopped past its session wakes to raised epochs: what it held is done by others, once."""
    await bank.start_all(vault=2, teller=2)
    victims = [bank.workers[0], bank.workers[2]]
    async with Depositor.at(bank) as depositor:
        await depositor.bring(rounds=5)
        held = {victim.service: opened(victim) for victim in victims}
        for victim in victims:
            victim.send(signal.SIGSTOP)
        await depositor.bring(rounds=SESSION_MS // 1000, pause=1.0)

        async def are_replaced() -> bool:
            now = {service: await epochs_of(bank, service) for service in held}
            return all(now[service][shard] > epoch for service, own in held.items() for shard, epoch in own.items())

        await eventually(are_replaced, within=120)
        for victim in victims:
            victim.send(signal.SIGCONT)
        await depositor.bring(rounds=10, pause=0.2)
    await check(bank, depositor)
    await bank.until_ready()


async def test_a_rolling_restart_loses_and_doubles_nothing(bank: Bank) -> None:
    """Every process is replaced by a new one under load; each ends with code 0, and the books are exact."""
    await bank.start_all(vault=2, teller=2)
    codes = []
    async with Depositor.at(bank) as depositor, asyncio.TaskGroup() as group:
        group.create_task(depositor.bring(rounds=100, pause=0.15))
        for old in list(bank.workers):
            codes.append(await old.stop())
            await bank.until_answer(await bank.start(old.service))
    await check(bank, depositor)
    assert [0] * 4 == codes


async def test_killed_processes_are_taken_over(bank: Bank) -> None:
    """One process of each service dies at once under load; the others take its shards over."""
    await bank.start_all(vault=2, teller=2)
    async with Depositor.at(bank) as depositor, asyncio.TaskGroup() as group:
        group.create_task(depositor.bring(rounds=40, pause=0.1))
        await eventually(lambda: depositor.sent["account-0"] >= 10)
        await bank.workers[0].kill()
        await bank.workers[2].kill()
    await check(bank, depositor)
