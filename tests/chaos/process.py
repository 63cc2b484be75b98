"""``python -m chaos.process SERVICE serve``: a service that dies at a point, or has a wrong clock."""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from chaos.points import BY_NAME, Point, arm
from chassis.sources import SystemClock

POINT, PASSES, CLOCK = "CHAOS_POINT", "CHAOS_PASSES", "CHAOS_CLOCK_SECONDS"


def orders(*, point: Point | None = None, passes: int = 1, clock_seconds: int = 0) -> dict[str, str]:
    """Return the environment that tells a process what to do."""
    told = {CLOCK: str(clock_seconds)}
    return told if point is None else {**told, POINT: point.name, PASSES: str(passes)}


def obey(*, environ: Mapping[str, str]) -> None:
    """Do what the environment says."""
    if point := environ.get(POINT):
        arm(point=BY_NAME[point], passes=int(environ[PASSES]))
    if seconds := int(environ.get(CLOCK, "0")):
        set_clock_off(seconds=seconds)


def set_clock_off(*, seconds: int) -> None:
    """Let the clock that the whole service reads be ahead, or behind, by so much."""
    off = timedelta(seconds=seconds)

    def now(self: SystemClock) -> datetime:
        return datetime.now(tz=UTC) + off

    SystemClock.now = now  # type: ignore[method-assign]  # the one place from which a service has its time


def main() -> None:
    """Run the service."""
    service = sys.argv.pop(1)
    obey(environ=os.environ)
    runpy.run_module(service, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
