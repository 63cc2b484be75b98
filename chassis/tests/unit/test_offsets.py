import asyncio

import pytest
from ports import FakeMember, record

from chassis import offsets as module
from chassis.broker import BrokerUnavailable, Place
from chassis.offsets import Offsets
from embedded.eventually import eventually

PLACE = Place("toy.commands", 0)


async def known() -> tuple[FakeMember, Offsets]:
    member = FakeMember(starts={PLACE: 3})
    offsets = Offsets(member=member)
    await offsets.learn(places=[PLACE])
    return member, offsets


async def test_what_was_written_is_committed_once() -> None:
    """The next offset of each partition is committed explicitly, and only when it has changed."""
    member, offsets = await known()
    offsets.written(records=[record(offset=3), record(offset=4)])
    assert [True, True] == [await offsets.commit(), await offsets.commit()]
    assert [{PLACE: 5}] == member.commits


async def test_a_failed_commit_is_repeated() -> None:
    """A commit that fails loses nothing: the offset is committed the next time."""
    member, offsets = await known()
    offsets.written(records=[record(offset=3)])
    member.error = BrokerUnavailable("away")
    assert not await offsets.commit()
    member.error = None
    assert await offsets.commit()
    assert [{PLACE: 4}] == member.commits


async def test_partitions_of_others_are_not_noted() -> None:
    """What is written of a partition outside of the assignment is not committed."""
    member, offsets = await known()
    offsets.written(records=[record(shard=1, offset=9)])
    await offsets.commit()
    assert [{PLACE: 3}] == member.commits


async def test_a_log_that_began_again_is_followed() -> None:
    """After a broker has lost its log, lower offsets are committed."""
    member, offsets = await known()
    offsets.written(records=[record(offset=500)])
    offsets.written(records=[record(offset=0)])
    await offsets.commit()
    assert [{PLACE: 1}] == member.commits


async def test_the_written_offset_survives_a_second_look() -> None:
    """Asking the group again does not undo what this process has written."""
    _, offsets = await known()
    offsets.written(records=[record(offset=8)])
    await offsets.learn(places=[PLACE])
    assert {PLACE: 9} == offsets.next_of(places=[PLACE])
    offsets.forget()
    assert {} == offsets.next_of(places=[PLACE])


async def _confirmed_again(offsets: Offsets) -> bool:
    """Let it come round a few times; return whether it confirmed the membership more than once."""
    running = asyncio.create_task(offsets.run())
    await eventually(lambda: offsets.confirmed)
    first, begun = offsets.confirmed, offsets.beat
    await eventually(lambda: offsets.beat > begun + 0.01)
    running.cancel()
    return offsets.confirmed > first


async def test_who_was_never_dealt_anything_is_not_taken_for_a_member(monkeypatch: pytest.MonkeyPatch) -> None:
    """An assignment of nothing confirms the membership again and again; none at all does not."""
    monkeypatch.setattr(module, "COMMIT_SECONDS", 0.001)
    offsets = Offsets(member=FakeMember())
    assert not await _confirmed_again(offsets)
    offsets.forget()
    assert await _confirmed_again(offsets)
