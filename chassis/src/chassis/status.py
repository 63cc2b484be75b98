"""What a process says of itself: whether it is ready, and its counters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.kafka.member import KafkaMember
from chassis.kafka.subscriber import Subscriber
from chassis.parts import Parts
from chassis.shards import Stage
from chassis.store.errors import StoreError
from chassis.store.protocol import Store

PROBE_SECONDS = 2.0


@dataclass(slots=True)
class Status:
    """The health of one process."""

    service: str
    parts: Parts
    member: KafkaMember
    subscriber: Subscriber
    store: Store
    draining: bool = False

    async def ready(self) -> Mapping[str, bool]:
        """Ask the database and the broker, with a time-out, and see whether every assigned shard is open."""
        return {
            "database": await self._database(),
            "broker": await self.subscriber.answers(seconds=PROBE_SECONDS),
            "shards": self._shards_open(),
            "serving": not self.draining,
        }

    def show(self) -> Mapping[str, Any]:
        """Return counters (consumed = applied + duplicates + conflicts + parked + dead), shards, lag and backlog."""
        parts = self.parts
        lag = self.member.lag(written=parts.offsets.all())
        return {
            "service": self.service,
            "shards": parts.shards.stages(),
            "relay": {
                "modes": parts.relay.modes(),
                "waiting": parts.relay.waiting,
                "sent": parts.relay.counts.sent,
                "failed": parts.relay.counts.failed,
            },
            "counts": {topic: dict(counts) for topic, counts in parts.loop.counts.by_topic().items()},
            "unbalanced": dict(parts.loop.counts.unbalanced()),
            "lag": {f"{place.topic}/{place.partition}": behind for place, behind in sorted(lag.items()) if behind},
            "tasks": len(parts.tasks.timetable),
            "calls": parts.tasks.calls.under_way,
            "batches": parts.loop.batches,
        }

    async def _database(self) -> bool:
        try:
            await self.store.epochs(shards=[])
        except StoreError:
            return False
        return True

    def _shards_open(self) -> bool:
        stages = self.parts.shards.stages().values()
        return self.parts.shards.term > 0 and all(stage == Stage.OPEN for stage in stages)
