"""Does a command to a store, and says what came of it in words that two stores have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from toy import service as toy

from chassis.decision import Append
from chassis.store.errors import DayMissing, Fenced, StaleTask, StoreError
from chassis.store.protocol import Store
from chassis.store.values import Changes, Finished, Loaded, OutboxRow, Saved, Task, Write, Written
from simulation.differential.commands import BOOKINGS, NOW, SHARDS, Asks, Command, Writes

FAR = timedelta(days=100)


@dataclass(slots=True)
class Side:
    """One of the two stores. ``places`` are its own sequence numbers, by their order."""

    store: Store
    places: dict[int, int] = field(default_factory=dict)

    async def do(self, command: Command, /) -> object:
        """Do a command; return its result, or the error's class with what it names."""
        try:
            if isinstance(command, Writes):
                return self._written(await self._again(command))
            return self._told(await self._ask(command))
        except Fenced as error:
            return Fenced, sorted(error.shards)
        except StaleTask as error:
            return StaleTask, sorted(error.message_ids)
        except StoreError as error:
            return type(error)

    async def _again(self, writes: Writes) -> Written:
        """Write; a day of the log that was not there is made by the first try, for the second one."""
        try:
            return await self._write(writes)
        except DayMissing:
            return await self._write(writes)

    async def _ask(self, asks: Asks) -> Any:
        given = dict(asks.given)
        match asks.name:
            case "start":
                given |= {"fence": await self._fence(asks.shards, asks.stale), "tasks": await self._tasks(asks.tasks)}
                return sorted(await self.store.start(**given), key=lambda task: task.id)
            case "postpone":
                due = given.pop("due")
                tasks = [replace(task, due=due) for task in await self._tasks(asks.tasks)]
                return await self.store.postpone(fence=await self._fence(asks.shards, asks.stale), tasks=tasks)
            case "outbox" | "log":
                return await getattr(self.store, asks.name)(after=self._seq(asks.pointers[0]), **given)
            case "forget":
                return await self.store.forget(seqs=[self._seq(place) for place in asks.pointers])
            case "feed":
                items = [(title, version, toy.Play(title, acts)) for title, version, acts in given["items"]]
                return await self.store.feed(kind=toy.PLAY, items=items)
            case name:
                return await getattr(self.store, name)(**given)

    async def _write(self, writes: Writes) -> Written:
        known = await self.store.load(refs=[(toy.BOOKING, key) for key in BOOKINGS])
        standing = {task.id: task.message_id for task in await self._tasks(())}
        fence = await self._fence(writes.shards, writes.stale)
        locks = tuple((toy.SHOW, show) for show, _ in writes.seats)
        finished = tuple(
            Finished(name, standing.get(name, f"gone-{name}") if right else f"other-{name}", strict=strict)
            for name, right, strict in writes.finished
        )
        ready = Changes(
            now=NOW,
            rows=tuple(Append(toy.RECEIPT, toy.Receipt(name, "b1"), unique=name) for name in writes.receipts),
            inbox=writes.inbox,
            finished=finished,
            dropped=writes.dropped,
            tasks=writes.tasks,
            parked=writes.parked,
            unparked=writes.unparked,
            dead=writes.dead,
            journal=writes.journal,
        )

        def decide(locked: Loaded) -> Changes:
            saves = (*_seats(locked, writes.seats), *_bookings(known, writes.bookings))
            return replace(ready, saves=saves)

        return await self.store.write(write=Write(fence=fence, locks=locks, decide=decide))

    async def _fence(self, shards: Sequence[int], stale: Sequence[int]) -> Mapping[int, int]:
        epochs = await self.store.epochs(shards=shards)
        return {shard: epochs.get(shard, 1) - (shard in stale) for shard in shards}

    async def _tasks(self, names: Sequence[str]) -> list[Task]:
        found = await self.store.tasks(shards=SHARDS, until=NOW + FAR, limit=100)
        return [task for task in found if not names or task.id in names]

    def _seq(self, place: int) -> int:
        return next((seq for seq, each in self.places.items() if each == place), 0)

    def _written(self, written: Written) -> object:
        for row in written.outbox:
            self.places[row.seq] = len(self.places) + 1
        saved = [(save.kind.name, save.key, save.after) for save in written.changes.saves]
        return saved, self._told(written.outbox), sorted(written.ended), sorted(task.id for task in written.tasks)

    def _told(self, result: Any) -> object:
        """Return the result with places for sequence numbers: those of PostgreSQL have gaps."""
        if isinstance(result, (list, tuple)):
            return [replace(row, seq=self.places[row.seq]) if isinstance(row, OutboxRow) else row for row in result]
        return result


def _seats(locked: Loaded, seats: Sequence[tuple[str, int]]) -> list[Saved]:
    found = []
    for show, change in seats:
        stored = locked.get((toy.SHOW, show))
        before = None if stored is None else stored.aggregate
        after = toy.Show(show, (0 if before is None else before.free) + change)
        version = 1 + (0 if stored is None else stored.version)
        found.append(Saved(kind=toy.SHOW, key=show, version=version, before=before, after=after))
    return found


def _bookings(known: Loaded, bookings: Sequence[tuple[str, int, str]]) -> list[Saved]:
    found = []
    for key, off, state in bookings:
        stored = known.get((toy.BOOKING, key))
        version = 1 + off + (0 if stored is None else stored.version)
        booking = toy.Booking(key, "hamlet", 2, state)
        found.append(Saved(kind=toy.BOOKING, key=key, version=version, before=None, after=booking))
    return found
