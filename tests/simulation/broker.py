"""A broker in memory: logs per partition, consumer groups with eager rebalances, producers whose acknowledgements get lost.

It promises what Kafka promises and no more: order per partition, committed offsets, one owner per partition among the
members it knows of. A member that it has given up may still believe itself alive.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chassis.broker import BrokerUnavailable, NotMember, Outgoing, Place
from chassis.message import Record, shard_of


@dataclass(slots=True)
class Weather:
    """How the broker and the network behave at the moment; the faults of a seed change it."""

    delay: tuple[float, float] = (0.001, 0.004)
    lost_ack: float = 0.0
    refused: float = 0.0
    repeated: float = 0.0
    down: bool = False
    injected: dict[str, int] = field(default_factory=dict)

    def strikes(self, name: str, chance: float, draw: random.Random) -> bool:
        """Return whether this fault happens now, and count it."""
        if chance and draw.random() < chance:
            self.injected[name] = self.injected.get(name, 0) + 1
            return True
        return False


@dataclass(slots=True)
class Group:
    """A consumer group: what is committed, who is in it, which generation it is in."""

    topics: tuple[str, ...]
    committed: dict[Place, int] = field(default_factory=dict)
    members: list[GroupMember] = field(default_factory=list)
    generation: int = 0


class Broker:
    """Topics, groups and the weather."""

    def __init__(self, *, partitions: int, draw: random.Random) -> None:
        self.partitions = partitions
        self.draw = draw
        self.weather = Weather()
        self.logs: dict[Place, list[Record]] = {}
        self._groups: dict[str, Group] = {}
        self._news = asyncio.Event()

    def append(self, *, outgoing: Outgoing) -> None:
        """Put a record at the end of its partition."""
        key = outgoing.key.decode()
        partition = shard_of(key, self.partitions) if outgoing.partition is None else outgoing.partition
        log = self.logs.setdefault(Place(outgoing.topic, partition), [])
        log.append(
            Record(
                topic=outgoing.topic,
                partition=partition,
                offset=len(log),
                key=outgoing.key,
                value=outgoing.value,
                headers=outgoing.headers,
            )
        )
        self._news.set()
        self._news = asyncio.Event()

    async def news(self, *, seconds: float) -> None:
        """Wait, for a bounded time, until a record arrives."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return

    def group(self, *, name: str, topics: Iterable[str]) -> Group:
        """Return the group, made when it is new."""
        return self._groups.setdefault(name, Group(topics=tuple(topics)))

    def lag(self, *, name: str) -> int:
        """Return how many records the group has not committed."""
        group = self._groups[name]
        places = [place for place in self.logs if place.topic in group.topics]
        return sum(len(self.logs[place]) - group.committed.get(place, 0) for place in places)

    async def pause(self) -> None:
        """Take as long as the network takes now; raise while the broker is down."""
        await asyncio.sleep(self.draw.uniform(*self.weather.delay))
        if self.weather.down:
            self.weather.injected["broker down"] = self.weather.injected.get("broker down", 0) + 1
            raise BrokerUnavailable("the broker is down")


