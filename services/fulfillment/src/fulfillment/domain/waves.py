"""Waves: which shipments of a warehouse are picked together, and when.

Every (warehouse, shard) has a queue of its own, so that a wave never touches an order that another process owns. A
wave closes when it is full, or when its oldest shipment has waited long enough; a shipment with a delivery slot waits
until its slot comes near.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chassis.decision import changed
from fulfillment.domain.states import ShipmentState

EVERY_WAREHOUSE = "*"


@dataclass(frozen=True, slots=True)
class Policy:
    """How waves are made, and which warehouses need nobody to tell what happens in them.

    ``self_advancing`` says how far the shipments of a warehouse (* is every other one) go by themselves, ``step`` how
    long each of their steps takes: none at all, and they go all the way within the message that closes their wave.
    """

    capacity: int = 50
    window: timedelta = timedelta(seconds=30)
    slot_lead: timedelta = timedelta(hours=4)
    self_advancing: Mapping[str, ShipmentState] = field(default_factory=dict)
    step: timedelta = timedelta(seconds=5)

    def goes_to(self, *, warehouse_id: str) -> ShipmentState | None:
        """Return the state that shipments of this warehouse reach by themselves, None when they wait to be told."""
        return self.self_advancing.get(warehouse_id) or self.self_advancing.get(EVERY_WAREHOUSE)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A shipment that waits for its wave, not before ``ready_at``."""

    shipment_id: str
    order_id: str
    region: str
    method: str
    rush: bool
    since: datetime
    ready_at: datetime


@dataclass(frozen=True)
class Queue:
    """What waits in a warehouse for one shard; ``closes_at`` is when the next wave closes at the latest."""

    key: str
    warehouse_id: str
    waiting: tuple[Waiting, ...] = ()
    closes_at: datetime | None = None
    waves: int = 0


@dataclass(frozen=True, slots=True)
class Wave:
    """A batch of picks, in the order of picking."""

    wave_id: str
    warehouse_id: str
    shipment_ids: tuple[str, ...]
    closed_at: datetime


def queue_key(*, warehouse_id: str, shard: int) -> str:
    """Return the key of the queue of a warehouse within a shard."""
    return f"{shard}:{warehouse_id}"


def ready_at(*, slot: tuple[datetime, datetime] | None, now: datetime, policy: Policy) -> datetime:
    """Return when a shipment may be picked: at once, or shortly before its delivery slot begins."""
    return now if slot is None else max(now, slot[0] - policy.slot_lead)


def joined(*, queue: Queue, waiting: Waiting, policy: Policy) -> Queue:
    """Return the queue with one more shipment; the wave closes no later than a window after it is ready."""
    latest = waiting.ready_at + policy.window
    closes_at = latest if queue.closes_at is None else min(queue.closes_at, latest)
    return changed(queue, waiting=(*queue.waiting, waiting), closes_at=closes_at)


def left(*, queue: Queue, shipment_ids: frozenset[str]) -> Queue:
    """Return the queue without these shipments."""
    rest = tuple(each for each in queue.waiting if each.shipment_id not in shipment_ids)
    return changed(queue, waiting=rest, closes_at=queue.closes_at if rest else None)


def closed(*, queue: Queue, now: datetime, policy: Policy) -> tuple[Queue, tuple[Wave, ...]]:
    """Return the queue after the waves that close now: full ones, and the last one when its time has come."""
    waves = []
    due = queue.closes_at is not None and queue.closes_at <= now
    while True:
        ready = [each for each in queue.waiting if each.ready_at <= now]
        if not ready or not (due or len(ready) >= policy.capacity):
            break
        queue, wave = _one(queue=queue, ready=ready, now=now, policy=policy)
        waves.append(wave)
    if due:
        queue = changed(queue, closes_at=_next_close(queue=queue, policy=policy))
    return queue, tuple(waves)


def _one(*, queue: Queue, ready: list[Waiting], now: datetime, policy: Policy) -> tuple[Queue, Wave]:
    first = sorted(ready, key=lambda each: (not each.rush, each.since, each.shipment_id))[: policy.capacity]
    picks = sorted(first, key=lambda each: (not each.rush, each.method, each.region, each.since, each.shipment_id))
    number = queue.waves + 1
    wave = Wave(f"{queue.key}:{number}", queue.warehouse_id, tuple(each.shipment_id for each in picks), now)
    rest = left(queue=queue, shipment_ids=frozenset(wave.shipment_ids))
    return changed(rest, waves=number), wave


def _next_close(*, queue: Queue, policy: Policy) -> datetime | None:
    return min((each.ready_at + policy.window for each in queue.waiting), default=None)
