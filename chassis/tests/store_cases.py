"""What every store must do: written once, run against memory and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from toy import service as toy

from chassis.decision import Append, Kind
from chassis.message import Record
from chassis.routes import Ref
from chassis.store.errors import BadData, Fenced, Repeated, StaleTask, VersionConflict
from chassis.store.protocol import Store
from chassis.store.values import (
    Changes,
    DeadLetter,
    Finished,
    InboxRow,
    JournalRow,
    Loaded,
    ParkedMessage,
    Saved,
    Task,
    Write,
    Written,
)

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HELD = toy.Booking("b1", "hamlet", 2, "held")
RECORD = Record(
    topic="toy.commands",
    partition=3,
    offset=17,
    key=b"b1\xff",
    value=b'{"a":\x00}',
    headers=(("ce_id", None), ("strange", b"\xff\x00"), ("nul\x00", b"")),
)


def saved(booking: toy.Booking, version: int = 1) -> Saved:
    return Saved(kind=toy.BOOKING, key=booking.booking_id, version=version, before=None, after=booking)


def changed(before: toy.Show | None, after: toy.Show) -> Saved:
    return Saved(kind=toy.SHOW, key=after.show, version=1, before=before, after=after)


def handled(message_id: str, outcome: str = "applied") -> InboxRow:
    return InboxRow(message_id=message_id, fingerprint="f", outcome=outcome, answer={"n": 1}, handled_at=NOW)


def task(task_id: str = "t1", **values: Any) -> Task:
    return replace(
        Task(
            id=task_id,
            shard=0,
            kind="timer",
            name="hold-ended",
            key="b1",
            due=NOW,
            message_id=f"m-{task_id}",
            data={"booking_id": "b1"},
            correlation_id="b1",
        ),
        **values,
    )


def said(message_id: str, shard: int = 0) -> JournalRow:
    return JournalRow(
        message_id=message_id,
        type="toy.seats-held.v1",
        topic="toy.events",
        key="b1",
        shard=shard,
        headers={"ce_id": message_id},
        payload=b'{"b":  1, "nul": "\\u0000"}',
        written_at=NOW,
        traceparent="00-1-2-01",
    )


class StoreCases:
    @staticmethod
    async def write(store: Store, epoch: int = 1, shards: tuple[int, ...] = (0, 1), **changes: Any) -> Written:
        what = Changes(now=changes.pop("now", NOW), **changes)
        fence = dict.fromkeys(shards, epoch)
        return await store.write(write=Write(fence=fence, locks=(), decide=lambda _locked: what))

    @staticmethod
    async def own(store: Store) -> None:
        for shard in (0, 1):
            assert await store.raise_epoch(shard=shard) == 1

    async def test_what_was_saved_is_loaded_with_its_version(self, store: Store) -> None:
        """A load returns what exists, with its version, and leaves out what does not."""
        await self.own(store)
        await self.write(store, saves=(saved(HELD),))
        loaded = await store.load(refs=[(toy.BOOKING, "b1"), (toy.BOOKING, "b2")])
        assert {ref: (each.version, each.aggregate) for ref, each in loaded.items()} == {(toy.BOOKING, "b1"): (1, HELD)}

    async def test_the_next_version_replaces_the_last(self, store: Store) -> None:
        """A save of the next version replaces the aggregate."""
        await self.own(store)
        paid = replace(HELD, state="paid")
        await self.write(store, saves=(saved(HELD),))
        await self.write(store, saves=(saved(paid, version=2),))
        loaded = await store.load(refs=[(toy.BOOKING, "b1")])
        assert loaded[toy.BOOKING, "b1"].aggregate == paid

    @pytest.mark.parametrize("version", [1, 3])
    async def test_another_version_is_a_conflict(self, store: Store, version: int) -> None:
        """A save that is not the next version conflicts, and nothing of its write is stored."""
        await self.own(store)
        await self.write(store, saves=(saved(HELD),))
        with pytest.raises(VersionConflict):
            await self.write(
                store, saves=(saved(replace(HELD, state="paid"), version=version),), inbox=(handled("m1"),)
            )
        assert await store.known(message_ids=["m1"]) == {}

    async def test_a_replaced_owner_can_write_nothing(self, store: Store) -> None:
        """A write under an old epoch is fenced, names the lost shards, and stores nothing."""
        await self.own(store)
        assert await store.raise_epoch(shard=1) == 2
        with pytest.raises(Fenced) as caught:
            await self.write(store, inbox=(handled("m1"),))
        assert caught.value.shards == {1}
        assert await store.known(message_ids=["m1"]) == {}
        assert await store.epochs(shards=[0, 1, 2]) == {0: 1, 1: 2}

    async def test_a_shard_without_an_owner_is_fenced(self, store: Store) -> None:
        """A shard that nobody ever took cannot be written for."""
        await self.own(store)
        with pytest.raises(Fenced) as caught:
            await self.write(store, shards=(0, 7))
        assert caught.value.shards == {7}

    async def test_an_id_is_handled_once(self, store: Store) -> None:
        """A second inbox row with one id is refused with all of its write; the first one is the answer."""
        await self.own(store)
        await self.write(store, inbox=(handled("m1"),))
        with pytest.raises(Repeated):
            await self.write(store, inbox=(handled("m0"), handled("m1", "rejected")), saves=(saved(HELD),))
        assert await store.known(message_ids=["m0", "m1"]) == {"m1": handled("m1")}
        assert await store.load(refs=[(toy.BOOKING, "b1")]) == {}

    async def test_a_row_is_added_once(self, store: Store) -> None:
        """A second row with the same natural key is bad data, and nothing of its write is stored."""
        await self.own(store)
        row = Append(toy.RECEIPT, toy.Receipt("r1", "b1"), unique="r1")
        await self.write(store, rows=(row,))
        with pytest.raises(BadData):
            await self.write(store, rows=(row,), inbox=(handled("m1"),))
        assert await store.known(message_ids=["m1"]) == {}

    async def test_what_the_decision_raises_passes_through(self, store: Store) -> None:
        """An exception of the decision undoes the write and reaches the caller; the next write is not disturbed."""
        await self.own(store)

        def decide(_locked: Loaded) -> Changes:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await store.write(write=Write(fence={0: 1}, locks=((toy.SHOW, "hamlet"),), decide=decide))
        await self.write(store, inbox=(handled("m1"),))
        assert list(await store.known(message_ids=["m1"])) == ["m1"]

    async def test_the_decision_sees_what_was_locked(self, store: Store) -> None:
        """Shared rows are handed to the decision as they are under the lock."""
        await self.own(store)
        await self.write(store, saves=(changed(None, toy.Show("hamlet", 10)),))
        seen: list[Any] = []

        def decide(locked: Loaded) -> Changes:
            seen.extend((ref, each.aggregate) for ref, each in locked.items())
            return Changes(now=NOW)

        locks: tuple[Ref, ...] = ((toy.SHOW, "macbeth"), (toy.SHOW, "hamlet"))
        await store.write(write=Write(fence={0: 1}, locks=locks, decide=decide))
        assert seen == [((toy.SHOW, "hamlet"), toy.Show("hamlet", 10))]

    async def test_the_journal_keeps_order_and_bytes(self, store: Store) -> None:
        """Journal rows get ascending numbers in their order, and come back per shard as they were."""
        await self.own(store)
        first = await self.write(store, journal=(said("e1"), said("e2", shard=1), said("e3")))
        second = await self.write(store, journal=(said("e4"),))
        seqs = [each.seq for each in (*first.outbox, *second.outbox)]
        assert seqs == sorted(set(seqs))
        rows = await store.outbox(shard=0, after=0, limit=10)
        assert [each.row for each in rows] == [said("e1"), said("e3"), said("e4")]
        assert [each.seq for each in rows] == [seqs[0], seqs[2], seqs[3]]
        assert [each.row.message_id for each in await store.outbox(shard=0, after=seqs[0], limit=1)] == ["e3"]

    async def test_a_published_row_leaves_the_outbox_and_stays_in_the_log(self, store: Store) -> None:
        """Forgetting a pointer leaves the log as it is."""
        await self.own(store)
        written = await self.write(store, journal=(said("e1"), said("e2")))
        await store.forget(seqs=[written.outbox[0].seq])
        left = await store.outbox(shard=0, after=0, limit=10)
        logged = await store.log(shard=0, since=NOW - timedelta(hours=1), after=0, limit=10)
        assert [each.row.message_id for each in left] == ["e2"]
        assert [each.row.message_id for each in logged] == ["e1", "e2"]
        assert await store.log(shard=0, since=NOW + timedelta(seconds=1), after=0, limit=10) == []

    async def test_due_tasks_come_in_order(self, store: Store) -> None:
        """Tasks of the asked shards that are due come earliest first, as they were set."""
        await self.own(store)
        late, other = task("t0", due=NOW + timedelta(hours=1)), task("t3", shard=1)
        early = task("t2", due=NOW - timedelta(hours=1), causation_id="c", traceparent="tp")
        await self.write(store, tasks=(late, task("t1"), early, other))
        assert await store.tasks(shards=[0], until=NOW, limit=10) == [early, task("t1")]
        assert await store.tasks(shards=[0, 1], until=NOW, limit=2) == [early, task("t1")]

    async def test_setting_a_timer_again_moves_it(self, store: Store) -> None:
        """One timer per id: the later setting counts."""
        await self.own(store)
        moved = task(due=NOW - timedelta(hours=1), message_id="m2", data={"n": 2})
        await self.write(store, tasks=(task(),))
        await self.write(store, tasks=(moved,))
        assert await store.tasks(shards=[0], until=NOW, limit=10) == [moved]

    async def test_a_finished_task_is_gone(self, store: Store) -> None:
        """Handling a task's message deletes the task; setting it anew in the same write keeps the new one."""
        await self.own(store)
        again = task(message_id="m2")
        await self.write(store, tasks=(task("t1"), task("t2")))
        await self.write(store, finished=(Finished("t1", "m-t1"), Finished("t2", "m-t2")), tasks=(again,))
        assert await store.tasks(shards=[0], until=NOW, limit=10) == [again]

    async def test_a_message_of_an_earlier_setting_is_stale(self, store: Store) -> None:
        """Finishing a task that was moved, or is gone, is refused by name unless it need not be there."""
        await self.own(store)
        await self.write(store, tasks=(task(message_id="m2"),))
        await self.write(store, finished=(Finished("t1", "m1", strict=False),))
        with pytest.raises(StaleTask) as caught:
            await self.write(store, finished=(Finished("t1", "m1"), Finished("t9", "m9")), inbox=(handled("m1"),))
        assert caught.value.message_ids == {"m1", "m9"}
        assert await store.known(message_ids=["m1"]) == {}
        assert await store.tasks(shards=[0], until=NOW, limit=10) == [task(message_id="m2")]

    async def test_a_started_call_stays_until_its_answer(self, store: Store) -> None:
        """A started call is neither dropped nor replaced; a waiting one is dropped."""
        await self.own(store)
        call = task(kind="call", name="charge")
        await self.write(store, tasks=(call, task("t2", kind="call")))
        (started,) = await store.start(fence={0: 1}, tasks=[call], now=NOW)
        await self.write(store, dropped=("t1", "t2"), tasks=(replace(call, message_id="m2"),))
        assert started == replace(call, state="started", started_at=NOW, attempts=1)
        assert await store.tasks(shards=[0], until=NOW, limit=10) == [started]

    async def test_a_call_started_again_counts_its_attempts(self, store: Store) -> None:
        """Every start is counted, and the time of the first one stays; what is no longer wanted is not started."""
        await self.own(store)
        call = task(kind="call")
        await self.write(store, tasks=(call,))
        await store.start(fence={0: 1}, tasks=[call], now=NOW)
        later = NOW + timedelta(minutes=1)
        again = await store.start(fence={0: 1}, tasks=[call, task("t9", kind="call")], now=later)
        assert again == [replace(call, state="started", started_at=NOW, attempts=2)]

    async def test_only_the_owner_starts_and_postpones(self, store: Store) -> None:
        """Starting and postponing are fenced."""
        await self.own(store)
        call = task(kind="call")
        await self.write(store, tasks=(call,))
        with pytest.raises(Fenced):
            await store.start(fence={0: 9}, tasks=[call], now=NOW)
        with pytest.raises(Fenced):
            await store.postpone(fence={0: 9}, tasks=[call])
        assert await store.tasks(shards=[0], until=NOW, limit=10) == [call]

    async def test_a_postponed_call_is_due_later(self, store: Store) -> None:
        """A call of unknown outcome is due again later, and stays started."""
        await self.own(store)
        call = task(kind="call")
        await self.write(store, tasks=(call,))
        (started,) = await store.start(fence={0: 1}, tasks=[call], now=NOW)
        later = replace(started, due=NOW + timedelta(minutes=1))
        await store.postpone(fence={0: 1}, tasks=[later, replace(later, id="t9")])
        assert await store.tasks(shards=[0], until=NOW, limit=10) == []
        assert await store.tasks(shards=[0], until=later.due, limit=10) == [later]

    async def test_parked_messages_keep_their_record_and_tries(self, store: Store) -> None:
        """A parked message comes back as it was, keeps the larger number of tries, and can be let go."""
        await self.own(store)
        parked = ParkedMessage(message_id="m1", shard=0, record=RECORD, reason="early", tries=3, parked_at=NOW)
        await self.write(store, parked=(parked,))
        await self.write(store, parked=(replace(parked, tries=1),))
        assert await store.parked(message_ids=["m1", "m2"]) == [parked]
        await self.write(store, unparked=("m1",))
        assert await store.parked(message_ids=["m1"]) == []

    async def test_a_dead_letter_is_reopened_and_replayed(self, store: Store) -> None:
        """Reopening takes the outcome back and returns the record; a replayed dead letter is no longer listed."""
        await self.own(store)
        letter = DeadLetter(message_id="m1", shard=0, type="x", error="why", record=RECORD, failed_at=NOW)
        await self.write(store, dead=(letter,), inbox=(handled("m1", "dead"), handled("m2")))
        assert await store.dead_letters(limit=10) == [letter]
        assert await store.dead_letters(limit=10, after="m1") == []
        assert await store.reopen(message_id="m1") == letter
        assert await store.reopen(message_id="m2") is None
        assert list(await store.known(message_ids=["m1", "m2"])) == ["m2"]
        await store.replayed(message_id="m1", at=NOW)
        assert await store.dead_letters(limit=10) == []
        await self.write(store, dead=(letter,))
        assert await store.dead_letters(limit=10) == [letter]

    async def test_a_feed_keeps_the_newest(self, store: Store) -> None:
        """A feed's row is replaced by a higher sequence only; the highest of a batch counts."""
        kind: Kind[toy.Play] = toy.PLAY
        first = await store.feed(
            kind=kind, items=[("hamlet", 5, toy.Play("hamlet", 5)), ("hamlet", 4, toy.Play("hamlet", 4))]
        )
        second = await store.feed(
            kind=kind, items=[("hamlet", 5, toy.Play("hamlet", 9)), ("lear", 1, toy.Play("lear", 1))]
        )
        loaded = await store.load(refs=[(kind, "hamlet"), (kind, "lear")])
        assert (first, second) == (1, 1)
        assert [each.aggregate.acts for each in loaded.values()] == [5, 1]

    async def test_old_inbox_rows_are_purged(self, store: Store) -> None:
        """Maintenance forgets what was handled longer ago than the retention, and nothing younger."""
        await self.own(store)
        old = NOW - timedelta(days=15)
        await self.write(store, inbox=(replace(handled("m1"), handled_at=old),), now=old)
        await self.write(store, inbox=(handled("m2"),))
        await store.maintain(now=NOW)
        assert list(await store.known(message_ids=["m1", "m2"])) == ["m2"]

    async def test_a_day_with_pointers_is_kept(self, store: Store) -> None:
        """An old day of the log is dropped only when no pointer leads into it."""
        await self.own(store)
        old = NOW - timedelta(days=5)
        await store.maintain(now=old)
        written = await self.write(store, journal=(replace(said("e1"), written_at=old),), now=old)
        await store.maintain(now=NOW)
        assert [each.row.message_id for each in await store.outbox(shard=0, after=0, limit=10)] == ["e1"]
        await store.forget(seqs=[each.seq for each in written.outbox])
        await store.maintain(now=NOW)
        assert await store.log(shard=0, since=old - timedelta(days=1), after=0, limit=10) == []
