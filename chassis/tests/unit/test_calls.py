import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from ports import NOW

from chassis.gateway import Ask, Reply
from chassis.sources import ManualClock
from chassis.store.memory import MemoryStore
from chassis.store.values import Task
from chassis.tasks.calls import Calls
from chassis.tasks.timetable import Timetable
from embedded.eventually import eventually


@dataclass
class Desk:
    """Calls over a memory store, with a gateway that replies what it is told."""

    replies: list[Reply | Exception] = field(default_factory=list)
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[Ask] = field(default_factory=list)
    answers: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)
    fenced: list[frozenset[int]] = field(default_factory=list)
    own_epoch: int | None = 1
    seconds: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hold.set()
        self.clock = ManualClock(NOW)
        self.store = MemoryStore(owners={0: 1})
        self.timetable = Timetable()
        self.timetable.cover(shard=0, until=NOW + timedelta(hours=1))
        self.calls = Calls(
            store=self.store,
            clock=self.clock,
            gateways={"charge": self.charge},
            timetable=self.timetable,
            epoch=lambda _shard: self.own_epoch,
            on_answer=lambda task, answer: self.answers.append((task.id, answer)),
            on_fenced=self.fenced.append,
            call_seconds=self.seconds,
        )

    async def charge(self, ask: Ask) -> Reply:
        self.asked.append(ask)
        await self.hold.wait()
        reply = self.replies.pop(0) if self.replies else Reply.yes({"receipt": "r"})
        if isinstance(reply, Exception):
            raise reply
        return reply

    def given(self, *ids: str, key: str = "k", state: str = "waiting") -> None:
        tasks = [
            Task(id=id_, shard=0, kind="call", name="charge", key=key, due=NOW, message_id=f"m-{id_}", state=state)
            for id_ in ids
        ]
        self.store.waiting.update({task.id: task for task in tasks})
        self.timetable.set(tasks=tasks)

    async def turn(self, *, later: timedelta = timedelta(0)) -> None:
        self.clock.advance(by=later)
        await self.calls.begin(tasks=self.timetable.take(now=self.clock.now(), limit=10))
        await eventually(lambda: not self.calls.under_way)


async def test_a_call_is_started_before_it_is_made() -> None:
    """The started state is stored before the outside world is asked, under the call's id as idempotency key."""
    desk = Desk()
    desk.given("c1")
    desk.hold.clear()
    await desk.calls.begin(tasks=desk.timetable.take(now=NOW, limit=10))
    await eventually(lambda: desk.asked)
    assert ("started", "c1", False) == (desk.store.waiting["c1"].state, desk.asked[0].id, desk.asked[0].again)
    desk.hold.set()
    await eventually(lambda: desk.answers == [("c1", {"verdict": "yes", "receipt": "r"})])


async def test_a_call_may_take_as_long_as_its_service_says() -> None:
    """A try that takes longer than is said of its call is unknown, and the call is asked again."""
    desk = Desk(seconds={"charge": 0.01})
    desk.given("c1")
    desk.hold.clear()
    await desk.turn()
    assert ([], 1) == (desk.answers, len(desk.asked))
    desk.hold.set()
    await desk.turn(later=timedelta(seconds=2))
    assert (["c1"], True) == ([task_id for task_id, _ in desk.answers], desk.asked[-1].again)


async def test_a_definite_no_is_an_answer() -> None:
    """No closes a call as yes does."""
    desk = Desk(replies=[Reply.no({"reason": "declined"})])
    desk.given("c1")
    await desk.turn()
    assert [("c1", {"verdict": "no", "reason": "declined"})] == desk.answers


async def test_unknown_is_asked_again_with_the_same_key() -> None:
    """An unknown outcome, an exception too, is no answer: the same call is made again later."""
    desk = Desk(replies=[Reply.unknown("5xx"), ConnectionError("reset")])
    desk.given("c1")
    await desk.turn()
    await desk.turn(later=timedelta(seconds=1))
    assert [] == desk.answers
    await desk.turn(later=timedelta(seconds=2))
    assert [("c1", False), ("c1", True), ("c1", True)] == [(ask.id, ask.again) for ask in desk.asked]
    assert ["c1"] == [id_ for id_, _ in desk.answers]


async def test_an_answer_that_json_cannot_say_is_unknown() -> None:
    """A reply whose number no message can carry frees its key and is asked again, instead of being lost on its way."""
    desk = Desk(replies=[Reply.yes({"amount": 2**64})])
    desk.given("c1")
    await desk.turn()
    await desk.turn(later=timedelta(seconds=1))
    assert [("c1", {"verdict": "yes", "receipt": "r"})] == desk.answers


async def test_a_started_call_of_a_former_owner_is_asked_again() -> None:
    """A new owner cannot know whether a started call was made, and asks again."""
    desk = Desk()
    desk.given("c1", state="started")
    await desk.turn()
    assert [True] == [ask.again for ask in desk.asked]


async def test_calls_of_one_key_are_made_one_at_a_time() -> None:
    """The second call of a key begins after the first is closed; those of other keys do not wait."""
    desk = Desk()
    desk.given("c1", "c2")
    desk.given("other", key="k2")
    await desk.turn()
    assert ["c1", "other"] == sorted(ask.id for ask in desk.asked)
    desk.calls.ended(task_id="c1")
    await desk.turn()
    assert ["c1", "other", "c2"] == [ask.id for ask in desk.asked]


async def test_a_fenced_process_makes_no_call() -> None:
    """Whoever lost the shard is refused when it starts the call, and asks nobody."""
    desk = Desk()
    desk.given("c1")
    desk.store.owners[0] = 2
    await desk.turn()
    assert ([], [frozenset({0})]) == (desk.asked, desk.fenced)


async def test_a_dropped_call_is_not_made() -> None:
    """A call that is no longer wanted when it is started is not made."""
    desk = Desk()
    desk.given("c1")
    desk.store.waiting.clear()
    await desk.turn()
    assert ([], 0) == (desk.asked, len(desk.timetable))


async def test_a_call_without_a_gateway_waits() -> None:
    """A call that nobody can make is tried again, and answered by nobody."""
    desk = Desk()
    desk.calls.gateways = {}
    desk.given("c1")
    await desk.turn()
    assert ([], 1) == (desk.answers, len(desk.timetable))
