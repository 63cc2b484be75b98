import pytest
from ports import NOW, journal_row

from chassis.lines import Line, Lines, Mode
from chassis.store.values import OutboxRow


def row(seq: int, shard: int = 0) -> OutboxRow:
    return OutboxRow(seq, journal_row(payload=str(seq), shard=shard))


def in_memory(*shards: int, full: int = 10) -> Lines:
    lines = Lines(full=full)
    for shard in shards:
        lines.catch_up(shard=shard)
    for _, line in lines.reading():
        line.mode = Mode.MEMORY
    return lines


def test_memory_keeps_the_order_of_commits() -> None:
    """Rows of several shards come out in the order in which they were committed."""
    lines = in_memory(0, 1)
    for each in (row(1), row(2, 1), row(3)):
        lines.offer(row=each)
    assert [1, 2, 3] == [each.seq for each in lines.take(most=10)]


def test_rows_offered_while_reading_are_left_to_the_outbox() -> None:
    """A row committed while its shard catches up is not queued, and makes the line read once more."""
    lines = Lines(full=10)
    lines.catch_up(shard=0)
    ((_, line),) = lines.reading()
    lines.offer(row=row(1))
    assert ([], False) == (lines.take(most=10), line.took(rows=[]))


def test_a_full_queue_sends_its_shard_to_catch_up() -> None:
    """What does not fit is left to the outbox with all that is queued of its shard; other shards stay in memory."""
    lines = in_memory(0, 1, full=2)
    for each in (row(1), row(2, 1), row(3)):
        lines.offer(row=each)
    assert ({0: "catch-up", 1: "memory"}, [2]) == (lines.modes(), [each.seq for each in lines.take(most=10)])


def test_a_lost_shard_is_forgotten() -> None:
    """Nothing of a dropped shard is queued before or after."""
    lines = in_memory(0)
    lines.offer(row=row(1))
    lines.drop(shard=0)
    lines.offer(row=row(2))
    assert ([], {}) == (lines.take(most=10), lines.modes())


def test_a_replay_holds_live_rows_back() -> None:
    """While the log is sent again, rows just committed wait in the outbox."""
    lines = in_memory(0)
    lines.replay(shard=0, since=NOW)
    lines.offer(row=row(1))
    assert ({0: "replay"}, []) == (lines.modes(), lines.take(most=10))


@pytest.mark.parametrize("marked", [True, False])
def test_a_line_ends_when_nothing_came(*, marked: bool) -> None:
    """A line has come to its end only when a read found nothing and nothing was committed since it began."""
    assert (not marked) is Line(marked=marked).took(rows=[])
