"""What the processor must do on any store: written once, run against memory and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from examples import NOW
from stage import SHARDS, OnStage, Stage, balanced, ends, hold
from toy import service as toy

from chassis.deadletters import replay
from chassis.message import FromTask, Record
from chassis.verdicts import Processed, Verdict


class WaitingCases(OnStage):
    async def test_a_replayed_dead_letter_is_handled_as_new(self, stage: Stage) -> None:
        """Replay publishes the record as it came, and the same process handles it again under the same id."""
        record = stage.record(toy.CancelBookingV1(booking_id="b1"), "m1")
        message = replace(stage.read(record), origin=None)
        for _ in range(3):
            await stage.process(message)
            stage.clock.advance(by=timedelta(minutes=2))
            await self.retry_parked(stage)
        assert [letter.message_id for letter in await stage.store.dead_letters(limit=9)] == ["m1"]
        await stage.process(stage.message(hold(), "m0"))
        published: list[Record] = []

        async def publish(each: Record) -> None:
            published.append(each)

        await replay(store=stage.store, message_id="m1", publish=publish, clock=stage.clock)
        assert published == [record]
        assert ends(await stage.process(stage.read(record))) == {"m1": ("applied", "applied")}
        assert await stage.store.dead_letters(limit=9) == []

    @staticmethod
    async def retry_parked(stage: Stage) -> Sequence[Processed]:
        done = []
        for task in await stage.store.tasks(shards=range(SHARDS), until=stage.clock.now(), limit=9):
            (parked,) = await stage.store.parked(message_ids=[task.message_id])
            done.append(await stage.process(stage.parser.parked(parked=parked)))
        return done

    async def test_a_message_that_came_too_early_waits(self, stage: Stage) -> None:
        """A parked message is retried when due, applied when it can be, and leaves nothing behind."""
        processed = await stage.process(stage.message(toy.CancelBookingV1(booking_id="b1"), "m1"))
        assert ends(processed) == {"m1": ("parked", "parked")}
        assert [(each.id, each.kind) for each in processed.tasks] == [("parked:m1", "retry")]
        assert await stage.store.known(message_ids=["m1"]) == {}
        await stage.process(stage.message(hold(), "m0"))
        stage.clock.advance(by=timedelta(seconds=2))
        (then,) = await self.retry_parked(stage)
        assert (ends(then), then.ended[0]) == ({"m1": ("applied", "applied")}, "parked:m1")
        assert await stage.store.parked(message_ids=["m1"]) == []
        assert balanced(stage.processor.counts)["toy.commands/parked"] == 1

    async def test_patience_ends_in_a_dead_letter(self, stage: Stage) -> None:
        """A message that stays too early is a dead letter after its tries, and nothing of it waits any more."""
        await stage.process(stage.message(toy.CancelBookingV1(booking_id="b1"), "m1"))
        verdicts: list[str] = []
        for _ in range(2):
            stage.clock.advance(by=timedelta(minutes=2))
            verdicts.extend(each.handled[0].verdict.value for each in await self.retry_parked(stage))
        assert verdicts == ["parked", "dead"]
        assert await stage.store.parked(message_ids=["m1"]) == []
        assert await stage.store.tasks(shards=range(SHARDS), until=stage.clock.now(), limit=9) == []

    async def test_a_parked_message_delivered_again_is_applied_once(self, stage: Stage) -> None:
        """When a second delivery is applied first, the parked one is a duplicate and leaves."""
        message = stage.message(toy.CancelBookingV1(booking_id="b1"), "m1")
        await stage.process(message)
        await stage.process(stage.message(hold(), "m0"))
        await stage.process(message)
        stage.clock.advance(by=timedelta(seconds=2))
        (then,) = await self.retry_parked(stage)
        assert ends(then) == {"m1": ("duplicate", "applied")}
        assert await stage.store.parked(message_ids=["m1"]) == []
        assert await stage.store.tasks(shards=range(SHARDS), until=stage.clock.now(), limit=9) == []

    async def test_a_due_timer_is_handled_once(self, stage: Stage) -> None:
        """A timer's message ends its task; the same message again is a duplicate."""
        (task,) = (await stage.process(stage.message(hold(), "m1"))).tasks
        message = stage.parser.timer(task=task)
        first = await stage.process(message)
        again = await stage.process(message, processor=stage.another())
        assert (ends(first), first.ended) == ({task.message_id: ("applied", "applied")}, ("hold:b1",))
        assert ends(again) == {task.message_id: ("duplicate", "applied")}
        assert await stage.free("hamlet") == 100

    @pytest.mark.parametrize("together", [True, False])
    async def test_a_dropped_timer_does_nothing(self, stage: Stage, *, together: bool) -> None:
        """A timer that was dropped after its message was made is stale, in the same batch or later."""
        (task,) = (await stage.process(stage.message(hold(), "m1"))).tasks
        cancel, timer = stage.message(toy.CancelBookingV1(booking_id="b1"), "m2"), stage.parser.timer(task=task)
        if together:
            processed = await stage.process(cancel, timer)
        else:
            await stage.process(cancel)
            processed = await stage.process(timer)
        assert ends(processed)[task.message_id] == ("duplicate", "stale")
        assert (await stage.said()).count("toy.booking-cancelled.v1") == 1

    async def test_an_answer_to_a_started_call_counts_after_a_drop(self, stage: Stage) -> None:
        """A call that was started is not forgotten when it is dropped: its answer is handled and ends it."""
        await stage.process(stage.message(hold(), "m1"))
        (call,) = (await stage.process(stage.message(toy.PayBookingV1(booking_id="b1", receipt="r"), "m2"))).tasks
        (started,) = await stage.store.start(fence={}, tasks=[call], now=NOW)
        await stage.process(stage.message(toy.CancelBookingV1(booking_id="b1"), "m3"))
        then = await stage.process(stage.parser.answer(task=started, answer={"verdict": "yes"}))
        assert then.handled[0].verdict == Verdict.APPLIED
        assert then.handled[0].message.origin == FromTask(task_id="charge:b1", kind="call")
        assert await stage.store.tasks(shards=range(SHARDS), until=NOW + timedelta(days=1), limit=9) == []
