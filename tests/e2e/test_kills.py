"""Every service is killed in the middle of a run of real baskets, and nothing is lost."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import httpx
import pytest
from rich.console import Console

from e2e.tape import Tape
from e2e.town import Town
from embedded.eventually import eventually
from simulators.baskets.read import Replay
from simulators.baskets.reference import derive_reference
from simulators.demo.books import Clerk, Holdings
from simulators.demo.playing import Played, play
from simulators.demo.preparing import prepare
from simulators.demo.reconcile import reconcile
from simulators.house.addresses import SERVICES, Addresses
from simulators.house.embedded import EmbeddedHouse
from simulators.house.house import Verdict
from simulators.shopper.plan import Plan, Shares, make_plans

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(400)]

BASKETS = 40
RUN = "kills"
SHARES = Shares(short=50_000, unpaid=50_000, late=50_000, cancelled=100_000, refused=50_000)
PLAY_SECONDS = 240
ONCE = ("order.placed", "order.confirmed", "order.completed", "order.cancelled", "order.closed", "order.rejected")
REST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Killed:
    """The house to the shopper's eyes: a process that was killed is being started again, and no reason to give up."""

    house: EmbeddedHouse

    @property
    def addresses(self) -> Addresses:
        """Where everything is."""
        return self.house.addresses

    def dead(self) -> tuple[str, ...]:
        """Return none."""
        return ()

    def audit(self) -> Verdict:
        """Ask the auditor."""
        return self.house.audit()

    def __enter__(self) -> Self:
        """It runs already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave it as it is."""


async def kill_each(house: EmbeddedHouse, town: Town, plans: Sequence[Plan]) -> None:
    """Kill one service after the other when orders are under way, and start it again at once."""
    orders = {plan.order_id for plan in plans}

    def placed() -> int:
        return sum(bool(town.tape.of(order_id)) for order_id in orders)

    for number, service in enumerate(SERVICES):
        wanted = (number + 1) * len(plans) // (len(SERVICES) + 1)
        await eventually(lambda wanted=wanted: placed() >= wanted, within=PLAY_SECONDS)  # type: ignore[misc]  # bound now
        house.kill(service)
        await asyncio.to_thread(house.launch, service)


async def lived(house: EmbeddedHouse, town: Town, plans: tuple[Plan, ...]) -> Played:
    """Live all plans while the services are killed."""
    playing = asyncio.create_task(
        play(
            house=Killed(house),
            plans=plans,
            run=RUN,
            at_once=len(plans) // 3,
            seconds=PLAY_SECONDS,
            console=Console(quiet=True),
        )
    )
    await kill_each(house, town, plans)
    return await playing


async def test_nothing_is_lost_when_every_service_is_killed(house: EmbeddedHouse, town: Town) -> None:
    """Real baskets end as planned, to the cent and to the unit, although each service is killed on the way."""
    addresses = house.addresses
    replay = Replay(count=BASKETS, weeks=None)
    plans = make_plans(baskets=list(replay.baskets()), seed=3, run=RUN, shares=SHARES)
    async with httpx.AsyncClient() as client:
        clerk = Clerk(addresses=addresses, client=client)
        before = await clerk.holdings()
        received = await prepare(
            addresses=addresses, reference=derive_reference(replay=replay), plans=plans, run=RUN, say=lambda _: None
        )
        before = replace(before, on_hand=before.on_hand + received)
        played = await lived(house, town, plans)
        assert () == played.stuck
        assert [] == [wrong for plan in plans for wrong in told_wrongly(town.tape, plan)]
        await at_rest(clerk, played, before)
    verdict = await asyncio.to_thread(audited, house)
    assert 0 == verdict.exit_code, verdict.words


def told_wrongly(tape: Tape, plan: Plan) -> list[str]:
    """Return what was told of an order out of order, or more than once where it can happen once."""
    told = Counter(each.what for each in tape.of(plan.order_id))
    twice = [f"{plan.order_id}: {what} was told {told[what]} times" for what in ONCE if told[what] > 1]
    early = [f"{plan.order_id}: {first} came before {second}" for first, second in tape.out_of_order(plan.order_id)]
    return [*twice, *early]


async def at_rest(clerk: Clerk, played: Played, before: Holdings) -> None:
    """Wait until the books agree with the plans in every figure."""
    today = datetime.now(UTC).date()

    async def differences() -> list[str]:
        found = reconcile(lived=played.lived, before=before, books=await clerk.books(since=today))
        figures = [f"{each.what}: {each.found}, not {each.expected}" for each in found.figures if not each.agrees]
        return [*figures, *found.differences]

    async def agrees() -> bool:
        return await differences() == []

    try:
        await eventually(agrees, within=REST_SECONDS, every=1.0)
    except AssertionError:
        assert [] == await differences()


def audited(house: EmbeddedHouse) -> Verdict:
    """Return the auditor's verdict on all that the session has done, asked again while something is under way."""
    verdict = house.audit()
    for _ in range(4):
        if verdict.exit_code:
            verdict = house.audit()
    return verdict
