from datetime import UTC, datetime, timedelta

import pytest

from chaos.points import BY_NAME
from chaos.process import obey, orders
from chassis.sources import SystemClock


@pytest.mark.parametrize("seconds", [-90, 90])
def test_clock_is_off(seconds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that is told so reads a time that is ahead or behind by as much."""
    monkeypatch.setattr(SystemClock, "now", SystemClock.now)
    obey(environ=orders(clock_seconds=seconds))
    before, told, after = datetime.now(UTC), SystemClock().now(), datetime.now(UTC)
    assert before <= told - timedelta(seconds=seconds) <= after


def test_point_is_armed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that is told a point has another method there, and without one it runs the code as it is."""
    point = BY_NAME["loaded"]
    method = getattr(point.owner, point.method)
    monkeypatch.setattr(point.owner, point.method, method)
    obey(environ=orders())
    assert method is getattr(point.owner, point.method)
    obey(environ=orders(point=point, passes=2))
    assert method is getattr(point.owner, point.method).__wrapped__
