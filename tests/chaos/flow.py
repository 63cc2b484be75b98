"""A steady stream of orders, each lived to its end by a customer, with what was placed while nothing was wrong."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from aiokafka.errors import KafkaError

from chaos.desk import RecordingDesk
from simulators.shopper.asking import NoAnswerError
from simulators.shopper.customer import Lived, Street, live
from simulators.shopper.plan import Plan

FOLLOW_AGAIN_SECONDS = 1.0
RESERVE = 60
SPARING_SECONDS = 3.0


class Windows:
    """When something is wrong: from a blow until everything answers again. Windows may overlap."""

    def __init__(self) -> None:
        self._open = 0

    @contextmanager
    def fault(self) -> Iterator[None]:
        """Something is wrong inside this block."""
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    @property
    def quiet(self) -> bool:
        """Whether nothing is wrong."""
        return not self._open


@dataclass(slots=True)
class Placed:
    """One order as its customer sees it; ``outside`` was placed while nothing was wrong."""

    plan: Plan
    outside: bool
    lived: Lived | None = None
    error: str = ""


@dataclass(slots=True, kw_only=True)
class Flow:
    """Places the plans in turn, so many a second, while it is on."""

    street: Street
    desk: RecordingDesk
    windows: Windows
    rate: float
    bootstrap: str
    run_name: str
    plans: deque[Plan] = field(default_factory=deque)
    placed: dict[str, Placed] = field(default_factory=dict)
    on: bool = False
    _lives: set[asyncio.Task[None]] = field(default_factory=set)
    _following: asyncio.Task[None] | None = None
    _readings: int = 0

    async def run(self) -> None:
        """Place orders while it is on, until cancelled."""
        due = time.monotonic()
        while True:
            if self.on and self.plans:
                self._begin(self.plans.popleft())
            due = max(due + self._pause(), time.monotonic())
            await asyncio.sleep(due - time.monotonic())

    async def follow(self) -> None:
        """Read the events, from the beginning again whenever that broke off, until cancelled."""
        while True:
            self._following = asyncio.create_task(self._read())
            await asyncio.wait([self._following])
            await asyncio.sleep(FOLLOW_AGAIN_SECONDS)

    def read_again(self) -> None:
        """Read the events from the beginning again: their log is another one."""
        if self._following is not None:
            self._following.cancel()

    @property
    def under_way(self) -> list[str]:
        """The orders whose customers still wait for something."""
        return [order_id for order_id, each in self.placed.items() if each.lived is None and not each.error]

    async def close(self) -> None:
        """Send the customers home."""
        for task in self._lives:
            task.cancel()
        await asyncio.gather(*self._lives, return_exceptions=True)

    def _pause(self) -> float:
        """Return the time to the next order: the last ones are placed sparingly, so that a long fault has traffic."""
        usual = 1 / self.rate
        return usual if len(self.plans) > RESERVE else max(usual, SPARING_SECONDS)

    def _begin(self, plan: Plan) -> None:
        placed = Placed(plan, outside=self.windows.quiet)
        self.placed[plan.order_id] = placed
        task = asyncio.create_task(self._live(placed))
        self._lives.add(task)
        task.add_done_callback(self._lives.discard)

    async def _live(self, placed: Placed) -> None:
        try:
            placed.lived = (await self._insist(placed.plan)).as_it_came
        except Exception as error:  # noqa: BLE001 - whatever a customer gives up over is a finding of the judge
            placed.error = repr(error)

    async def _insist(self, plan: Plan) -> Lived:
        """Live a plan, and again from its beginning while nobody answers: every request of it may be sent again."""
        while True:
            with suppress(NoAnswerError):
                return await live(plan=plan, street=self.street)

    async def _read(self) -> None:
        self._readings += 1
        group = f"simulators.shopper.{self.run_name}-{self._readings}"
        with suppress(KafkaError):
            await self.street.watch.run(bootstrap=self.bootstrap, group=group)
