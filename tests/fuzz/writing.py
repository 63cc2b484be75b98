"""Target: batches on PostgreSQL, good messages and bad ones together: each is decided, and none holds up the others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from random import Random

from chassis.message import NotForUs, Record, Unreadable
from chassis.verdicts import Handled, Verdict
from fuzz.books import Books, databases, open_books
from fuzz.deciding import Brought, drawn_brought, edited_record, edits_of, refused_by_name
from fuzz.edits import Edit
from fuzz.houses import NAMES
from fuzz.target import Case, Target, Wrong

SIZE = 24
REFUSED_BY_DATABASE = ("DataError", "CheckViolationError", "UniqueViolationError", "NumericValueOutOfRangeError")


class Writing:
    """A batch ends without waiting; everything in it has a verdict, and dies only of what somebody has named."""

    def __init__(self, *, books: Mapping[str, Books]) -> None:
        self._books = books
        self._number = 0

    def draw(self, *, rng: Random) -> Case:
        """Draw a batch: the edits of all its messages are in the seed, those of the last one can be shrunk."""
        name = rng.choice(NAMES)
        batch = [_drawn(rng, name) for _ in range(SIZE)]
        return Case((name, batch[:-1], batch[-1][0]), batch[-1][1])

    async def run(self, *, case: Case) -> bool:
        """Handle the batch; true when the last one was accepted."""
        name, others, last = case.seed
        cases = [*(Case(brought, edits) for brought, edits in others), Case(last, case.edits)]
        self._number += 1
        records = [_fresh(edited_record(case=each), f"{self._number}-{at}") for at, each in enumerate(cases)]
        books = self._books[name]
        processed = await books.take(records=records)
        taken = sum(not isinstance(books.parser.record(record=record), NotForUs) for record in records)
        if processed.fenced or len(processed.handled) != taken:
            raise Wrong(f"{len(processed.handled)} verdicts for {taken} messages, shards {processed.fenced} lost")
        accepted = False
        for handled in processed.handled:
            if not _refused_by_database(handled):
                refused_by_name(handled=handled)
            accepted |= handled.message.id.endswith(f"-{SIZE - 1}") and handled.verdict is Verdict.APPLIED
        return accepted

    def show(self, *, case: Case) -> str:
        """Show the last message."""
        return f"to {case.seed[0]}, last of {SIZE}: {(case.seed[2].record.value or b'')[:300]!r}"


def _drawn(rng: Random, name: str) -> tuple[Brought, tuple[Edit, ...]]:
    brought = drawn_brought(rng=rng, names=(name,))
    return brought, edits_of(rng=rng, brought=brought) if rng.random() < 0.5 else ()


def _fresh(record: Record, number: str) -> Record:
    """Give the record an id of its own, where it has one."""
    headers = tuple((name, f"fuzz-{number}".encode() if name == "ce_id" else value) for name, value in record.headers)
    return replace(record, headers=headers)


def _refused_by_database(handled: Handled) -> bool:
    """Return whether the reader or the database refused it: both say so by name."""
    reason = str((handled.answer or {}).get("reason", ""))
    return isinstance(handled.message, Unreadable) or reason.startswith(REFUSED_BY_DATABASE)


@asynccontextmanager
async def writing(address: str) -> AsyncIterator[Target]:
    """Open all services on databases of their own."""
    with databases(address=address) as fresh:
        async with AsyncExitStack() as stack:
            books = {name: await stack.enter_async_context(open_books(name=name, url=fresh(name))) for name in NAMES}
            yield Writing(books=books)
