"""Waits until a house is at rest: the books agree with the plans, no saga waits, and the auditor finds nothing."""

import asyncio
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from simulators.demo.books import Books, Clerk, Holdings
from simulators.demo.reconcile import Reconciliation, reconcile
from simulators.house.house import House, Verdict
from simulators.shopper.customer import Lived

_ASK_EVERY_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What the books and the auditor said last."""

    books: Books
    reconciliation: Reconciliation
    verdict: Verdict


async def settle(
    *,
    house: House,
    clerk: Clerk,
    lived: Sequence[Lived],
    order_ids: Collection[str],
    before: Holdings,
    since: date,
    within: float,
) -> Settled:
    """Ask until all agrees and these orders are at rest, or time is up.

    The last credit note, the last settlement and the last step of a saga come after the end that the customer sees.
    """
    deadline = time.monotonic() + within
    while True:
        books = await clerk.books(since=since)
        found = reconcile(lived=lived, before=before, books=books)
        late = time.monotonic() > deadline
        if late or (found.agrees and all(books.at_rest(order_id=each) for each in order_ids)):
            verdict = await asyncio.to_thread(house.audit)
            if late or not verdict.exit_code:
                return Settled(books=books, reconciliation=found, verdict=verdict)
        await asyncio.sleep(_ASK_EVERY_SECONDS)
