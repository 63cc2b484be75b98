"""What every store must do: written once, run against memory and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from examples import HELD, NOW, changed, handled, own, said, saved, write
from toy import service as toy

from chassis.decision import Append, Kind
from chassis.routes import Ref
from chassis.store.errors import BadData, Fenced, Repeated, VersionConflict
from chassis.store.protocol import Store
from chassis.store.values import (
    Changes,
    Loaded,
    Write,
)


class StoreCases:
    async def test_what_was_saved_is_loaded_with_its_version(self, store: Store) -> None:
        """A load returns what exists, with its version, and leaves out what does not."""
        await own(store)
        await write(store, saves=(saved(HELD),))
        loaded = await store.load(refs=[(toy.BOOKING, "b1"), (toy.BOOKING, "b2")])
        assert {ref: (each.version, each.aggregate) for ref, each in loaded.items()} == {(toy.BOOKING, "b1"): (1, HELD)}

    async def test_the_next_version_replaces_the_last(self, store: Store) -> None:
        """A save of the next version replaces the aggregate."""
        await own(store)
        paid = replace(HELD, state="paid")
        await write(store, saves=(saved(HELD),))
        await write(store, saves=(saved(paid, version=2),))
        loaded = await store.load(refs=[(toy.BOOKING, "b1")])
        assert loaded[toy.BOOKING, "b1"].aggregate == paid

    @pytest.mark.parametrize("version", [1, 3])
    async def test_another_version_is_a_conflict(self, store: Store, version: int) -> None:
        """A save that is not the next version conflicts, and nothing of its write is stored."""
        await own(store)
        await write(store, saves=(saved(HELD),))
        with pytest.raises(VersionConflict):
            await write(store, saves=(saved(replace(HELD, state="paid"), version=version),), inbox=(handled("m1"),))
        assert await store.known(message_ids=["m1"]) == {}

    async def test_a_replaced_owner_can_write_nothing(self, store: Store) -> None:
        """A write under an old epoch is fenced, names the lost shards, and stores nothing."""
        await own(store)
        assert await store.raise_epoch(shard=1) == 2
        with pytest.raises(Fenced) as caught:
            await write(store, inbox=(handled("m1"),))
        assert caught.value.shards == {1}
        assert await store.known(message_ids=["m1"]) == {}
        assert await store.epochs(shards=[0, 1, 2]) == {0: 1, 1: 2}

    async def test_a_shard_without_an_owner_is_fenced(self, store: Store) -> None:
        """A shard that nobody ever took cannot be written for."""
        await own(store)
        with pytest.raises(Fenced) as caught:
            await write(store, shards=(0, 7))
        assert caught.value.shards == {7}

    async def test_an_id_is_handled_once(self, store: Store) -> None:
        """A second inbox row with one id is refused with all of its write; the first one is the answer."""
        await own(store)
        await write(store, inbox=(handled("m1"),))
        with pytest.raises(Repeated):
            await write(store, inbox=(handled("m0"), handled("m1", "rejected")), saves=(saved(HELD),))
        assert await store.known(message_ids=["m0", "m1"]) == {"m1": handled("m1")}
        assert await store.load(refs=[(toy.BOOKING, "b1")]) == {}

    async def test_a_row_is_added_once(self, store: Store) -> None:
        """A second row with the same natural key is bad data, and nothing of its write is stored."""
        await own(store)
        row = Append(toy.RECEIPT, toy.Receipt("r1", "b1"), unique="r1")
        await write(store, rows=(row,))
        with pytest.raises(BadData):
            await write(store, rows=(row,), inbox=(handled("m1"),))
        assert await store.known(message_ids=["m1"]) == {}

    async def test_what_the_decision_raises_passes_through(self, store: Store) -> None:
        """An exception of the decision undoes the write and reaches the caller; the next write is not disturbed."""
        await own(store)

        def decide(_locked: Loaded) -> Changes:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await store.write(write=Write(fence={0: 1}, locks=((toy.SHOW, "hamlet"),), decide=decide))
        await write(store, inbox=(handled("m1"),))
        assert list(await store.known(message_ids=["m1"])) == ["m1"]

    async def test_the_decision_sees_what_was_locked(self, store: Store) -> None:
        """Shared rows are handed to the decision as they are under the lock."""
        await own(store)
        await write(store, saves=(changed(None, toy.Show("hamlet", 10)),))
        seen: list[Any] = []

        def decide(locked: Loaded) -> Changes:
            seen.extend((ref, each.aggregate) for ref, each in locked.items())
            return Changes(now=NOW)

        locks: tuple[Ref, ...] = ((toy.SHOW, "macbeth"), (toy.SHOW, "hamlet"))
        await store.write(write=Write(fence={0: 1}, locks=locks, decide=decide))
        assert seen == [((toy.SHOW, "hamlet"), toy.Show("hamlet", 10))]

    async def test_the_journal_keeps_order_and_bytes(self, store: Store) -> None:
        """Journal rows get ascending numbers in their order, and come back per shard as they were."""
        await own(store)
        first = await write(store, journal=(said("e1"), said("e2", shard=1), said("e3")))
        second = await write(store, journal=(said("e4"),))
        seqs = [each.seq for each in (*first.outbox, *second.outbox)]
        assert seqs == sorted(set(seqs))
        rows = await store.outbox(shard=0, after=0, limit=10)
        assert [each.row for each in rows] == [said("e1"), said("e3"), said("e4")]
        assert [each.seq for each in rows] == [seqs[0], seqs[2], seqs[3]]
        assert [each.row.message_id for each in await store.outbox(shard=0, after=seqs[0], limit=1)] == ["e3"]

    async def test_a_published_row_leaves_the_outbox_and_stays_in_the_log(self, store: Store) -> None:
        """Forgetting a pointer leaves the log as it is."""
        await own(store)
        written = await write(store, journal=(said("e1"), said("e2")))
        await store.forget(seqs=[written.outbox[0].seq])
        left = await store.outbox(shard=0, after=0, limit=10)
        logged = await store.log(shard=0, since=NOW - timedelta(hours=1), after=0, limit=10)
        assert [each.row.message_id for each in left] == ["e2"]
        assert [each.row.message_id for each in logged] == ["e1", "e2"]
        assert await store.log(shard=0, since=NOW + timedelta(seconds=1), after=0, limit=10) == []

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
        await own(store)
        old = NOW - timedelta(days=15)
        await write(store, inbox=(replace(handled("m1"), handled_at=old),), now=old)
        await write(store, inbox=(handled("m2"),))
        await store.maintain(now=NOW)
        assert list(await store.known(message_ids=["m1", "m2"])) == ["m2"]

    async def test_a_day_with_pointers_is_kept(self, store: Store) -> None:
        """An old day of the log is dropped only when no pointer leads into it."""
        await own(store)
        old = NOW - timedelta(days=5)
        await store.maintain(now=old)
        written = await write(store, journal=(replace(said("e1"), written_at=old),), now=old)
        await store.maintain(now=NOW)
        assert [each.row.message_id for each in await store.outbox(shard=0, after=0, limit=10)] == ["e1"]
        await store.forget(seqs=[each.seq for each in written.outbox])
        await store.maintain(now=NOW)
        assert await store.log(shard=0, since=old - timedelta(days=1), after=0, limit=10) == []

    async def test_a_batch_of_a_feed_counts_a_key_once(self, store: Store) -> None:
        """Two newer sequences of one key in a batch are one row that is new."""
        await own(store)
        items = [("lear", 1, toy.Play("lear", 1)), ("lear", 2, toy.Play("lear", 2))]
        assert await store.feed(kind=toy.PLAY, items=items) == 1

    async def test_one_id_twice_in_a_write_is_refused(self, store: Store) -> None:
        """An id that a write brings twice is a repeat, too."""
        await own(store)
        with pytest.raises(Repeated):
            await write(store, inbox=(handled("m1"), handled("m1")))

    async def test_a_check_guards_what_is_saved(self, store: Store) -> None:
        """Seats below zero and a state that nobody knows are bad data, and nothing of their write is stored."""
        await own(store)
        for wrong in (changed(None, toy.Show("hamlet", -1)), saved(replace(HELD, state="unheard of"))):
            with pytest.raises(BadData):
                await write(store, saves=(wrong,), inbox=(handled("m1"),))
        assert await store.known(message_ids=["m1"]) == {}

    async def test_a_shared_row_is_not_loaded(self, store: Store) -> None:
        """A shared kind can be locked in a write and not be loaded before it: to ask for that is a defect."""
        with pytest.raises(TypeError):
            await store.load(refs=[(toy.SHOW, "hamlet")])
