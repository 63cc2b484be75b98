"""What every store must do for tasks, parked messages, dead letters and feeds: the same cases for each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from examples import NOW, RECORD, handled, own, task, write

from chassis.store.errors import Fenced, StaleTask
from chassis.store.protocol import Store
from chassis.store.values import (
    DeadLetter,
    Finished,
    ParkedMessage,
)


class TaskCases:
    async def test_due_tasks_come_in_order(self, store: Store) -> None:
        """Tasks of the asked shards that are due come earliest first, as they were set."""
        await own(store)
        late, other = task("t0", due=NOW + timedelta(hours=1)), task("t3", shard=1)
        early = task("t2", due=NOW - timedelta(hours=1), causation_id="c", traceparent="tp")
        await write(store, tasks=(late, task("t1"), early, other))
        assert await store.tasks(shards=[0], until=NOW, limit=10) == [early, task("t1")]
        assert await store.tasks(shards=[0, 1], until=NOW, limit=2) == [early, task("t1")]

    async def test_setting_a_timer_again_moves_it(self, store: Store) -> None:
        """One timer per id: the later setting counts."""
        await own(store)
        moved = task(due=NOW - timedelta(hours=1), message_id="m2", data={"n": 2})
        await write(store, tasks=(task(),))
        assert (await write(store, tasks=(moved,))).tasks == (moved,)
        assert await store.tasks(shards=[0], until=NOW, limit=10) == [moved]

    async def test_a_finished_task_is_gone(self, store: Store) -> None:
        """Handling a task's message deletes the task; setting it anew in the same write keeps the new one."""
        await own(store)
        again = task(message_id="m2")
        await write(store, tasks=(task("t1"), task("t2")))
        written = await write(store, finished=(Finished("t1", "m-t1"), Finished("t2", "m-t2")), tasks=(again,))
        assert written.ended == ("t1", "t2")
        assert await store.tasks(shards=[0], until=NOW, limit=10) == [again]

    async def test_a_message_of_an_earlier_setting_is_stale(self, store: Store) -> None:
        """Finishing a task that was moved, or is gone, is refused by name unless it need not be there."""
        await own(store)
        await write(store, tasks=(task(message_id="m2"),))
        assert (await write(store, finished=(Finished("t1", "m1", strict=False),))).ended == ()
        with pytest.raises(StaleTask) as caught:
            await write(store, finished=(Finished("t1", "m1"), Finished("t9", "m9")), inbox=(handled("m1"),))
        assert caught.value.message_ids == {"m1", "m9"}
        assert await store.known(message_ids=["m1"]) == {}
        assert await store.tasks(shards=[0], until=NOW, limit=10) == [task(message_id="m2")]

    async def test_a_started_call_stays_until_its_answer(self, store: Store) -> None:
        """A started call is neither dropped nor replaced; a waiting one is dropped."""
        await own(store)
        call = task(kind="call", name="charge")
        await write(store, tasks=(call, task("t2", kind="call")))
        (started,) = await store.start(fence={0: 1}, tasks=[call], now=NOW)
        written = await write(store, dropped=("t1", "t2", "t9"), tasks=(replace(call, message_id="m2"),))
        assert (written.ended, written.tasks) == (("t2",), ())
        assert started == replace(call, state="started", started_at=NOW, attempts=1)
        assert await store.tasks(shards=[0], until=NOW, limit=10) == [started]

    async def test_a_call_started_again_counts_its_attempts(self, store: Store) -> None:
        """Every start is counted, and the time of the first one stays; what is no longer wanted is not started."""
        await own(store)
        call = task(kind="call")
        await write(store, tasks=(call,))
        await store.start(fence={0: 1}, tasks=[call], now=NOW)
        later = NOW + timedelta(minutes=1)
        again = await store.start(fence={0: 1}, tasks=[call, task("t9", kind="call")], now=later)
        assert again == [replace(call, state="started", started_at=NOW, attempts=2)]

    async def test_only_the_owner_starts_and_postpones(self, store: Store) -> None:
        """Starting and postponing are fenced."""
        await own(store)
        call = task(kind="call")
        await write(store, tasks=(call,))
        with pytest.raises(Fenced):
            await store.start(fence={0: 9}, tasks=[call], now=NOW)
        with pytest.raises(Fenced):
            await store.postpone(fence={0: 9}, tasks=[call])
        assert await store.tasks(shards=[0], until=NOW, limit=10) == [call]

    async def test_a_postponed_call_is_due_later(self, store: Store) -> None:
        """A call of unknown outcome is due again later, and stays started."""
        await own(store)
        call = task(kind="call")
        await write(store, tasks=(call,))
        (started,) = await store.start(fence={0: 1}, tasks=[call], now=NOW)
        later = replace(started, due=NOW + timedelta(minutes=1))
        await store.postpone(fence={0: 1}, tasks=[later, replace(later, id="t9")])
        assert await store.tasks(shards=[0], until=NOW, limit=10) == []
        assert await store.tasks(shards=[0], until=later.due, limit=10) == [later]

    async def test_parked_messages_keep_their_record_and_tries(self, store: Store) -> None:
        """A parked message comes back as it was, keeps the larger number of tries, and can be let go."""
        await own(store)
        parked = ParkedMessage(message_id="m1", shard=0, record=RECORD, reason="early", tries=3, parked_at=NOW)
        await write(store, parked=(parked,))
        await write(store, parked=(replace(parked, tries=1),))
        assert await store.parked(message_ids=["m1", "m2"]) == [parked]
        await write(store, unparked=("m1",))
        assert await store.parked(message_ids=["m1"]) == []

    async def test_a_dead_letter_is_reopened_and_replayed(self, store: Store) -> None:
        """Reopening takes the outcome back and returns the record; a replayed dead letter is no longer listed."""
        await own(store)
        letter = DeadLetter(message_id="m1", shard=0, type="x", error="why", record=RECORD, failed_at=NOW)
        await write(store, dead=(letter,), inbox=(handled("m1", "dead"), handled("m2")))
        assert await store.dead_letters(limit=10) == [letter]
        assert await store.dead_letters(limit=10, after="m1") == []
        assert await store.reopen(message_id="m1") == letter
        assert await store.reopen(message_id="m2") is None
        assert list(await store.known(message_ids=["m1", "m2"])) == ["m2"]
        await store.replayed(message_id="m1", at=NOW)
        assert await store.dead_letters(limit=10) == []
        await write(store, dead=(letter,))
        assert await store.dead_letters(limit=10) == [letter]

    async def test_parked_messages_come_in_the_order_asked(self, store: Store) -> None:
        """Parked messages are tried again in the order in which they are asked for, whatever they were parked in."""
        await own(store)
        for name in ("m2", "m1", "m3"):
            parked = ParkedMessage(message_id=name, shard=0, record=RECORD, reason="early", tries=1, parked_at=NOW)
            await write(store, parked=(parked,))
        found = await store.parked(message_ids=["m3", "m2", "m1"])
        assert [each.message_id for each in found] == ["m3", "m2", "m1"]

    async def test_a_message_parked_again_keeps_its_first_record(self, store: Store) -> None:
        """A message that is parked again has the new reason and the record that came first."""
        await own(store)
        first = ParkedMessage(message_id="m1", shard=0, record=RECORD, reason="early", tries=1, parked_at=NOW)
        again = replace(first, record=replace(RECORD, offset=99), reason="still early", tries=2)
        await write(store, parked=(first,))
        await write(store, parked=(again,))
        assert await store.parked(message_ids=["m1"]) == [replace(again, record=RECORD)]

    async def test_a_letter_buried_again_is_the_later_one(self, store: Store) -> None:
        """A dead letter that failed again says of every field what it said last, its shard and type among them."""
        await own(store)
        letter = DeadLetter(message_id="m1", shard=0, type="x", error="why", record=RECORD, failed_at=NOW)
        again = replace(letter, shard=1, type="y", error="why again")
        await write(store, dead=(letter,))
        await write(store, dead=(again,))
        assert await store.dead_letters(limit=10) == [again]
