"""How far this process has written, per partition: what may be committed, and where to go on reading after a fence."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import structlog

from chassis.broker import BrokerUnavailable, Member, NotMember, Place
from chassis.message import Record

log = structlog.get_logger()

COMMIT_SECONDS = 1.0
CONFIRM_SECONDS = 10.0


@dataclass(slots=True)
class Offsets:
    """The next offset of each assigned partition. A commit that fails is harmless: the inbox knows what was handled."""

    member: Member
    beat: float = 0.0
    confirmed: float = 0.0
    _assigned: bool = False
    _expected: frozenset[Place] | None = frozenset()
    _next: dict[Place, int] = field(default_factory=dict)
    _committed: dict[Place, int] = field(default_factory=dict)

    def forget(self) -> None:
        """Begin a new assignment: nothing is known of any partition."""
        self._assigned = True
        self._next = {}
        self._committed = {}
        self._expected = frozenset()

    def open(self) -> None:
        """Begin an assignment that was not told yet: what is written from now on may be of it, and is noted."""
        self.forget()
        self._assigned, self._expected = False, None

    def expect(self, *, places: Collection[Place]) -> None:
        """Note what is written of these, also since `open`, although nobody asked where they go on."""
        self._assigned, self._expected = True, frozenset(places)
        self._next = self.next_of(places=places)

    async def learn(self, *, places: Collection[Place]) -> None:
        """Ask the group where these go on, except where this process has written already."""
        missing = [place for place in places if place not in self._next]
        for place, offset in (await self.member.committed(places=missing)).items():
            self._next.setdefault(place, offset)

    def written(self, *, records: Iterable[Record]) -> None:
        """Note that the effects of these records are committed in the database."""
        # The last one and not the maximum: a broker that lost its log begins again at lower offsets.
        last = {(record.topic, record.partition): record.offset for record in records}
        for (topic, partition), offset in last.items():
            place = Place(topic, partition)
            if self._expected is None or place in self._expected or place in self._next:
                self._next[place] = offset + 1

    def next_of(self, *, places: Collection[Place]) -> dict[Place, int]:
        """Return where these go on."""
        return {place: self._next[place] for place in places if place in self._next}

    def all(self) -> Mapping[Place, int]:
        """Return where every partition of the assignment goes on."""
        return dict(self._next)

    async def verify(self, *, places: Collection[Place]) -> None:
        """Commit these under the member's generation; NotMember when the group has gone on without this process."""
        offsets = self.next_of(places=places)
        await self.member.commit(offsets=offsets)
        self._committed.update(offsets)
        self._confirm()

    async def commit(self, *, again: bool = False) -> bool:
        """Commit what was written since the last time, or all ``again``; return whether nothing is left to commit."""
        changed = {
            place: offset for place, offset in self._next.items() if again or self._committed.get(place) != offset
        }
        if not changed:
            return True
        try:
            await self.member.commit(offsets=changed)
        except (NotMember, BrokerUnavailable) as error:
            log.warning("offsets.not_committed", error=repr(error), partitions=len(changed))
            if isinstance(error, BrokerUnavailable):
                self._confirm()
            return False
        self._committed.update(changed)
        self._confirm()
        return True

    async def run(self) -> None:
        """Commit about once a second, until cancelled; what has not changed, every ten seconds.

        The repeated commit shows that the group still counts on this process. A client can lose its heartbeat for
        good and look healthy in everything else; ``confirmed`` then stays behind, and the watchdog ends the process.
        Who was dealt nothing has nothing to commit and is believed; who was never dealt anything may be no member.
        """
        self._confirm()
        while True:
            now = self.beat = asyncio.get_running_loop().time()
            if self._assigned and not self._next:
                self._confirm()
            await asyncio.sleep(COMMIT_SECONDS)
            await self.commit(again=now - self.confirmed > CONFIRM_SECONDS)

    def _confirm(self) -> None:
        self.confirmed = asyncio.get_running_loop().time()
