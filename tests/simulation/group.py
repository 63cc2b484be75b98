"""A consumer group with eager rebalances, as its coordinator sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from chassis.broker import Place
from chassis.message import Record
from simulation.bell import Bell
from simulation.loop import running
from simulation.trace import Trace
from simulation.weather import Weather

if TYPE_CHECKING:
    from simulation.member import GroupMember

SESSION_SECONDS = 3.0
REBALANCE_SECONDS = 6.0
GATHER_SECONDS = 0.05
LOOK_SECONDS = 0.25


class Assignor(Protocol):
    """Deals places out among members, in order."""

    def __call__(
        self, *, subscriptions: Sequence[Sequence[str]], partitions: int, others: Mapping[str, int]
    ) -> list[list[Place]]:
        """Return one list of places per member."""
        ...


def by_range(
    *, subscriptions: Sequence[Sequence[str]], partitions: int, others: Mapping[str, int] = {}
) -> list[list[Place]]:
    """Deal each topic out by ranges among the members that read it, as Kafka's range assignor does."""
    dealt: list[list[Place]] = [[] for _ in subscriptions]
    for topic in sorted({topic for topics in subscriptions for topic in topics}):
        readers = [index for index, topics in enumerate(subscriptions) if topic in topics]
        each, more = divmod(others.get(topic, partitions), len(readers))
        for number, index in enumerate(readers):
            first = number * each + min(number, more)
            dealt[index] += [Place(topic, partition) for partition in range(first, first + each + (number < more))]
    return dealt


@dataclass(slots=True)
class Group:
    """What is committed, who is in the group, which generation it is in, and whether it is being dealt anew."""

    name: str
    partitions: int
    logs: dict[Place, list[Record]]
    weather: Weather
    trace: Trace
    others: Mapping[str, int] = field(default_factory=dict)
    committed: dict[Place, int] = field(default_factory=dict)
    members: list[GroupMember] = field(default_factory=list)
    generation: int = 0
    preparing: bool = False
    rejoined: list[GroupMember] = field(default_factory=list)
    assignor: Assignor = by_range
    _readers: dict[Place, GroupMember] = field(default_factory=dict)
    _changed: Bell = field(default_factory=Bell)

    def arrived(self, *, place: Place) -> None:
        """Tell the member that reads this place."""
        reader = self._readers.get(place)
        if reader is not None:
            reader.arrived.ring()

    def join(self, *, member: GroupMember) -> None:
        """Take a member in, or note that it is ready for the next generation."""
        if member not in self.members and not self._replaces(member):
            self.members.append(member)
            self._unsettle()
        if member not in self.rejoined:
            self.rejoined.append(member)
        self._changed.ring()

    def _replaces(self, member: GroupMember) -> bool:
        """Give a member the places of the one with its instance id, who is not told: nothing is dealt anew."""
        known = [each for each in self.members if member.instance and each.instance == member.instance]
        for old in known:
            old.replaced = True
            self.members[self.members.index(old)] = member
            places = [place for place, reader in self._readers.items() if reader is old]
            self._readers.update(dict.fromkeys(places, member))
            member.dealt(generation=self.generation, places=places)
            self.trace.note(f"{member.name} has the instance id of {old.name}, and its places")
        return bool(known)

    def leave(self, *, member: GroupMember) -> None:
        """Let a member go."""
        if member in self.members:
            self.members.remove(member)
            self.trace.note(f"{member.name} leaves the group")
            self._unsettle()

    async def run(self) -> None:
        """Coordinate: expel who is silent, and deal the partitions anew after every change; for ever."""
        while True:
            await self._wait(SESSION_SECONDS / 4, lambda: self.preparing)
            if self.weather.broker_down:
                await self._outage()
            self._expel()
            if self.preparing:
                await self._rebalance()

    def _unsettle(self) -> None:
        if not self.preparing:
            self.preparing = True
            self.rejoined = [member for member in self.rejoined if member.generation < 0]
            for member in self.members:
                member.called.ring()
        self._changed.ring()

    async def _rebalance(self) -> None:
        await asyncio.sleep(GATHER_SECONDS)
        await self._wait(REBALANCE_SECONDS, lambda: all(member in self.rejoined for member in self.members))
        for late in [member for member in self.members if member not in self.rejoined]:
            self.leave(member=late)
        self.generation += 1
        self.preparing, self.rejoined, self._readers = False, [], {}
        topics = [member.topics for member in self.members]
        dealt = self.assignor(subscriptions=topics, partitions=self.partitions, others=self.others)
        for member, places in zip(self.members, dealt, strict=True):
            self._readers.update(dict.fromkeys(places, member))
            member.dealt(generation=self.generation, places=places)
        self.trace.note(f"{self.name}: generation {self.generation} of {[member.name for member in self.members]}")

    def _expel(self) -> None:
        for member in [each for each in self.members if running().now - each.seen > SESSION_SECONDS]:
            self.leave(member=member)

    async def _outage(self) -> None:
        """Know nothing while the broker is down, and hold nobody's silence in that time against it."""
        while self.weather.broker_down:  # noqa: ASYNC110 - the weather tells nobody when it changes
            await asyncio.sleep(LOOK_SECONDS)
        for member in self.members:
            member.seen = running().now

    async def _wait(self, seconds: float, until: Callable[[], bool]) -> None:
        end = running().now + seconds
        while not until() and running().now < end:
            await self._changed.heard(seconds=end - running().now)
