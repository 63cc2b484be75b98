"""Bounded waiting."""

import pytest

from embedded.eventually import eventually, wait_until


async def test_first_true_value_is_returned() -> None:
    """The answer is the predicate's first true value, whether it is awaited or not."""
    values = iter([0, "", None, "found"])

    async def awaited() -> str:
        return "awaited"

    assert "found" == await eventually(lambda: next(values), within=5, every=0)
    assert "awaited" == await eventually(awaited, within=5)


async def test_time_out_tells_the_last_value() -> None:
    """What never becomes true fails with its name and its last value."""

    def never() -> int:
        return 0

    with pytest.raises(AssertionError, match=r"never did not become true within 0 s; its last value was 0"):
        await eventually(never, within=0)
    with pytest.raises(AssertionError, match=r"never did not become true within 0 s; its last value was 0"):
        wait_until(never, within=0)


def test_predicate_is_asked_at_least_once() -> None:
    """A predicate that is true at once is true in no time."""
    assert 1 == wait_until(lambda: 1, within=0)
