"""The chassis as processes on real servers: one, two and four of each service."""

import asyncio
import random
import signal

import pytest
from toys.bank import Bank, Depositor, check_books, check_topics, until_at_rest


@pytest.mark.parametrize("processes", [1, 2, 4])
async def test_nothing_is_lost_doubled_or_reordered(bank: Bank, processes: int) -> None:
    """With one, two or four processes of each service, every deposit comes back once and in order."""
    await bank.start_all(vault=processes, teller=processes)
    depositor = await Depositor.open(bank, accounts=24)
    await depositor.bring(rounds=30, twice=True)
    await depositor.close()
    books = await until_at_rest(bank, depositor.sent)
    check_books(books, depositor.sent)
    await check_topics(bank, depositor.sent)
    assert [0] * 2 * processes == await bank.stop()
