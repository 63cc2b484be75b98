"""What the processor must do on any store: written once, run against memory and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stage import Fails, OnStage, Stage, balanced, ends, hold
from toy import service as toy

from chassis.message import Record
from chassis.store.errors import Unavailable, UnknownOutcome
from chassis.store.values import Saved, Write, Written
from chassis.verdicts import Processed, Verdict


class Counts(Fails):
    """The store, with its writes counted."""

    writes = 0

    async def write(self, *, write: Write) -> Written:
        self.writes += 1
        return await super().write(write=write)


class FailingCases(OnStage):
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

    @pytest.mark.parametrize(
        "bad, writes",
        [
            pytest.param({0}, 1 + 5 + 1, id="first: a write for each halving, one for all the rest"),
            pytest.param({31}, 1 + 5 + 1 + 1, id="last: one more, for the reason"),
            pytest.param({21}, 1 + 5 + 1 + 1, id="in between: the last of its pair"),
            pytest.param({3, 20}, 6 + 1 + 7, id="two of them: twice the search"),
        ],
    )
    async def test_poison_costs_few_writes_and_no_wait(self, stage: Stage, bad: set[int], writes: int) -> None:
        """A refused row among 32 costs one write for each halving and one for its dead letter, and nobody waits."""
        await stage.process(*(stage.message(hold(f"b{n}"), f"h{n}") for n in range(33)))
        await stage.process(stage.message(toy.PayBookingV1(booking_id="b32", receipt="taken"), "taken"))
        counting = Counts(stage.store)
        stage.store = counting
        stage.processor = stage.another()
        pays = [toy.PayBookingV1(booking_id=f"b{n}", receipt="taken" if n in bad else f"r{n}") for n in range(32)]
        processed = await stage.process(*(stage.message(pay, f"m{n}") for n, pay in enumerate(pays)))
        dead = {n for n, each in enumerate(processed.handled) if each.verdict is Verdict.DEAD}
        assert (dead, writes, []) == (bad, counting.writes, stage.waits)

    async def test_a_dead_letter_answers_its_repeats(self, stage: Stage) -> None:
        """A dead letter has an outcome: its second delivery is a duplicate that says so."""
        message = stage.message(hold(note="poison"), "m1")
        await stage.process(message)
        again = await stage.process(message)
        assert ends(again) == {"m1": ("duplicate", "dead")}
        assert again.handled[0].answer == {"reason": "Poison: this note is poison"}

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

    async def test_nothing_that_a_producer_sends_stops_the_shard(self, stage: Stage) -> None:
        """Every kind of bad record ends as a dead letter beside a good message, whatever bytes are in it."""
        good = stage.record(hold("b1"), "m1")
        bad = [
            replace(good, key=None),
            replace(good, key=b"\x00\xff"),
            replace(good, value=None),
            replace(good, value=b"\x00"),
            replace(good, headers=()),
            replace(good, headers=(*good.headers, ("ce_type", b"toy.hold-seats.v9"))),
            replace(good, headers=(*good.headers, ("ce_fingerprint", b"\x00"))),
            replace(good, headers=(("\x00", b"\x00"),)),
            stage.record(hold("b2", show="nul\0"), "m2"),
        ]
        for n, record in enumerate(bad):
            if dict(record.headers).get("ce_id") == b"m1":
                bad[n] = replace(record, headers=(*record.headers, ("ce_id", b"bad%d" % n)))
        processed = await stage.process(*(stage.read(record) for record in (*bad, good)))
        applied = [each.message.id for each in processed.handled if each.verdict == Verdict.APPLIED]
        letters = await stage.store.dead_letters(limit=99)
        assert applied[-1] == "m1"
        assert len(applied) + len(letters) == len(bad) + 1
        assert balanced(stage.processor.counts)["toy.commands/consumed"] == len(bad) + 1
