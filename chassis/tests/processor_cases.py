"""What the processor must do on any store: written once, run against memory and PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from store_cases import NOW
from toy import service as toy

from chassis.counts import Counts
from chassis.deadletters import replay
from chassis.deciding import Patience
from chassis.message import FromTask, Message, NotForUs, Record, shard_of
from chassis.parser import Parser
from chassis.processor import Processor
from chassis.sources import ManualClock, SeededIds
from chassis.store.errors import Unavailable, UnknownOutcome
from chassis.store.protocol import Store
from chassis.store.values import Changes, Loaded, Saved, Write, Written
from chassis.verdicts import Processed, Verdict
from contracts.envelope import Envelope, to_headers
from contracts.values import Contract

SHARDS = 4


class Stage:
    """A processor over a store, with what it needs to be fed."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = ManualClock(time=NOW)
        self.ids = SeededIds(clock=self.clock)
        self.parser = Parser(service="toy", routes=toy.ROUTES, registry=toy.REGISTRY, shards=SHARDS)
        self.epochs: dict[int, int] = {}
        self.waits: list[int] = []
        self.processor = self.another()

    def another(self) -> Processor:
        """Return a processor with no memory, as a new process has."""
        return Processor(
            service="toy",
            store=self.store,
            publisher=toy.PUBLISH,
            clock=self.clock,
            ids=self.ids,
            shards=SHARDS,
            patience=Patience(tries=2, first=timedelta(seconds=1)),
            backoff=self.wait,
        )

    async def wait(self, attempt: int) -> None:
        self.waits.append(attempt)

    async def open(self, free: int = 100) -> Stage:
        for shard in range(SHARDS):
            self.epochs[shard] = await self.store.raise_epoch(shard=shard)
        for show in ("hamlet", "lear"):
            await self.set(Saved(toy.SHOW, show, 1, None, toy.Show(show, free)))
        return self

    async def set(self, saved: Saved) -> None:
        what = Changes(now=NOW, saves=(saved,))
        await self.store.write(write=Write(fence=self.epochs, locks=(), decide=lambda _locked: what))

    def record(self, contract: Contract, message_id: str, **envelope: Any) -> Record:
        type_ = toy.REGISTRY.of(type(contract))
        key = str(getattr(contract, type_.key))
        head = Envelope(
            id=message_id,
            source="/test",
            type=type_.name,
            subject=key,
            time=NOW,
            correlation_id=key,
            causation_id="",
            **envelope,
        )
        return Record(
            topic=type_.topic,
            partition=shard_of(key, SHARDS),
            offset=0,
            key=key.encode(),
            value=contract.model_dump_json().encode(),
            headers=to_headers(envelope=head),
        )

    def message(self, contract: Contract, message_id: str, **envelope: Any) -> Message:
        return self.read(self.record(contract, message_id, **envelope))

    def read(self, record: Record) -> Message:
        message = self.parser.record(record=record)
        assert not isinstance(message, NotForUs)
        return message

    async def process(self, *messages: Message, processor: Processor | None = None) -> Processed:
        return await (processor or self.processor).process(batch=messages, epochs=self.epochs.get)

    async def free(self, show: str) -> int:
        seen: list[toy.Show] = []

        def decide(locked: Loaded) -> Changes:
            seen.extend(each.aggregate for each in locked.values())
            return Changes(now=NOW)

        await self.store.write(write=Write(fence={}, locks=((toy.SHOW, show),), decide=decide))
        return seen[0].free

    async def booking(self, booking_id: str) -> toy.Booking | None:
        stored = (await self.store.load(refs=[(toy.BOOKING, booking_id)])).get((toy.BOOKING, booking_id))
        return None if stored is None else stored.aggregate

    async def said(self) -> list[str]:
        rows = [row for shard in range(SHARDS) for row in await self.store.outbox(shard=shard, after=0, limit=100)]
        return [row.row.type for row in sorted(rows, key=lambda row: row.seq)]


class Fails:
    """A store whose first writes fail with the given errors: before anything happens, or after all of it."""

    def __init__(self, store: Store, *errors: Exception, after: bool = False) -> None:
        self._store = store
        self._errors = list(errors)
        self._after = after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write(self, *, write: Write) -> Written:
        if not self._errors:
            return await self._store.write(write=write)
        if self._after:
            await self._store.write(write=write)
        raise self._errors.pop(0)