class GroupMember:
    """One process in a group: production code sees the port ``chassis.broker.Member``, the broker sees the rest."""

    def __init__(
        self,
        *,
        broker: Broker,
        group: Group,
        assigned: Callable[[list[Place]], None],
        revoked: Callable[[], Awaitable[None]],
    ) -> None:
        self._broker = broker
        self._group = group
        self._assigned = assigned
        self._revoked = revoked
        self.generation = -1
        self.positions: dict[Place, int] = {}
        self.paused: set[Place] = set()
        self.frozen: asyncio.Event | None = None

    async def join(self) -> None:
        """Become a member; everybody's partitions are dealt anew."""
        self._group.members.append(self)
        await self._rebalance()

    async def leave(self) -> None:
        """Leave the group."""
        if self in self._group.members:
            self._group.members.remove(self)
            self.positions = {}
            await self._rebalance()

    async def _rebalance(self) -> None:
        group = self._group
        group.generation += 1
        generation = group.generation
        for member in list(group.members):
            if member.generation >= 0 and member.frozen is None:
                await member.revoke()
        if generation != group.generation:
            return
        for index, member in enumerate(list(group.members)):
            member.assign(generation, self._range(index, len(group.members)))

    def _range(self, index: int, members: int) -> list[Place]:
        each, more = divmod(self._broker.partitions, members)
        first = index * each + min(index, more)
        return [
            Place(topic, number)
            for topic in self._group.topics
            for number in range(first, first + each + (index < more))
        ]

    async def revoke(self) -> None:
        """Let the process finish what it is doing, as a client does before it joins again."""
        await self._revoked()

    def assign(self, generation: int, places: list[Place]) -> None:
        """Give the process its partitions, from the committed offsets on."""
        self.generation = generation
        self.positions = {place: self._group.committed.get(place, 0) for place in places}
        self.paused = set()
        self._assigned(places)

    def expelled(self) -> bool:
        """Return whether the group has given this process up."""
        return self not in self._group.members

    async def poll(self, *, most: int) -> list[Record]:
        """Return records from a random choice of the open partitions, in order within each."""
        await self._thaw()
        if self._broker.weather.down or self.expelled():
            return []
        ready = [
            place
            for place, position in self.positions.items()
            if place not in self.paused and position < len(self._broker.logs.get(place, ()))
        ]
        self._broker.draw.shuffle(ready)
        taken: list[Record] = []
        for place in ready[: 1 + self._broker.draw.randrange(len(ready))] if ready else ():
            end = self.positions[place] + self._broker.draw.randint(1, most)
            records = self._broker.logs[place][self.positions[place] : end]
            self.positions[place] += len(records)
            taken += records
        return taken

    def pause(self, *, places: Collection[Place]) -> None:
        """Fetch nothing from these."""
        self.paused |= {place for place in places if place in self.positions}

    def resume(self, *, places: Collection[Place]) -> None:
        """Fetch from these again."""
        self.paused -= set(places)

    def seek(self, *, offsets: Mapping[Place, int]) -> None:
        """Go on reading there."""
        self.positions.update({place: offset for place, offset in offsets.items() if place in self.positions})

    async def committed(self, *, places: Collection[Place]) -> Mapping[Place, int]:
        """Return where the group goes on."""
        await self._wait()
        return {place: self._group.committed.get(place, 0) for place in places}

    async def commit(self, *, offsets: Mapping[Place, int]) -> None:
        """Commit under this member's generation."""
        await self._wait()
        if self.expelled() or self.generation != self._group.generation:
            raise NotMember("the group has gone on without this member")
        self._group.committed.update(offsets)

    async def _wait(self) -> None:
        await self._thaw()
        await self._broker.pause()

    async def _thaw(self) -> None:
        if self.frozen is not None:
            await self.frozen.wait()


class Producer:
    """An idempotent producer: in order or not at all; what happened to an unacknowledged record is unknown."""

    def __init__(self, *, broker: Broker) -> None:
        self._broker = broker
        self._last = 0.0
        self._broken = False
        self._life = 0
        self.frozen: asyncio.Event | None = None

    async def send(self, *, record: Outgoing) -> asyncio.Future[object]:
        """Take a record; the future ends when the broker has it, or with an error."""
        if self.frozen is not None:
            await self.frozen.wait()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[object] = loop.create_future()
        self._last = max(self._last, loop.time() + self._broker.draw.uniform(*self._broker.weather.delay))
        loop.call_at(self._last, self._arrive, record, future, self._life)
        return future

    async def rebuild(self) -> None:
        """Begin again after an error; what was on its way is lost."""
        self._broken = False
        self._life += 1

    def die(self) -> None:
        """Let nothing arrive any more."""
        self._life += 1

    def _arrive(self, record: Outgoing, future: asyncio.Future[Any], life: int) -> None:
        weather, draw = self._broker.weather, self._broker.draw
        gone = self._broken or weather.down or life != self._life
        if gone or weather.strikes("send refused", weather.refused, draw):
            self._broken = True
            self._settle(future, BrokerUnavailable("not sent"))
            return
        self._broker.append(outgoing=record)
        if weather.strikes("ack lost", weather.lost_ack, draw):
            self._broken = True
            self._settle(future, BrokerUnavailable("sent, but nobody was told"))
        else:
            self._settle(future, None)

    def _settle(self, future: asyncio.Future[Any], error: Exception | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
