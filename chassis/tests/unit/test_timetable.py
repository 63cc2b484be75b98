from dataclasses import replace
from datetime import timedelta

from ports import NOW

from chassis.store.values import Task
from chassis.tasks.timetable import Timetable

SOON = NOW + timedelta(minutes=1)
LATE = NOW + timedelta(minutes=20)


def task(id_: str, *, due: timedelta = timedelta(0), shard: int = 0, message_id: str = "") -> Task:
    return Task(
        id=id_, shard=shard, kind="timer", name="t", key="k", due=NOW + due, message_id=message_id or f"m-{id_}"
    )


def covering(*shards: int) -> Timetable:
    timetable = Timetable()
    for shard in shards:
        timetable.cover(shard=shard, until=NOW + timedelta(minutes=10))
    return timetable


def ids(tasks: list[Task]) -> list[str]:
    return [each.id for each in tasks]


def test_due_tasks_come_earliest_first_and_once() -> None:
    """What is due comes in the order of time, and not again."""
    timetable = covering(0)
    timetable.set(tasks=[task("b", due=timedelta(seconds=2)), task("a"), task("c", due=timedelta(hours=-1))])
    first = timetable.take(now=NOW, limit=10)
    assert (["c", "a"], []) == (ids(first), timetable.take(now=NOW, limit=10))
    assert ["b"] == ids(timetable.take(now=SOON, limit=10))


def test_a_task_that_is_set_again_moves() -> None:
    """Only the last setting of a task counts."""
    timetable = covering(0)
    timetable.set(tasks=[task("a")])
    timetable.set(tasks=[task("a", due=timedelta(minutes=1), message_id="again")])
    assert [] == timetable.take(now=NOW, limit=10)
    assert ["again"] == [each.message_id for each in timetable.take(now=SOON, limit=10)]


def test_loading_again_takes_nothing_twice() -> None:
    """A task that is under way is not taken again because it was read from the database once more."""
    timetable = covering(0)
    timetable.set(tasks=[task("a")])
    timetable.take(now=NOW, limit=10)
    timetable.set(tasks=[task("a")])
    assert [] == timetable.take(now=NOW, limit=10)


def test_a_task_beyond_the_horizon_is_left_to_the_database() -> None:
    """Only what is due before the horizon is kept in memory."""
    timetable = covering(0)
    timetable.set(tasks=[task("far", due=timedelta(minutes=11))])
    assert (0, [0], []) == (len(timetable), timetable.uncovered(until=LATE), timetable.uncovered(until=SOON))


def test_tasks_of_other_shards_are_not_kept() -> None:
    """A task of a shard that this process does not own is ignored, and forgotten when the shard goes."""
    timetable = covering(0)
    timetable.set(tasks=[task("mine"), task("other", shard=1)])
    assert 1 == len(timetable)
    timetable.drop_shard(shard=0)
    assert ([], 0) == (timetable.take(now=NOW, limit=10), len(timetable))


def test_a_released_task_comes_back() -> None:
    """A task that was taken and could not be done is due again, at once or later."""
    timetable = covering(0)
    timetable.set(tasks=[task("a")])
    (taken,) = timetable.take(now=NOW, limit=10)
    timetable.release(task=taken)
    (taken,) = timetable.take(now=NOW, limit=10)
    timetable.release(task=replace(taken, due=SOON))
    assert [] == timetable.take(now=NOW, limit=10)
    assert ["a"] == ids(timetable.take(now=SOON, limit=10))


def test_an_ended_task_is_not_released() -> None:
    """What was finished or dropped meanwhile does not come back."""
    timetable = covering(0)
    timetable.set(tasks=[task("a")])
    (taken,) = timetable.take(now=NOW, limit=10)
    timetable.end(task_id="a")
    timetable.release(task=taken)
    assert [] == timetable.take(now=NOW, limit=10)
