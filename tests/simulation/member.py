"""One process in a group: production code sees the port ``chassis.broker.Member``, the group sees the rest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from chassis.broker import NotMember, Place
from chassis.message import Record
from simulation.bell import Bell
from simulation.loop import running

if TYPE_CHECKING:
    from simulation.broker import Broker
    from simulation.group import Group

HEARTBEAT_SECONDS = 1.0  # a third of the session, as clients have it


class GroupMember:
    """Heartbeats, joins again when the group is dealt anew or has given it up, fetches, pauses, commits."""

    def __init__(
        self,
        *,
        name: str,
        broker: Broker,
        group: Group,
        step: Callable[[], Awaitable[None]],
    ) -> None:
        self.name = name
        self.instance = ""
        self.replaced = False
        self.topics: Sequence[str] = ()
        self.generation = -1
        self.seen = 0.0
        self.called = Bell()
        self.arrived = Bell()
        self.positions: dict[Place, int] = {}
        self._paused: set[Place] = set()
        self._next: tuple[int, list[Place]] | None = None
        self._broker = broker
        self._group = group
        self._step = step

    def dealt(self, *, generation: int, places: list[Place]) -> None:
        """Have an assignment to fetch."""
        self._next = (generation, places)
        self.called.ring()

    async def run(
        self,
        *,
        topics: Sequence[str],
        assigned: Callable[[list[Place]], None],
        revoked: Callable[[], Awaitable[None]],
    ) -> None:
        """Be a member for ever, as a client does it beside the code that polls."""
        self.topics = topics
        self._join()
        while True:
            await self._heartbeat()
            if self.replaced:
                return  # another has its instance id; that is told only to who asks, and is final
            if self._broker.weather.broker_down:
                continue
            if self not in self._group.members or (self._group.preparing and self not in self._group.rejoined):
                await revoked()
                self._join()
            elif self._next is not None and not self._group.preparing:
                await self._take_over(assigned)

    def leave(self) -> None:
        """Leave the group, as a client does that is stopped cleanly."""
        self.positions = {}
        self._group.leave(member=self)

    async def poll(self, *, most: int) -> list[Record]:
        """Return records from a random choice of the open partitions, in order within each."""
        if self._broker.weather.broker_down:
            return []
        logs, held_back = self._broker.logs, self._broker.weather.held_back
        ready = []
        for place in self.positions:
            end = len(logs.get(place, ()))
            if self.positions[place] > end:
                self.positions[place] = 0  # out of range: the log was lost, and is read from its start
            if self.positions[place] < end and place not in self._paused and place.partition not in held_back:
                ready.append(place)
        draw = self._broker.weather.draw
        draw.shuffle(ready)
        taken: list[Record] = []
        for place in ready[: 1 + draw.randrange(len(ready))] if ready else ():
            start = self.positions[place]
            records = self._broker.logs[place][start : start + draw.randint(1, most)]
            self.positions[place] = start + len(records)
            taken += records
        return taken

    async def news(self, *, seconds: float) -> None:
        """Wait, for a bounded time, until there may be something to poll."""
        await self.arrived.heard(seconds=seconds)

    def pause(self, *, places: Collection[Place]) -> None:
        """Fetch nothing from these."""
        self._paused.update(place for place in places if place in self.positions)

    def resume(self, *, places: Collection[Place]) -> None:
        """Fetch from these again."""
        self._paused.difference_update(places)
        self.arrived.ring()

    def seek(self, *, offsets: Mapping[Place, int]) -> None:
        """Go on reading there."""
        self.positions.update({place: offset for place, offset in offsets.items() if place in self.positions})

    async def committed(self, *, places: Collection[Place]) -> Mapping[Place, int]:
        """Return where the group goes on."""
        await self._travel()
        return {place: self._start(place) for place in places}

    async def commit(self, *, offsets: Mapping[Place, int]) -> None:
        """Commit under this member's generation."""
        await self._travel()
        if self not in self._group.members or self.generation != self._group.generation:
            raise NotMember("the group has gone on without this member")
        self._group.committed.update(offsets)
        await self._broker.travel()

    def _join(self) -> None:
        self.seen = running().now
        self._next = None
        self._group.join(member=self)

    async def _heartbeat(self) -> None:
        await self.called.heard(seconds=HEARTBEAT_SECONDS)
        await self._broker.travel()
        self.seen = running().now

    async def _take_over(self, assigned: Callable[[list[Place]], None]) -> None:
        """Begin to fetch; the listener hears of it a moment later: it is no barrier."""
        if self._next is None:
            return
        (self.generation, places), self._next = self._next, None
        self._paused = set()
        self.positions = {place: self._start(place) for place in places}
        self.arrived.ring()
        await self._broker.travel()
        assigned(places)

    def _start(self, place: Place) -> int:
        """Return where the group goes on: the committed offset, or the start of a log that is new or was lost."""
        committed = self._group.committed.get(place, 0)
        return committed if committed <= len(self._broker.logs.get(place, ())) else 0

    async def _travel(self) -> None:
        await self._step()
        await self._broker.travel()
        self._broker.reach()
