"""What a scenario works with: the house, its keeper, the stream of orders, and the judge."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx

from chaos.desk import PatientPublisher, Record, RecordingDesk
from chaos.flow import Flow, Windows
from chaos.house import ChaosHouse, Keeper
from chaos.judge import Finding, judge
from embedded.eventually import eventually
from simulators.baskets.read import IN_FIXTURE, Replay
from simulators.baskets.reference import derive_reference
from simulators.demo.books import Books, Clerk, Holdings
from simulators.demo.playing import open_street
from simulators.demo.preparing import prepare
from simulators.demo.reconcile import reconcile
from simulators.house.house import Verdict
from simulators.shopper.desk import Desk
from simulators.shopper.plan import Shares, make_plans
from simulators.shopper.replay import SOURCE
from simulators.shopper.watch import Watch

SHARES = Shares(short=20_000, unpaid=40_000, late=30_000, cancelled=60_000, refused=30_000, by_http=400_000)
STILL_SECONDS = 180.0
REST_SECONDS = 120.0
LOOK_SECONDS = 0.5
AUDITS = 5
HTTP_SECONDS = 15.0


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
    before: Holdings
    opened: datetime = field(default_factory=lambda: datetime.now(UTC))
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))
    editions: int = 0
    judged: set[str] = field(default_factory=set)

    @property
    def windows(self) -> Windows:
        """When something is wrong."""
        return self.flow.windows

    def begin(self) -> None:
        """Begin a scenario: what was placed before is at rest."""
        self.begun = datetime.now(UTC)

    async def supply(self, *, orders: int, at_once: int) -> None:
        """See that so many orders can be placed; when there are fewer, publish what a new lot of them needs."""
        if len(self.flow.plans) >= min(orders, IN_FIXTURE):
            return
        wanted = min(max(orders, at_once), IN_FIXTURE)
        self.editions += 1
        run = f"c{self.seed}-{self.editions}"
        replay = Replay(count=wanted, weeks=None, edition=run)
        plans = make_plans(baskets=list(replay.baskets()), seed=self.seed, run=run, shares=SHARES)
        received: Counter[str] = await prepare(
            addresses=self.house.addresses,
            reference=derive_reference(replay=replay),
            plans=plans,
            run=run,
            say=lambda _: None,
        )
        self.before = replace(self.before, on_hand=self.before.on_hand + received)
        self.flow.plans.clear()
        self.flow.plans.extend(plans)

    async def at_rest(self) -> Finding:
        """Wait until every customer has gone home and the books agree, then judge what was placed since last time."""
        await self._all_end()
        books, differences = await self._reconciled()
        verdict = await asyncio.to_thread(self._audited)
        new = [each for order_id, each in self.flow.placed.items() if order_id not in self.judged]
        self.judged |= self.flow.placed.keys()
        return judge(
            placed=new,
            acknowledged=self.record.read(),
            books=books.orders,
            differences=differences,
            verdict=verdict,
        )

    async def _all_end(self) -> None:
        """Wait while customers keep going home; who still waits when none has for long is a finding of the judge."""
        with suppress(AssertionError):
            while left := len(self.flow.under_way):
                fewer = partial(self._fewer_than, left)
                await eventually(fewer, within=STILL_SECONDS, every=LOOK_SECONDS)

    def _fewer_than(self, left: int) -> bool:
        return len(self.flow.under_way) < left

    async def _reconciled(self) -> tuple[Books, Sequence[str]]:
        deadline = time.monotonic() + REST_SECONDS
        while True:
            books = await self.clerk.books(since=self.opened.date())
            lived = [each.lived for each in self.flow.placed.values() if each.lived is not None]
            found = reconcile(lived=lived, before=self.before, books=books)
            figures = [f"{each.what}: {each.found}, not {each.expected}" for each in found.figures if not each.agrees]
            # An order that has reached its state may still have a saga to end: an invoice, a settlement.
            ended = all(books.orders.get(each, {}).get("terminal") for each in self.record.read())
            if (found.agrees and ended) or time.monotonic() > deadline:
                return books, [*found.differences, *figures]
            await asyncio.sleep(LOOK_SECONDS)

    def _audited(self) -> Verdict:
        """Return the auditor's verdict, asked again while something is under way."""
        verdict = self.house.audit()
        for _ in range(AUDITS - 1):
            if verdict.exit_code:
                time.sleep(LOOK_SECONDS)
                verdict = self.house.audit()
        return verdict


@asynccontextmanager
async def open_stage(
    *, house: ChaosHouse, folder: Path, seed: int, rate: float, say: Callable[[str], None]
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
            before=await clerk.holdings(),
        )
        tasks = [asyncio.create_task(work) for work in (flow.run(), flow.follow(), stage.keeper.run())]
        try:
            yield stage
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            flow.read_again()
            await flow.close()


async def _flow(
    stack: AsyncExitStack, house: ChaosHouse, publisher: PatientPublisher, record: Record, name: str, rate: float
) -> Flow:
    addresses, watch = house.addresses, Watch()
    street = await open_street(stack=stack, addresses=addresses, watch=watch, publisher=publisher)
    client = await stack.enter_async_context(
        httpx.AsyncClient(
            base_url=addresses.urls["order"],
            headers=addresses.authorization(service="order"),
            timeout=HTTP_SECONDS,
        )
    )
    desk = RecordingDesk(desk=Desk(publisher=publisher, client=client), record=record)
    return Flow(
        street=replace(street, desk=desk),
        desk=desk,
        windows=Windows(),
        rate=rate,
        bootstrap=addresses.kafka,
        run_name=name,
    )
