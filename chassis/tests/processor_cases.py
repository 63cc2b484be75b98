"""What the processor must do on any store: written once, run against memory and PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from examples import NOW
from stage import OnStage, Reads, Stage, balanced, ends, hold
from toy import service as toy

from chassis.verdicts import Verdict


class ProcessorCases(OnStage):
    async def test_a_batch_is_applied_and_journalled_in_order(self, stage: Stage) -> None:
        """One write applies a batch; its journal rows come back in order, and the outbox holds the same."""
        batch = [stage.message(hold(f"b{n}"), f"m{n}") for n in range(5)]
        processed = await stage.process(*batch)
        assert ends(processed) == {f"m{n}": ("applied", "applied") for n in range(5)}
        assert [each.row.key for each in processed.outbox] == [f"b{n}" for n in range(5)]
        assert [each.id for each in processed.tasks] == [f"hold:b{n}" for n in range(5)]
        assert await stage.free("hamlet") == 90
        assert balanced(stage.processor.counts) == {"toy.commands/consumed": 5, "toy.commands/applied": 5}

    async def test_what_is_said_names_its_cause(self, stage: Stage) -> None:
        """A journal row carries correlation, causation, trace and time of its message, and an id of its own."""
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        (said,) = (await stage.process(stage.message(hold(), "m1", traceparent=trace))).outbox
        headers = {name: said.row.headers[name] for name in ("ce_correlationid", "ce_causationid", "ce_source")}
        assert headers == {"ce_correlationid": "b1", "ce_causationid": "m1", "ce_source": "/toy"}
        assert (said.row.traceparent, said.row.headers["traceparent"]) == (trace, trace)
        assert said.row.headers["ce_time"] == NOW.isoformat()
        assert said.row.message_id == said.row.headers["ce_id"] != "m1"

    @pytest.mark.parametrize("memory", [True, False])
    async def test_a_repeat_gets_the_same_answer_and_no_effect(self, stage: Stage, *, memory: bool) -> None:
        """The second delivery is a duplicate with the first one's answer, remembered or looked up."""
        message = stage.message(hold(), "m1")
        first = await stage.process(message)
        again = await stage.process(message, processor=stage.processor if memory else stage.another())
        assert (again.handled[0].verdict, again.handled[0].answer) == (Verdict.DUPLICATE, first.handled[0].answer)
        assert (again.outbox, again.tasks) == ((), ())
        assert await stage.free("hamlet") == 98

    async def test_a_repeat_beside_new_messages_leaves_them_alone(self, stage: Stage) -> None:
        """A batch with a repeat that nobody remembers is looked up and redone: the new ones are applied once."""
        await stage.process(stage.message(hold("b1"), "m1"))
        batch = [stage.message(hold(f"b{n}"), f"m{n}") for n in range(3)]
        processed = await stage.process(*batch, processor=stage.another())
        assert ends(processed) == {
            "m0": ("applied", "applied"),
            "m1": ("duplicate", "applied"),
            "m2": ("applied", "applied"),
        }
        assert await stage.free("hamlet") == 94

    @pytest.mark.parametrize("memory", [True, False])
    async def test_the_same_id_with_another_body_is_a_conflict(self, stage: Stage, *, memory: bool) -> None:
        """An id that comes back with another body is never applied and gets no answer."""
        await stage.process(stage.message(hold(seats=2), "m1"))
        processor = stage.processor if memory else stage.another()
        then = await stage.process(stage.message(hold(seats=3), "m1"), processor=processor)
        assert (then.handled[0].verdict, then.handled[0].answer) == (Verdict.CONFLICT, None)
        assert await stage.free("hamlet") == 98

    async def test_a_repeat_inside_a_batch_does_not_hide_a_conflict(self, stage: Stage) -> None:
        """Inside one batch, too, the same body is a duplicate with the answer and another body a conflict."""
        same, other = stage.message(hold(seats=2), "m1"), stage.message(hold(seats=3), "m1")
        processed = await stage.process(same, same, other)
        assert [each.verdict.value for each in processed.handled] == ["applied", "duplicate", "conflict"]
        assert [each.answer for each in processed.handled] == [{"seats": 2}, {"seats": 2}, None]
        assert balanced(stage.processor.counts)["toy.commands/consumed"] == 3

    async def test_the_fingerprint_of_the_publisher_counts(self, stage: Stage) -> None:
        """A publisher that gives its own fingerprint decides what the same body is."""
        await stage.process(stage.message(hold(note="1"), "m1", fingerprint="same"))
        then = await stage.process(stage.message(hold(note="2"), "m1", fingerprint="same"))
        assert ends(then) == {"m1": ("duplicate", "applied")}

    async def test_a_rejection_is_an_outcome_with_an_answer(self, stage: Stage) -> None:
        """A rejected command says why, keeps the outcome, and counts as applied."""
        processed = await stage.process(stage.message(hold(seats=101), "m1"))
        known = await stage.store.known(message_ids=["m1"])
        assert ends(processed) == {"m1": ("applied", "rejected")}
        assert (known["m1"].outcome, known["m1"].answer) == ("rejected", {"reason": "sold_out"})
        assert await stage.said() == ["toy.seats-refused.v1"]

    async def test_shared_rows_are_granted_in_arrival_order(self, stage: Stage) -> None:
        """The last seats go to who came first, whatever the keys are."""
        batch = [stage.message(hold(f"b{9 - n}", seats=40), f"m{n}") for n in range(4)]
        processed = await stage.process(*batch)
        assert [each.outcome for each in processed.handled] == ["applied", "applied", "rejected", "rejected"]
        assert await stage.free("hamlet") == 20

    async def test_each_aggregate_is_read_once(self, stage: Stage) -> None:
        """A handler that asks for more than was named costs a read of that alone, and one of shared rows none."""
        await stage.process(stage.message(hold("b1"), "m1"), stage.message(hold("b2"), "m2"))
        stage.store = reads = Reads(stage.store)
        pays = stage.message(toy.PayBookingV1(booking_id="b1", receipt="r1"), "m3")
        cancels = stage.message(toy.CancelBookingV1(booking_id="b2", reason="rain"), "m4")
        processed = await stage.process(pays, cancels, processor=stage.another())
        assert {"m3": ("applied", "applied"), "m4": ("applied", "applied")} == ends(processed)
        assert [["b2"], ["b1"]] == reads.seen
        assert await stage.free("hamlet") == 98

    async def test_nothing_is_written_for_repeats_alone(self, stage: Stage) -> None:
        """A batch of remembered repeats needs no database."""
        message = stage.message(hold(), "m1")
        await stage.process(message)
        stage.epochs[message.shard] = 99
        processed = await stage.process(message)
        assert (ends(processed), processed.fenced) == ({"m1": ("duplicate", "applied")}, frozenset())

    async def test_time_is_that_of_the_decision(self, stage: Stage) -> None:
        """Timers and inbox rows carry the injected time."""
        moment: datetime = stage.clock.advance(by=timedelta(minutes=3))
        (task,) = (await stage.process(stage.message(hold(), "m1"))).tasks
        assert task.due == moment + toy.HOLD
        assert (await stage.store.known(message_ids=["m1"]))["m1"].handled_at == moment
