"""One process of inventory over a database, with virtual time: for tests that need more than one, or real tables."""

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
from contracts.topics import PARTITIONS
from contracts.values import Contract
from inventory.consumers import ROUTES
from inventory.publishers import PUBLISH


class Process:
    """Parser and processor of one process; it takes itself for the owner of all shards."""

    def __init__(self, *, store: Store, seed: int = 0) -> None:
        self.clock = ManualClock(time=MONDAY)
        self.store = store
        self.parser = Parser(service="inventory", routes=ROUTES, registry=REGISTRY, shards=PARTITIONS)
        ids = SeededIds(clock=self.clock, seed=seed)
        self.processor = Processor(service="inventory", store=store, publisher=PUBLISH, clock=self.clock, ids=ids)
        self.bench = Bench(service="inventory", routes=ROUTES, publisher=PUBLISH, shards=PARTITIONS)
        self.bench.ids = SeededIds(clock=self.clock, seed=100 + seed)

    async def handle(self, *contracts: Contract) -> Sequence[Handled]:
        """Handle these messages as one batch."""
        messages = [self.parser.record(record=self.bench.record(each)) for each in contracts]
        return await self._process([each for each in messages if not isinstance(each, NotForUs)])

    async def advance(self, *, by: timedelta) -> Sequence[Handled]:
        """Move the clock, and handle the timers that are due then."""
        now = self.clock.advance(by=by)
        due = await self.store.tasks(shards=range(PARTITIONS), until=now, limit=100)
        return await self._process([self.parser.timer(task=task) for task in due if task.name == "hold-ended"])

    async def _process(self, messages: Sequence[Message]) -> Sequence[Handled]:
        batch = [each for each in messages if isinstance(each, Incoming)]
        assert len(messages) == len(batch)
        return (await self.processor.process(batch=batch, epochs=lambda _shard: 1)).handled
