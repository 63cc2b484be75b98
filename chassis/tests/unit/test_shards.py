import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from ports import FakeMember, FakeSender, journal, record

from chassis import shards as sharding
from chassis.broker import BrokerUnavailable, Place
from chassis.offsets import Offsets
from chassis.relay import Relay
from chassis.shards import Shards
from chassis.sources import SystemClock
from chassis.store.errors import Unavailable
from chassis.store.memory import MemoryStore
from chassis.tasks.calls import Calls
from chassis.tasks.runner import Tasks
from chassis.tasks.timetable import Timetable
from embedded.eventually import eventually

TOPICS = ("toy.commands", "toy.events")


class FlakyStore(MemoryStore):
    refusals = 0

    async def raise_epoch(self, *, shard: int) -> int:
        if self.refusals:
            self.refusals -= 1
            raise Unavailable("locked")
        return await super().raise_epoch(shard=shard)


@dataclass
class FakeWork:
    dropped: list[int] = field(default_factory=list)
    settles: bool = True

    def drop(self, *, shards: Any) -> None:
        self.dropped += list(shards)

    async def settle(self, *, seconds: float) -> bool:
        return self.settles


@dataclass
class Stage:
    store: FlakyStore = field(default_factory=FlakyStore)
    member: FakeMember = field(default_factory=FakeMember)
    work: FakeWork = field(default_factory=FakeWork)

    def __post_init__(self) -> None:
        self.offsets = Offsets(member=self.member)
        timetable = Timetable()
        calls: Any = Calls(
            store=self.store,
            clock=SystemClock(),
            gateways={},
            timetable=timetable,
            epoch=lambda _shard: None,
            on_answer=lambda _task, _answer: None,
            on_fenced=lambda _shards: None,
        )
        nothing: Any = None
        self.relay = Relay(store=self.store, sender=FakeSender())
        self.shards = Shards(
            topics=TOPICS,
            store=self.store,
            member=self.member,
            offsets=self.offsets,
            relay=self.relay,
            tasks=Tasks(
                store=self.store,
                clock=SystemClock(),
                parser=nothing,
                timetable=timetable,
                calls=calls,
                deliver=lambda _messages: None,
            ),
            work=self.work,
            random=random.Random(1),
        )

    def assign(self, *shards: int, topics: tuple[str, ...] = TOPICS) -> None:
        self.shards.assigned(places=[Place(topic, shard) for topic in topics for shard in shards])

    async def opened(self, *shards: int) -> None:
        self.assign(*shards)
        await self.until(dict.fromkeys(shards, "open"))

    async def until(self, stages: dict[int, str]) -> None:
        await eventually(lambda: self.shards.stages() == stages)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharding, "PAUSES", (0.001,))
    monkeypatch.setattr(sharding, "JITTER_SECONDS", (0.0, 0.002))


async def test_an_assignment_is_paused_first_and_opened_by_a_task() -> None:
    """The call back only pauses; the epoch is raised, the membership verified and the partitions resumed afterwards."""
    stage = Stage()
    stage.assign(0)
    before = (stage.shards.stages(), len(stage.member.paused), stage.shards.epoch(0), stage.store.owners)
    assert ({0: "paused"}, 2, None, {}) == before
    await stage.until({0: "open"})
    assert (1, {0: 1}, set()) == (stage.shards.epoch(0), stage.store.owners, stage.member.paused)
    assert [{Place(topic, 0): 0 for topic in TOPICS}] == stage.member.commits


async def test_reading_begins_where_the_group_committed() -> None:
    """What arrived before a shard was open is read again: its partitions go back to the committed offset."""
    stage = Stage(member=FakeMember(starts={Place("toy.commands", 0): 7}))
    await stage.opened(0)
    assert {Place("toy.commands", 0): 7, Place("toy.events", 0): 0} == stage.member.seeks


async def test_a_shard_without_one_of_its_topics_stays_paused() -> None:
    """A shard is owned only when its partition of every topic is assigned."""
    stage = Stage()
    stage.assign(0, topics=TOPICS[:1])
    stage.assign(0, topics=TOPICS[:1])
    await stage.shards.close()
    assert ({0: "paused"}, None, {}) == (stage.shards.stages(), stage.shards.epoch(0), stage.store.owners)


