import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from ports import FakeMember, record

from chassis.broker import Place
from chassis.counts import Counts
from chassis.loop import Loop
from chassis.message import Message, NotForUs, Record, Unreadable
from chassis.offsets import Offsets
from chassis.verdicts import Handled, Processed, Verdict
from embedded.eventually import eventually


def message(record: Record) -> Message:
    return Unreadable(f"m{record.offset}", record.partition, "", record, "")


class FakeParser:
    def record(self, *, record: Record) -> Message | NotForUs:
        return NotForUs("toy.unwanted.v1", record) if record.value is None else message(record)


@dataclass
class FakeProcessor:
    batches: list[list[str]] = field(default_factory=list)
    fenced: frozenset[int] = frozenset()
    free: asyncio.Event = field(default_factory=asyncio.Event)

    async def process(self, *, batch: Sequence[Message], epochs: Callable[[int], int | None]) -> Processed:
        self.batches.append([each.id for each in batch])
        await self.free.wait()
        return Processed(
            handled=tuple(Handled(each, Verdict.APPLIED, "applied", None) for each in batch), fenced=self.fenced
        )


class Untraced:
    def begin(self, *, batch: Sequence[Message]) -> list[Message]:
        return list(batch)

    def end(self, *, processed: Processed) -> None:
        pass


@dataclass
class Desk:
    open_shards: set[int] = field(default_factory=lambda: {0})
    term: int = 1
    processor: FakeProcessor = field(default_factory=FakeProcessor)
    told: list[Processed] = field(default_factory=list)
    fenced: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.processor.free.set()
        self.offsets = Offsets(member=FakeMember())
        processor: Any = self.processor
        parser: Any = FakeParser()
        self.loop = Loop(
            processor=processor,
            parser=parser,
            offsets=self.offsets,
            counts=Counts(),
            tracing=Untraced(),
            batch_size=2,
            is_open=lambda shard: shard in self.open_shards,
            epochs=lambda _shard: 1,
            term=lambda: self.term,
            listeners=(self._listen,),
            on_fenced=self.fenced.append,
        )

    def _listen(self, *, processed: Processed) -> None:
        self.told.append(processed)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        await self.offsets.learn(places=[Place("toy.commands", shard) for shard in (0, 1)])
        task = asyncio.create_task(self.loop.run())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    def written(self, shard: int = 0) -> int:
        return self.offsets.all()[Place("toy.commands", shard)]


async def test_what_has_arrived_is_one_batch() -> None:
    """Records that arrive while a batch is written are the next batch, up to its size, in order."""
    desk = Desk()
    desk.processor.free.clear()
    async with desk.running():
        await desk.loop.take(records=[record(offset=0)])
        await eventually(lambda: desk.processor.batches)
        await desk.loop.take(records=[record(offset=number) for number in (1, 2, 3)])
        desk.processor.free.set()
        await eventually(lambda: desk.written() == 4)
    assert [["m0"], ["m1", "m2"], ["m3"]] == desk.processor.batches


async def test_tasks_and_records_enter_by_the_same_way() -> None:
    """A due task is a message of the same batch as the records."""
    desk = Desk()
    async with desk.running():
        desk.loop.deliver([replace(message(record(offset=-1)), id="timer")])
        await desk.loop.take(records=[record(offset=0)])
        await eventually(lambda: desk.written() == 1)
    assert [["timer", "m0"]] == desk.processor.batches


async def test_records_of_closed_shards_are_passed_over() -> None:
    """A record of a shard that is not open is not handled, and its offset is not committed."""
    desk = Desk(open_shards=set())
    async with desk.running():
        await desk.loop.take(records=[record(offset=0)])
        desk.open_shards = {0}
        await desk.loop.take(records=[record(offset=5)])
        await eventually(lambda: desk.written() == 6)
    assert [["m5"]] == desk.processor.batches


async def test_records_dropped_while_they_waited_do_not_enter() -> None:
    """What waited for room when its shard was lost and opened again is read again, not handled out of order."""
    desk = Desk()
    desk.processor.free.clear()
    async with desk.running():
        await desk.loop.take(records=[record(offset=number) for number in range(6)])
        late = asyncio.create_task(desk.loop.take(records=[record(offset=9)]))
        await eventually(lambda: desk.processor.batches)
        desk.loop.drop(shards=[0])
        await late
        desk.processor.free.set()
        await desk.loop.take(records=[record(offset=2)])
        await eventually(lambda: desk.written() == 3)
    assert [["m0", "m1"], ["m2"]] == desk.processor.batches


async def test_offsets_of_a_fenced_shard_are_not_noted() -> None:
    """What was dropped for a lost shard is read again by its owner; other shards go on."""
    desk = Desk(open_shards={0, 1}, processor=FakeProcessor(fenced=frozenset({0})))
    async with desk.running():
        await desk.loop.take(records=[record(offset=3), record(offset=8, shard=1)])
        await eventually(lambda: desk.written(1) == 9)
    assert (0, [frozenset({0})]) == (desk.written(0), desk.fenced)


async def test_a_batch_that_outlives_its_assignment_notes_no_offsets() -> None:
    """Offsets written under an earlier assignment are not those of the present one."""
    desk = Desk()
    desk.processor.free.clear()
    async with desk.running():
        await desk.loop.take(records=[record(offset=0)])
        await eventually(lambda: desk.processor.batches)
        desk.term = 2
        desk.processor.free.set()
        assert await desk.loop.settle(seconds=5)
    assert 0 == desk.written()


async def test_types_of_others_are_counted_and_passed() -> None:
    """A record of a type that this service does not route is ignored, counted, and its offset moves on."""
    desk = Desk()
    async with desk.running():
        await desk.loop.take(records=[replace(record(offset=0), value=None)])
        await eventually(lambda: desk.written() == 1)
    assert ([], {"toy.commands": {"ignored": 1}}) == (desk.processor.batches, desk.loop.counts.by_topic())


async def test_a_stopping_process_takes_nothing_more() -> None:
    """After the end was announced the running batch finishes and nothing else begins."""
    desk = Desk()
    desk.processor.free.clear()
    async with desk.running():
        await desk.loop.take(records=[record(offset=number) for number in range(4)])
        await eventually(lambda: desk.processor.batches)
        desk.loop.stop_taking()
        await desk.loop.take(records=[record(offset=4)])
        desk.processor.free.set()
        assert await desk.loop.settle(seconds=5)
        assert [["m0", "m1"]] == desk.processor.batches
    assert 2 == desk.written()
