from collections.abc import Iterator
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Self

import httpx
import pytest

from simulators.demo import settling
from simulators.demo.books import Books, Clerk, Holdings
from simulators.demo.settling import Settled, settle
from simulators.house.addresses import Addresses
from simulators.house.house import Verdict

CLEAN = Verdict(words="audit: 12 checks, 0 violations", exit_code=0)
DIRTY = Verdict(words="audit: 12 checks, 3 violations", exit_code=1)
NOWHERE = Addresses(kafka="", urls={}, tokens={}, channel_secret="")


class ScriptedClerk(Clerk):
    """Shows an order whose saga runs so many times, and at rest ever after."""

    def __init__(self, *, running: int) -> None:
        super().__init__(addresses=NOWHERE, client=httpx.AsyncClient())
        self.asked = 0
        self._running = running

    async def books(self, *, since: date) -> Books:
        self.asked += 1
        facts = {"state": "completed", "terminal": self.asked > self._running}
        return Books(orders={"o": facts}, inventory={}, payment={}, fulfillment={}, billing={})


class ScriptedHouse:
    """Gives one verdict after the other, the last one for ever."""

    addresses = NOWHERE

    def __init__(self, *verdicts: Verdict) -> None:
        self._verdicts: Iterator[Verdict] = iter(verdicts)
        self._last = verdicts[-1]

    def dead(self) -> tuple[str, ...]:
        return ()

    def audit(self) -> Verdict:
        return next(self._verdicts, self._last)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once."""
    monkeypatch.setattr(settling, "_ASK_EVERY_SECONDS", 0.0)


async def settled(clerk: ScriptedClerk, *verdicts: Verdict, within: float = 60.0) -> Settled:
    return await settle(
        house=ScriptedHouse(*verdicts),
        clerk=clerk,
        lived=(),
        order_ids=("o",),
        before=Holdings(),
        since=datetime.now(UTC).date(),
        within=within,
    )


async def test_saga_that_runs_is_waited_for() -> None:
    """Books that agree are read again while a saga of an order still runs."""
    clerk = ScriptedClerk(running=2)
    found = await settled(clerk, CLEAN)
    assert (3, True) == (clerk.asked, found.books.at_rest(order_id="o"))


async def test_auditor_is_asked_again() -> None:
    """What the auditor finds while something is under way is not its last word."""
    assert CLEAN == (await settled(ScriptedClerk(running=0), DIRTY, DIRTY, CLEAN)).verdict


async def test_patience_ends() -> None:
    """A saga that waits for ever and a violation that stays are returned when time is up."""
    found = await settled(ScriptedClerk(running=1_000_000), DIRTY, within=0.0)
    assert (False, DIRTY) == (found.books.at_rest(order_id="o"), found.verdict)


@pytest.mark.parametrize(
    "verdict, expected", [(CLEAN, 0), (DIRTY, 3), (Verdict(words="payment does not answer", exit_code=2), 1)]
)
def test_violations_are_counted(verdict: Verdict, expected: int) -> None:
    """The auditor's count is taken, and an auditor that could not ask counts as a violation."""
    assert expected == verdict.violations
