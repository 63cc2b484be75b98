"""One process of fulfillment over a database, with virtual time."""

from collections.abc import Sequence
from datetime import timedelta

from chassis.message import Incoming, Message, NotForUs
from chassis.parser import Parser
from chassis.processor import Processor
from chassis.sources import ManualClock, SeededIds
from chassis.store.protocol import Store
from chassis.testing import MONDAY, Bench
from chassis.verdicts import Handled
from contracts.registry import REGISTRY
from contracts.values import Contract
from fulfillment.consumers import routes
from fulfillment.domain.waves import Policy
from fulfillment.publishers import PUBLISH
from services.fulfillment.tests.examples import AT_ONCE


class Process:
    """Parser and processor of one process; it takes itself for the owner of the only shard."""

    def __init__(self, *, store: Store, seed: int = 0, policy: Policy = AT_ONCE) -> None:
        known = routes(policy=policy)
        self.clock = ManualClock(time=MONDAY)
        self.store = store
        self.parser = Parser(service="fulfillment", routes=known, registry=REGISTRY, shards=1)
        ids = SeededIds(clock=self.clock, seed=seed)
        self.processor = Processor(
            service="fulfillment", store=store, publisher=PUBLISH, clock=self.clock, ids=ids, shards=1
        )
        self.bench = Bench(service="fulfillment", routes=known, publisher=PUBLISH)
        self.bench.ids = SeededIds(clock=self.clock, seed=100 + seed)

    async def handle(self, *contracts: Contract) -> Sequence[Handled]:
        """Handle these messages as one batch."""
        messages = [self.parser.record(record=self.bench.record(each)) for each in contracts]
        return await self._process([each for each in messages if not isinstance(each, NotForUs)])

    async def advance(self, *, by: timedelta) -> Sequence[Handled]:
        """Move the clock, and handle the timers that are due then."""
        now = self.clock.advance(by=by)
        due = await self.store.tasks(shards=[0], until=now, limit=100)
        return await self._process([self.parser.timer(task=task) for task in due])

    async def _process(self, messages: Sequence[Message]) -> Sequence[Handled]:
        batch = [each for each in messages if isinstance(each, Incoming)]
        assert len(messages) == len(batch)
        return (await self.processor.process(batch=batch, epochs=lambda _shard: 1)).handled
