from dataclasses import replace

import orjson
import pytest
from ports import NOW, FakeMember, FakeSender
from toys.messages import REGISTRY, RatePublishedV1
from toys.teller.service import FEEDS, RATE, Rate

from chassis.broker import Place
from chassis.counts import Counts
from chassis.feeds import Feeds
from chassis.message import Record
from chassis.offsets import Offsets
from chassis.sources import ManualClock, SeededIds
from chassis.store.errors import BadData, Unavailable
from chassis.store.memory import MemoryStore
from contracts.envelope import Envelope, to_headers

PLACE = Place("bank.rates", 0)


class Moody(MemoryStore):
    errors: list[Exception] = []  # noqa: RUF012 - each test sets its own

    async def feed(self, **wanted: object) -> int:
        if self.errors:
            raise self.errors.pop(0)
        items = wanted["items"]
        assert isinstance(items, list)
        if any(key == "refused" for key, _, _ in items):
            raise BadData("rates_check")
        return await super().feed(**wanted)  # type: ignore[arg-type] # the same arguments


async def at_once(_attempt: int) -> None:
    """Wait for nothing."""


def feeds(store: MemoryStore, sender: FakeSender) -> Feeds:
    clock = ManualClock(NOW)
    made = Feeds(
        service="teller",
        feeds=FEEDS,
        registry=REGISTRY,
        store=store,
        sender=sender,
        offsets=Offsets(member=FakeMember()),
        counts=Counts(),
        clock=clock,
        ids=SeededIds(clock),
        backoff=at_once,
    )
    made.assigned(places=[PLACE])
    return made


def rate(safe: str, sequence: int, *, rate: int = 1, offset: int = 0, type_: str = "bank.rate-published.v1") -> Record:
    envelope = Envelope(
        id=f"e{offset}", source="/bank", type=type_, subject=safe, time=NOW, correlation_id="", causation_id=""
    )
    value = orjson.dumps({"safe": safe, "rate": rate, "sequence": sequence})
    return Record("bank.rates", 0, offset, safe.encode(), value, to_headers(envelope=envelope))


async def test_a_feed_becomes_an_aggregate() -> None:
    """The contract becomes the aggregate with the same fields, its sequence the version, and the offset moves on."""
    store = MemoryStore()
    it = feeds(store, FakeSender())
    await it.take(records=[rate("s1", 4, rate=9, offset=6)])
    stored = store.aggregates[RATE, "s1"]
    assert (4, Rate("s1", 9), {PLACE: 7}) == (stored.version, stored.aggregate, it.offsets.all())


async def test_the_newest_of_a_batch_wins() -> None:
    """Within a batch and between batches a lower sequence never replaces a higher one."""
    store = MemoryStore()
    it = feeds(store, FakeSender())
    await it.take(records=[rate("s1", 2, rate=2), rate("s1", 3, rate=3), rate("s1", 1, rate=1)])
    await it.take(records=[rate("s1", 2, rate=2)])
    assert Rate("s1", 3) == store.aggregates[RATE, "s1"].aggregate


@pytest.mark.parametrize(
    "bad, error",
    [
        (replace(rate("s", 1), value=b"{"), "Invalid JSON"),
        (replace(rate("s", 1), value=None), "no deletions"),
        (replace(rate("s", 1), key=b"other"), "is not the key"),
        (replace(rate("s", 1), headers=(("ce_id", None),)), "ce_id"),
        (rate("s", 1, type_="bank.closed.v9"), "unknown type"),
        (rate("s", 1, rate=-1), "rate"),
        (rate("refused", 1), "rates_check"),
    ],
)
async def test_a_bad_record_is_set_aside_alone(bad: Record, error: str) -> None:
    """What cannot be applied becomes a dead letter with its place and reason; its neighbours are applied."""
    store, sender = Moody(), FakeSender()
    it = feeds(store, sender)
    await it.take(records=[rate("s1", 1), replace(bad, offset=1), rate("s2", 1, offset=2)])
    (letter,) = [orjson.loads(value) for value in sender.values]
    assert ("bank.rates", 0, 1) == (letter["topic"], letter["partition"], letter["offset"])
    assert error in letter["error"]
    assert {"s1", "s2"} == {key for _, key in store.aggregates}
    assert ({}, {PLACE: 3}) == (it.counts.unbalanced(), it.offsets.all())


async def test_a_huge_key_does_not_stop_a_feed() -> None:
    """A dead letter of a record with a huge key is small: one that no broker takes would be sent again for ever."""
    sender = FakeSender()
    huge = replace(rate("s", 1, offset=1), key=b"k" * 500_000)
    await feeds(MemoryStore(), sender).take(records=[rate("s1", 1), huge])
    (sent,) = sender.sent
    assert len(sent.key) + len(sent.value or b"") + sum(len(value) for _, value in sent.headers) < 2_000


async def test_a_conversion_that_raises_sets_one_record_aside() -> None:
    """A feed whose own conversion raises sets the record aside, and goes on."""

    def careless(rate: RatePublishedV1) -> Rate:
        return Rate(rate.safe, 1 // rate.rate)

    sender, store = FakeSender(), MemoryStore()
    it = replace(feeds(store, sender), feeds=[replace(FEEDS[0], value=careless)])
    it.assigned(places=[PLACE])
    await it.take(records=[rate("s1", 1, rate=0), rate("s2", 1, offset=1)])
    assert ({"s2"}, True) == ({key for _, key in store.aggregates}, b"ZeroDivisionError" in sender.values[0])


async def test_a_nul_in_a_feed_is_named() -> None:
    """A NUL is refused with its field, and the database is not asked."""
    sender = FakeSender()
    record = replace(rate("s", 1), value=b'{"safe": "s\\u0000", "rate": 1, "sequence": 1}')
    await feeds(MemoryStore(), sender).take(records=[record])
    assert b"safe: the character U+0000 cannot be stored" in sender.values[0]


async def test_a_database_that_is_away_is_no_poison() -> None:
    """A batch that cannot be written now is written later, and nothing of it is set aside."""
    store, sender = Moody(), FakeSender()
    store.errors = [Unavailable("away"), Unavailable("away")]
    await feeds(store, sender).take(records=[rate("s1", 1)])
    assert ({"s1"}, []) == ({key for _, key in store.aggregates}, sender.sent)


async def test_what_came_before_its_assignment_was_told_is_committed() -> None:
    """Records that are read of a new assignment before the listener hears of it count, and no others."""
    it = feeds(MemoryStore(), FakeSender())
    await it.revoked()
    await it.take(records=[rate("s1", 1, offset=6), replace(rate("s2", 1, offset=8), partition=1)])
    it.assigned(places=[PLACE])
    assert {PLACE: 7} == it.offsets.all()


async def test_what_was_begun_in_an_assignment_that_ended_is_not_committed() -> None:
    """A batch that the database has only after its partitions were given up moves no offset: another has gone on."""

    class Revoking(MemoryStore):
        async def feed(self, **wanted: object) -> int:
            await it.revoked()
            return await super().feed(**wanted)  # type: ignore[arg-type] # the same arguments

    it = feeds(Revoking(), FakeSender())
    await it.take(records=[rate("s1", 1, offset=6)])
    it.assigned(places=[PLACE])
    assert {} == it.offsets.all()
