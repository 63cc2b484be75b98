import asyncio
from contextlib import suppress

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


async def test_a_worker_that_has_not_begun_is_alive() -> None:
    """Before its first sign of life a worker counts as alive; afterwards its silence is measured."""
    now = asyncio.get_running_loop().time()
    assert 0.0 == since(beat=lambda: 0.0)()
    assert 10 <= since(beat=lambda: now - 10)()
