import asyncio
from contextlib import suppress

import pytest

from chassis.watchdog import Watchdog, since
from embedded.eventually import eventually


async def test_a_stalled_worker_ends_the_process() -> None:
    """A worker that has not come round for too long is named, and the process ends."""
    ages = {"loop": 0.0, "relay": 0.0}
    killed: list[bool] = []
    watchdog = Watchdog(
        stall_seconds=5.0,
        signs={name: lambda name=name: ages[name] for name in ages},  # type: ignore[misc] # mypy cannot infer a lambda with a default
        kill=lambda: killed.append(True),
    )
    ticking = asyncio.create_task(watchdog.tick())
    await asyncio.sleep(0)
    assert ([], []) == (killed, watchdog.stalled())
    ages["relay"] = 6.0
    assert ["relay"] == watchdog.stalled()
    await eventually(lambda: killed)
    ticking.cancel()
    with suppress(asyncio.CancelledError):
        await ticking


async def test_a_worker_is_measured_by_its_last_note() -> None:
    """After its first sign of life the silence of a worker is measured."""
    now = asyncio.get_running_loop().time()
    assert 10 <= since(beat=lambda: now - 10)() < 3_600


async def test_a_worker_that_never_begins_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before its first note a worker is as old as its sign: alive at first, and stalled after the limit."""
    sign = since(beat=lambda: 0.0)
    watchdog = Watchdog(stall_seconds=60.0, signs={"tasks": sign})
    assert [] == watchdog.stalled()
    loop = asyncio.get_running_loop()
    later = loop.time() + 61.0
    monkeypatch.setattr(loop, "time", lambda: later)
    assert ["tasks"] == watchdog.stalled()