def hold(booking_id: str = "b1", seats: int = 2, show: str = "hamlet", note: str = "") -> toy.HoldSeatsV1:
    return toy.HoldSeatsV1(booking_id=booking_id, show=show, seats=seats, note=note)


def ends(processed: Processed) -> dict[str, tuple[str, str]]:
    return {each.message.id: (each.verdict.value, each.outcome) for each in processed.handled}


def balanced(counts: Counts) -> Mapping[str, int]:
    assert counts.unbalanced() == {}
    return {f"{topic}/{name}": n for topic, names in counts.by_topic().items() for name, n in names.items()}


class ProcessorCases:
    @pytest.fixture
    async def stage(self, store: Store) -> Stage:
        return await Stage(store).open()

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

    async def test_a_lost_shard_is_dropped_and_the_rest_is_done(self, stage: Stage) -> None:
        """A fenced shard's messages are not handled; the others of the batch are."""
        batch = [stage.message(hold(f"b{n}"), f"m{n}") for n in range(8)]
        lost = batch[0].shard
        await stage.store.raise_epoch(shard=lost)
        processed = await stage.process(*batch)
        assert processed.fenced == {lost}
        assert [each.message.id for each in processed.handled] == [m.id for m in batch if m.shard != lost]
        assert sum(stage.processor.counts.by_topic()["toy.commands"].values()) == 2 * len(processed.handled)

    async def test_a_shard_given_up_meanwhile_is_dropped(self, stage: Stage) -> None:
        """A shard without an epoch is not written for at all."""
        message = stage.message(hold(), "m1")
        del stage.epochs[message.shard]
        processed = await stage.process(message)
        assert processed == Processed(fenced=frozenset({message.shard}))

    async def test_poison_does_not_touch_its_batch(self, stage: Stage) -> None:
        """What a handler raises concerns its message alone; the others of the batch are applied in the same write."""
        notes = ["", "poison", "", "bug"]
        batch = [stage.message(hold(f"b{n}", note=note), f"m{n}") for n, note in enumerate(notes)]
        processed = await stage.process(*batch)
        assert [each.verdict.value for each in processed.handled] == ["applied", "dead", "applied", "dead"]
        assert await stage.free("hamlet") == 96
        known = await stage.store.known(message_ids=["m1", "m3"])
        assert {row.outcome for row in known.values()} == {"dead"}
        assert [letter.error for letter in await stage.store.dead_letters(limit=9)] == [
            "Poison: this note is poison",
            "ZeroDivisionError: a bug of the handler",
        ]
        assert await stage.said() == [
            "toy.seats-held.v1",
            "toy.dead-lettered.v1",
            "toy.seats-refused.v1",
            "toy.seats-held.v1",
            "toy.dead-lettered.v1",
            "toy.seats-refused.v1",
        ]

    async def test_what_the_database_refuses_is_found_by_halves(self, stage: Stage) -> None:
        """A row that the database refuses makes one dead letter; its neighbours are applied."""
        batch = [stage.message(hold(f"b{n}"), f"h{n}") for n in range(7)]
        await stage.process(*batch)
        pays = [toy.PayBookingV1(booking_id=f"b{n}", receipt="r3" if n == 5 else f"r{n}") for n in range(7)]
        processed = await stage.process(*(stage.message(pay, f"m{n}") for n, pay in enumerate(pays)))
        verdicts = [each.verdict.value for each in processed.handled]
        assert verdicts == ["applied"] * 5 + ["dead", "applied"]
        assert [each.id for each in processed.tasks] == [f"charge:b{n}" for n in (0, 1, 2, 3, 4, 6)]
        assert balanced(stage.processor.counts)["toy.commands/dead"] == 1

    async def test_a_dead_letter_answers_its_repeats(self, stage: Stage) -> None:
        """A dead letter has an outcome: its second delivery is a duplicate that says so."""
        message = stage.message(hold(note="poison"), "m1")
        await stage.process(message)
        again = await stage.process(message)
        assert ends(again) == {"m1": ("duplicate", "dead")}
        assert again.handled[0].answer == {"reason": "Poison: this note is poison"}

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
        assert (ends(first), first.ended) == ({task.message_id: ("applied", "applied")}, ("hold:b1", "charge:b1"))
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

    async def test_a_database_that_is_away_is_waited_for(self, stage: Stage) -> None:
        """What passes is retried with growing pauses, never made poison, and applied once."""
        down = Stage(stage.store)
        down.epochs = stage.epochs
        down.store = Fails(stage.store, *(Unavailable("down") for _ in range(3)))
        down.processor = down.another()
        processed = await down.process(stage.message(hold(), "m1"))
        assert (ends(processed), down.waits) == ({"m1": ("applied", "applied")}, [1, 2, 3])
        assert await stage.free("hamlet") == 98

    @pytest.mark.parametrize("happened", [True, False])
    async def test_a_commit_of_unknown_outcome_is_looked_up(self, stage: Stage, *, happened: bool) -> None:
        """After a lost answer the batch is applied exactly once, and its shards are reported for catch-up."""
        lost = Stage(stage.store)
        lost.epochs = stage.epochs
        lost.store = Fails(stage.store, UnknownOutcome("lost"), after=happened)
        lost.processor = lost.another()
        message = stage.message(hold(), "m1")
        processed = await lost.process(message)
        assert processed.uncertain == {message.shard}
        assert ends(processed) == {"m1": ("duplicate" if happened else "applied", "applied")}
        assert processed.handled[0].answer == {"seats": 2}
        assert await stage.said() == ["toy.seats-held.v1"]
        assert await stage.free("hamlet") == 98

    async def test_an_aggregate_changed_by_another_is_decided_again(self, stage: Stage) -> None:
        """A version that moved between load and write redoes the batch on what is there."""
        await stage.process(stage.message(hold(), "m1"))
        racing = Stage(stage.store)
        racing.epochs = stage.epochs
        paid = toy.Booking("b1", "hamlet", 2, "cancelled")
        store = stage.store

        class Races(Fails):
            async def write(self, *, write: Write) -> Written:
                if self._errors:
                    self._errors.clear()
                    await stage.set(Saved(toy.BOOKING, "b1", 2, None, paid))
                return await store.write(write=write)

        racing.store = Races(stage.store, Unavailable("once"))
        racing.processor = racing.another()
        processed = await racing.process(stage.message(toy.CancelBookingV1(booking_id="b1"), "m2"))
        assert ends(processed) == {"m2": ("applied", "duplicate")}

    async def test_what_cannot_be_read_blocks_nothing(self, stage: Stage) -> None:
        """An unreadable record is a dead letter with its place, and the batch around it is applied."""
        good = stage.message(hold(), "m1")
        record = Record("toy.commands", good.shard, 41, b"b1", b"{", ((("ce_id"), None),))
        bad = stage.read(record)
        processed = await stage.process(bad, good, bad)
        assert [each.verdict.value for each in processed.handled] == ["dead", "applied", "duplicate"]
        (letter,) = await stage.store.dead_letters(limit=9)
        assert (letter.record, letter.error) == (record, "header ce_id is missing or null")
        assert await stage.said() == ["toy.dead-lettered.v1", "toy.seats-held.v1"]

    async def test_an_event_that_is_too_large_is_poison_of_its_cause(self, stage: Stage) -> None:
        """A message that no broker would take is never journalled: who caused it is the dead letter."""
        big = stage.read(stage.record(hold(note="x"), "m1"))
        big = replace(big, command=replace(big.command, note="x" * 900_000))  # type: ignore[union-attr]  # it is readable
        processed = await stage.process(big)
        assert [each.verdict.value for each in processed.handled] == ["dead"]
        assert "too large" in (await stage.store.dead_letters(limit=9))[0].error
        assert await stage.free("hamlet") == 100

    async def test_an_event_that_breaks_its_contract_is_poison_of_its_cause(self, stage: Stage) -> None:
        """What the contract forbids is not said; the error names the field and not its value."""
        await stage.process(stage.message(hold(), "m1"))
        pay = toy.PayBookingV1(booking_id="b1", receipt="r" * 41)
        (call,) = (await stage.process(stage.message(pay, "m2"))).tasks
        processed = await stage.process(stage.parser.answer(task=call, answer={"verdict": "yes"}))
        assert [each.verdict.value for each in processed.handled] == ["dead"]
        (letter,) = await stage.store.dead_letters(limit=9)
        assert "toy.booking-paid.v1 cannot be said: receipt:" in letter.error
        assert "rrr" not in letter.error

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
