from examples import handled

from chassis.counts import Counts
from chassis.deciding import Patience
from chassis.dedupe import Recent


def test_memory_is_bounded() -> None:
    """The oldest ids are forgotten first."""
    recent = Recent(size=2)
    recent.remember([handled("m1"), handled("m2"), handled("m3")])
    assert [recent.get(name) is not None for name in ("m1", "m2", "m3")] == [False, True, True]


def test_a_dead_letter_is_not_remembered() -> None:
    """An outcome that an operator may take back is always asked of the database."""
    recent = Recent(size=2)
    recent.remember([handled("m1", "dead")])
    assert recent.get("m1") is None


def test_pauses_grow_to_a_bound() -> None:
    """A parked message waits twice as long each time, up to the longest pause."""
    patience = Patience()
    assert [patience.pause(tries=n).total_seconds() for n in (1, 2, 3, 20, 500)] == [0.4, 0.8, 1.6, 60, 60]


def test_lost_messages_show_in_the_counts() -> None:
    """Counts balance per topic; what is not for the service is no gap."""
    counts = Counts()
    counts.add(topic="a", verdict="applied")
    counts.ignore(topic="a")
    assert counts.unbalanced() == {}
    assert counts.by_topic() == {"a": {"consumed": 1, "applied": 1, "ignored": 1}}
