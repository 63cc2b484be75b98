"""What the five services do to their stores in a simulated history, call by call, and the same done to PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from pprint import pformat
from typing import Any

from chassis.routes import Ref
from chassis.store.errors import DayMissing, StoreError
from chassis.store.memory import MemoryStore
from chassis.store.postgres import PostgresStore
from chassis.store.values import Changes, Loaded, Stored, Write, Written
from chassis.tables import Tables
from simulation.clocks import BEGINNING
from simulation.differential.comparing import unlike
from simulation.differential.contents import Reader, remembered


@dataclass(frozen=True, slots=True)
class Call:
    """One call that changes something; of a write, what its locks returned and what was decided on that."""

    name: str
    given: Mapping[str, Any]
    answer: Any
    locked: Loaded = field(default_factory=dict)
    changes: Changes | None = None


class Recording(MemoryStore):
    """A memory store that remembers what was done to it; it has no slots, so that calls can be looked up by name."""

    def __init__(self, *, tables: Tables) -> None:
        super().__init__(tables=tables)
        self.calls: list[Call] = []

    async def write(self, *, write: Write) -> Written:
        """Write, and remember the decision."""
        seen: list[tuple[Loaded, Changes | None]] = []

        def decide(locked: Loaded) -> Changes:
            changes = write.decide(locked)
            seen.append((dict(locked), changes))
            return changes

        given = {"fence": dict(write.fence), "locks": write.locks}
        try:
            written = await super().write(write=replace(write, decide=decide))
        except StoreError as error:
            self._note("write", given, type(error), *(seen[-1] if seen else ({}, None)))
            raise
        self._note("write", given, written, *seen[-1])
        return written

    async def raise_epoch(self, **given: Any) -> Any:
        """Raise, and remember."""
        return await self._do("raise_epoch", given)

    async def start(self, **given: Any) -> Any:
        """Start, and remember."""
        return await self._do("start", given)

    async def postpone(self, **given: Any) -> Any:
        """Postpone, and remember."""
        return await self._do("postpone", given)

    async def forget(self, **given: Any) -> Any:
        """Forget, and remember."""
        return await self._do("forget", given)

    async def feed(self, **given: Any) -> Any:
        """Feed, and remember."""
        return await self._do("feed", given)

    async def reopen(self, **given: Any) -> Any:
        """Reopen, and remember."""
        return await self._do("reopen", given)

    async def replayed(self, **given: Any) -> Any:
        """Note a replay, and remember."""
        return await self._do("replayed", given)

    async def _do(self, name: str, given: Mapping[str, Any]) -> Any:
        try:
            answer = await getattr(MemoryStore, name)(self, **given)
        except StoreError as error:
            self._note(name, given, type(error))
            raise
        self._note(name, given, answer)
        return answer

    def _note(
        self, name: str, given: Mapping[str, Any], answer: Any, locked: Loaded | None = None, changes: Any = None
    ) -> None:
        self.calls.append(Call(name, given, answer, locked or {}, changes))


@dataclass(slots=True)
class Replay:
    """Does to PostgreSQL what was done to a recording store, and compares answers, locked rows and contents."""

    store: PostgresStore
    reader: Reader
    tables: Tables
    numbers: dict[int, int] = field(default_factory=dict)
    calls: int = 0

    async def differences(self, *, recording: Recording, before: Mapping[Ref, Stored]) -> list[str]:
        """Return what differs, in words; the replay ends at the first call that does."""
        await self.reader.empty()
        await self._feed(before)
        for number, call in enumerate(recording.calls, start=1):
            self.calls += 1
            async for found in self._rewrite(call) if call.name == "write" else self._again(call):
                return [f"call {number}, {call.name}: {found}"]
        kept = await self.reader.contents(places=self.numbers)
        places = {row.seq: row.seq for row in recording.event_log}
        ours = remembered(store=recording, tables=self.tables, places=places)
        return [*unlike(kept, ours), *await self._lookups(before)]

    async def _feed(self, before: Mapping[Ref, Stored]) -> None:
        """Bring in what a feed has brought to the memory store."""
        for kind in {kind for kind, _ in before if kind not in self.tables.lookups}:
            items = [(key, each.version, each.aggregate) for (found, key), each in before.items() if found == kind]
            await self.store.feed(kind=kind, items=items)

    async def _lookups(self, before: Mapping[Ref, Stored]) -> list[str]:
        """Compare what is only read: the database builds it, the domain builds it for the memory store."""
        wanted = {ref: each.aggregate for ref, each in before.items() if ref[0] in self.tables.lookups}
        found = await self.store.load(refs=list(wanted))
        built = {ref: each.aggregate for ref, each in found.items()}
        return [] if built == wanted else [f"lookups: {_told(built, wanted)}"]

    async def _again(self, call: Call) -> AsyncIterator[str]:
        given, answer = dict(call.given), call.answer
        if call.name == "forget":
            ours = {number: seq for seq, number in self.numbers.items()}
            given = {"seqs": [ours[number] for number in given["seqs"]]}
        try:
            said: Any = await getattr(self.store, call.name)(**given)
        except StoreError as error:
            said = type(error)
        if call.name == "start" and isinstance(said, list):
            said, answer = ({task.id: task for task in tasks} for tasks in (said, answer))
        if said != answer:
            yield _told(said, answer)

    async def _rewrite(self, call: Call) -> AsyncIterator[str]:
        locked: list[Loaded] = []

        def decide(found: Loaded) -> Changes:
            locked.append(found)
            # Of who is fenced the memory store asks no decision, PostgreSQL does; neither stores one.
            return call.changes or Changes(now=BEGINNING)

        write = Write(fence=call.given["fence"], locks=call.given["locks"], decide=decide)
        try:
            written = await self._written(write)
        except StoreError as error:
            if type(error) is not call.answer:
                yield _told(error, call.answer)
            return
        if locked[-1] != call.locked:
            yield _told(locked[-1], call.locked)
        elif not isinstance(call.answer, Written):
            yield _told(written, call.answer)
        else:
            ours = call.answer
            self.numbers.update((row.seq, our.seq) for row, our in zip(written.outbox, ours.outbox, strict=True))
            if (set(written.ended), written.tasks) != (set(ours.ended), ours.tasks):
                yield _told((written.ended, written.tasks), (ours.ended, ours.tasks))

    async def _written(self, write: Write) -> Written:
        """Write; a day of the log that was not there is made by the first try, for the second one."""
        try:
            return await self.store.write(write=write)
        except DayMissing:
            return await self.store.write(write=write)


def _told(said: object, answered: object) -> str:
    return f"\n  PostgreSQL: {pformat(said)}\n  memory:     {pformat(answered)}"
