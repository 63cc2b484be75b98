"""The verdict over reservations that wanted more than there was."""

from collections import Counter

from bench.targets.oversell import compare_answers


def test_exactly_the_units_are_granted() -> None:
    """So many as there are units were granted and are reserved; the others were refused."""
    answers = Counter({True: 10, False: 90})
    assert [] == compare_answers(answers=answers, attempts=100, units=10, shelf={"on hand": 10, "reserved": 10})


def test_one_too_many_is_found() -> None:
    """A unit that was granted twice is said, by the answers and by the shelf."""
    answers = Counter({True: 11, False: 89})
    wrong = compare_answers(answers=answers, attempts=100, units=10, shelf={"on hand": 10, "reserved": 11})
    assert 2 == len(wrong)


def test_all_are_granted_when_there_is_enough() -> None:
    """Fewer attempts than units are all granted."""
    answers = Counter({True: 5})
    assert [] == compare_answers(answers=answers, attempts=5, units=10, shelf={"on hand": 10, "reserved": 5})
