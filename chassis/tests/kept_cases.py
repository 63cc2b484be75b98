"""What the processor keeps of what it wrote: written once, run against memory and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

from stage import Fails, OnStage, Reads, Stage, ends, hold
from toy import service as toy

from chassis.store.errors import UnknownOutcome
from chassis.store.values import Saved

CANCEL = toy.CancelBookingV1(booking_id="b1", reason="rain")


class KeptCases(OnStage):
    async def test_what_was_written_is_not_read_again(self, stage: Stage) -> None:
        """The next message of the key finds what the last one left, and so does the one after it."""
        stage.store = reads = Reads(stage.store)
        processor = stage.another()
        await stage.process(stage.message(hold(), "m1"), processor=processor)
        await stage.process(stage.message(CANCEL, "m2"), processor=processor)
        again = await stage.process(stage.message(CANCEL, "m3"), processor=processor)
        assert ends(again) == {"m3": ("applied", "duplicate")}
        assert reads.seen == [["b1"]]
        assert await stage.booking("b1") == toy.Booking("b1", "hamlet", 2, "cancelled")

    async def test_what_another_owner_wrote_is_read(self, stage: Stage) -> None:
        """Who had a shard, lost it and has it again knows nothing of its keys."""
        message = stage.message(hold(), "m1")
        await stage.process(message)
        stage.epochs[message.shard] = await stage.store.raise_epoch(shard=message.shard)
        await stage.process(stage.message(CANCEL, "m2"), processor=stage.another())
        stage.epochs[message.shard] = await stage.store.raise_epoch(shard=message.shard)
        again = await stage.process(stage.message(CANCEL, "m3"))
        assert ends(again) == {"m3": ("applied", "duplicate")}

    async def test_what_has_moved_on_is_read(self, stage: Stage) -> None:
        """A change behind the processor's back is a conflict of versions; the message is decided on what is there."""
        await stage.process(stage.message(hold(), "m1"))
        held = toy.Booking("b1", "hamlet", 2, "held")
        await stage.set(Saved(toy.BOOKING, "b1", 2, held, replace(held, state="cancelled")))
        again = await stage.process(stage.message(CANCEL, "m2"))
        assert ends(again) == {"m2": ("applied", "duplicate")}

    async def test_after_an_unknown_outcome_all_is_read(self, stage: Stage) -> None:
        """A write that may have happened leaves nothing to go on from."""
        stage.store = reads = Reads(Fails(stage.store, UnknownOutcome("lost"), after=True))
        processor = stage.another()
        await stage.process(stage.message(hold(), "m1"), processor=processor)
        await stage.process(stage.message(CANCEL, "m2"), processor=processor)
        assert reads.seen == [["b1"], ["b1"]]
        assert await stage.booking("b1") == toy.Booking("b1", "hamlet", 2, "cancelled")

    async def test_a_message_saves_what_has_its_own_key(self, stage: Stage) -> None:
        """A handler that saves the booking of another key is poison: whoever owns that key would not learn of it."""
        processed = await stage.process(stage.message(hold(note="stray"), "m1"))
        assert ends(processed) == {"m1": ("dead", "dead")}
        (letter,) = await stage.store.dead_letters(limit=9)
        assert letter.error == "Poison: booking b1's has another key than the message"