async def test_a_process_that_is_no_member_opens_nothing() -> None:
    """Whoever fails the check after raising the epoch stays paused, and waits for the next assignment."""
    stage = Stage(member=FakeMember(is_member=False))
    stage.assign(0)
    await eventually(lambda: stage.shards.stages() == {0: "bumped"})
    assert (None, {Place(topic, 0) for topic in TOPICS}) == (stage.shards.epoch(0), stage.member.paused)
    stage.member.is_member = True
    await stage.opened(0)


async def test_a_locked_epoch_row_is_tried_again() -> None:
    """A raise that cannot be done now is repeated until it is."""
    stage = Stage(store=FlakyStore())
    stage.store.refusals = 3
    await stage.opened(0)
    assert 1 == stage.shards.epoch(0)


async def test_a_broker_that_is_away_keeps_the_shard_paused() -> None:
    """A check that gets no answer is no answer: it is asked again."""
    stage = Stage(member=FakeMember(error=BrokerUnavailable("away")))
    stage.assign(0)
    await eventually(lambda: stage.store.owners.get(0, 0) >= 1)
    assert stage.shards.epoch(0) is None
    stage.member.error = None
    await stage.until({0: "open"})


async def test_a_fenced_member_takes_its_shard_back() -> None:
    """A stalled process that raised the epoch cannot dethrone the true owner for good."""
    stage = Stage()
    await stage.opened(0, 1)
    stage.offsets.written(records=[record(offset=4)])
    await stage.store.raise_epoch(shard=0)
    stage.shards.fenced(shards={0})
    assert (None, 1, [0]) == (stage.shards.epoch(0), stage.shards.epoch(1), stage.work.dropped)
    await stage.until({0: "open", 1: "open"})
    assert (3, 5) == (stage.shards.epoch(0), stage.member.seeks[Place("toy.commands", 0)])


async def test_a_fenced_process_that_is_no_member_raises_nothing() -> None:
    """Who is no longer a member leaves the shard to its new owner."""
    stage = Stage()
    await stage.opened(0)
    await stage.store.raise_epoch(shard=0)
    stage.member.is_member = False
    stage.shards.fenced(shards={0})
    await eventually(lambda: not stage.shards._tasks)
    assert ({0: 2}, {0: "fenced"}) == (stage.store.owners, stage.shards.stages())


async def test_a_revoked_shard_drains_and_commits() -> None:
    """The running batch finishes under its epoch, its offsets are committed, then nothing is owned any more."""
    stage = Stage()
    await stage.opened(0)
    stage.offsets.written(records=[record(offset=2)])
    await stage.shards.revoked()
    assert ({0: "closed"}, None, {}) == (stage.shards.stages(), stage.shards.epoch(0), stage.relay.modes())
    assert {Place("toy.commands", 0): 3} == stage.member.commits[-1]


async def test_offsets_of_an_unfinished_batch_are_not_committed() -> None:
    """A batch that does not end in time is fenced; its offsets stay where they were."""
    stage = Stage()
    await stage.opened(0)
    stage.work.settles = False
    commits = len(stage.member.commits)
    stage.offsets.written(records=[record(offset=2)])
    await stage.shards.revoked()
    assert (commits, None) == (len(stage.member.commits), stage.shards.epoch(0))


async def test_the_backlog_is_queued_before_the_shard_opens() -> None:
    """The relay catches up with the outbox of a shard that was taken over."""
    stage = Stage()
    await journal(stage.store, "left over")
    await stage.opened(0)
    assert {0: "catch-up"} == stage.relay.modes()


async def test_a_rebalance_pauses_again() -> None:
    """Pauses do not survive a rebalance, so every assignment pauses all it brings."""
    stage = Stage()
    await stage.opened(0)
    await stage.shards.revoked()
    stage.assign(0, 1)
    assert {Place(topic, shard) for topic in TOPICS for shard in (0, 1)} == stage.member.paused
    await stage.until({0: "open", 1: "open"})
    assert {0: 2, 1: 1} == stage.store.owners
