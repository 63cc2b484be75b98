import uuid
from datetime import UTC, datetime, timedelta

from chassis.sources import ManualClock, SeededIds, SystemClock, Uuid7Ids

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_one_seed_draws_the_same_ids() -> None:
    """Two sources of one seed draw the same ids, another seed draws others."""
    drawn = [[SeededIds(clock=ManualClock(time=NOON), seed=seed).draw() for _ in range(2)] for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_seeded_ids_are_uuids_of_their_time() -> None:
    """A seeded id is a UUIDv7 whose first 48 bits are the clock's milliseconds."""
    drawn = uuid.UUID(SeededIds(clock=ManualClock(time=NOON)).draw())
    assert (drawn.version, drawn.variant) == (7, uuid.RFC_4122)
    assert drawn.int >> 80 == int(NOON.timestamp() * 1000)


def test_real_ids_are_version_7() -> None:
    """The machine's ids are UUIDv7 and differ."""
    ids = {Uuid7Ids().draw() for _ in range(100)}
    assert ({uuid.UUID(each).version for each in ids}, len(ids)) == ({7}, 100)


def test_the_system_clock_knows_its_zone() -> None:
    """The machine's time is in UTC."""
    assert SystemClock().now().utcoffset() == timedelta(0)
