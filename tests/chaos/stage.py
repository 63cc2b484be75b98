"""What a scenario works with: the house, its keeper, the stream of orders, and the judge."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx

from chaos.desk import PatientPublisher, Record, RecordingDesk
from chaos.flow import Flow, Placed, Windows
from chaos.house import ChaosHouse, Keeper
from chaos.judge import JUDGED_AT_LEAST, Finding, judge
from embedded.eventually import eventually
from simulators.baskets.read import Replay
from simulators.baskets.reference import derive_reference
from simulators.demo.books import Clerk, Holdings
from simulators.demo.playing import open_street
from simulators.demo.preparing import prepare
from simulators.demo.settling import settle
from simulators.shopper.plan import Shares, make_plans
from simulators.shopper.replay import SOURCE
from simulators.shopper.watch import Watch

SHARES = Shares(short=20_000, unpaid=40_000, late=30_000, cancelled=60_000, refused=30_000, by_http=400_000)
STILL_SECONDS = 180.0
REST_SECONDS = 120.0
LOOK_SECONDS = 0.5


@dataclass(slots=True, kw_only=True)
class Stage:
    """A running house with customers at its door."""

    house: ChaosHouse
    keeper: Keeper
    flow: Flow
    record: Record
    clerk: Clerk
    random: random.Random
    say: Callable[[str], None]
    seed: int
    lot: int
    before: Holdings
    opened: datetime = field(default_factory=lambda: datetime.now(UTC))
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))
    editions: int = 0
    judged: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    @property
    def windows(self) -> Windows:
        """When something is wrong."""
        return self.flow.windows

    def begin(self) -> None:
        """Begin a scenario: what was placed before is at rest."""
        self.begun = datetime.now(UTC)
        self.wrong = []

    async def supply(self, *, orders: int) -> None:
        """See that so many orders can be placed: publish what lots of them need.

        Every lot is of the same baskets. What is said of a warehouse replaces what was said before, so that a lot of
        fewer baskets would take away the regions of orders that are still to be placed.
        """
        while len(self.flow.plans) < orders:
            await self._publish_lot()

    async def _publish_lot(self) -> None:
        self.editions += 1
        run = f"c{self.seed}-{self.editions}"
        replay = Replay(count=self.lot, weeks=None, edition=run)
        plans = make_plans(baskets=list(replay.baskets()), seed=self.seed, run=run, shares=SHARES)
        received: Counter[str] = await prepare(
            addresses=self.house.addresses,
            reference=derive_reference(replay=replay),
            plans=plans,
            run=run,
            say=lambda _: None,
        )
        self.before = replace(self.before, on_hand=self.before.on_hand + received)
        self.flow.plans.extend(plans)

    async def enough_outside(self) -> None:
        """Wait until enough orders to judge by have been placed while nothing was wrong; the judge looks again."""
        with suppress(AssertionError):
            await eventually(
                lambda: sum(each.outside for each in self._new()) >= JUDGED_AT_LEAST,
                within=STILL_SECONDS,
                every=LOOK_SECONDS,
            )

    async def at_rest(self) -> Finding:
        """Wait until every customer has gone home and all is at rest, then judge what was placed since last time."""
        await self._all_end()
        acknowledged = self.record.read()
        settled = await settle(
            house=self.house,
            clerk=self.clerk,
            lived=[each.lived for each in self.flow.placed.values() if each.lived is not None],
            order_ids=acknowledged,
            before=self.before,
            since=self.opened.date(),
            within=REST_SECONDS,
        )
        new = self._new()
        self.judged |= self.flow.placed.keys()
        return judge(placed=new, acknowledged=acknowledged, settled=settled, wrong=self.wrong)

    def _new(self) -> list[Placed]:
        return [each for order_id, each in self.flow.placed.items() if order_id not in self.judged]

    async def _all_end(self) -> None:
        """Wait while customers keep going home; who still waits when none has for long is a finding of the judge."""
        with suppress(AssertionError):
            while left := len(self.flow.under_way):
                fewer = partial(self._fewer_than, left)
                await eventually(fewer, within=STILL_SECONDS, every=LOOK_SECONDS)

    def _fewer_than(self, left: int) -> bool:
        return len(self.flow.under_way) < left


@asynccontextmanager
async def open_stage(
    *, house: ChaosHouse, folder: Path, seed: int, rate: float, lot: int, say: Callable[[str], None]
) -> AsyncIterator[Stage]:
    """Open the doors of a running house; the keeper looks after it until they are closed."""
    async with AsyncExitStack() as stack:
        publisher = await stack.enter_async_context(PatientPublisher(bootstrap=house.addresses.kafka, source=SOURCE))
        record = Record(path=folder / "acknowledged.jsonl")
        flow = await _flow(stack, house, publisher, record, f"c{seed}", rate)
        clerk = Clerk(addresses=house.addresses, client=await stack.enter_async_context(httpx.AsyncClient()))
        stage = Stage(
            house=house,
            keeper=Keeper(house=house),
            flow=flow,
            record=record,
            clerk=clerk,
            random=random.Random(seed),
            say=say,
            seed=seed,
            lot=lot,
            before=await clerk.holdings(),
        )
        tasks = [asyncio.create_task(work) for work in (flow.run(), flow.follow(), stage.keeper.run())]
        try:
            yield stage
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            flow.read_again()
            await flow.close()
        # None of them ends by itself: without the keeper or the stream of orders nothing was proven.
        for end in ends:
            if isinstance(end, Exception):
                raise end


async def _flow(
    stack: AsyncExitStack, house: ChaosHouse, publisher: PatientPublisher, record: Record, name: str, rate: float
) -> Flow:
    street = await open_street(stack=stack, addresses=house.addresses, watch=Watch(), publisher=publisher)
    desk = RecordingDesk(desk=street.desk, record=record)
    return Flow(
        street=replace(street, desk=desk),
        desk=desk,
        windows=Windows(),
        rate=rate,
        bootstrap=house.addresses.kafka,
        run_name=name,
    )
