"""A history is decided by its seed alone: what else could decide is refused, and two interpreters agree."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from random import uniform

import pytest

from simulation import machine, twice
from simulation.guard import Impure
from simulation.loop import run

# What the code that a history loads names of the machine, and why it does no harm.
NAMED = {
    "chassis.http": {"secrets.compare_digest"},  # compares in constant time, draws nothing
    "chassis.processor": {"random.uniform"},  # the pause of real processes; a history has its own
    "chassis.sources": {"datetime.datetime.now", "uuid_utils.uuid7"},  # refused in a history
    "chassis.telemetry": {"id"},  # tells spans apart, a history has none
    "chassis.watchdog": {"threading.Thread", "threading.Event", "time.monotonic"},  # a history looks without the thread
    "simulation.plan": {"id"},  # tells the routes of services apart, which live as long as the interpreter
    "simulators.channel.provider": {"datetime.datetime.now"},  # the clock of real processes; a history has its own
}

MACHINE = (
    "from datetime import UTC, datetime; datetime.now(tz=UTC)",
    "from datetime import datetime; datetime.utcnow()",
    "from datetime import datetime; datetime.today()",
    "from datetime import date; date.today()",
    "import time; time.time_ns()",
    "import uuid; uuid.uuid4()",
    "import uuid_utils; uuid_utils.uuid7()",
    "import os; os.urandom(8)",
    "import secrets; secrets.token_hex(8)",
    "import secrets; secrets.choice([1, 2, 3])",
    "import random; random.random()",
    "import random; random.Random()",
    "import random; random.SystemRandom().random()",
    "import threading; threading.Thread(target=print).start()",
    "import asyncio; asyncio.get_running_loop().run_in_executor(None, print)",
    "import subprocess, sys; subprocess.Popen([sys.executable, '--version'])",
    "import socket; socket.socket()",
    "import socket; socket.getaddrinfo('localhost', 80)",
)


@pytest.mark.parametrize("what", MACHINE)
def test_machine_is_not_asked(what: str) -> None:
    """Code that asks the machine for the time, chance, an id, a thread or the network ends the run."""

    async def impure() -> None:
        exec(what)  # noqa: S102 - each is written above

    with pytest.raises(Impure):
        run(impure())


def test_draw_by_an_imported_name_ends_the_run() -> None:
    """Who has the function of a module already cannot draw from what all share unnoticed."""

    async def impure() -> None:
        uniform(0.0, 1.0)

    with pytest.raises(Impure):
        run(impure())


def test_refusal_that_is_swallowed_ends_the_run() -> None:
    """A task of which nobody asks how it ended cannot hide that it drew an id."""

    async def drawing() -> None:
        uuid.uuid4()

    async def impure() -> None:
        await asyncio.gather(drawing(), return_exceptions=True)

    with pytest.raises(Impure):
        run(impure())


def test_machine_is_itself_again_after_a_run() -> None:
    """What a run refuses is there again after it."""

    async def nothing() -> None:
        await asyncio.sleep(1.0)

    run(nothing())
    assert datetime.now(tz=UTC) > datetime(2026, 1, 1, tzinfo=UTC)
    assert uuid.uuid4() != uuid.uuid4()
    assert random.Random().random() != random.Random().random()


def test_sources_name_nothing_else_of_the_machine() -> None:
    """All that a history loads names of clocks, chance, threads and sockets is listed here with its reason."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "simulation.machine"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    told = (line.split() for line in done.stdout.splitlines())
    assert NAMED == {module: set(names) for module, *names in told}


@pytest.mark.parametrize(
    "source, found",
    [
        ("from time import monotonic\nmonotonic()", {"time.monotonic"}),
        ("import datetime as dt\ndt.datetime.now()", {"datetime.datetime.now"}),
        ("import random\nrandom.Random()", {"random.Random()"}),
        ("import random\ndraw: random.Random = random.Random(3)", set()),
        ("import asyncio\nasync def f(): await asyncio.to_thread(print)", {"asyncio.to_thread"}),
        ("loop.run_in_executor(None, print)", {"run_in_executor"}),
    ],
)
def test_uses_are_found(source: str, found: set[str]) -> None:
    """A use is found by its full name, however it was imported; a generator with a seed is none."""
    assert found == machine.uses_of(source=source)


def test_histories_are_the_same_in_two_interpreters() -> None:
    """Every line of these seeds is the same in interpreters that order their sets differently."""
    assert [] == twice.differing(seeds=[4, 25, 1_000_000], orders=20)


def test_set_order_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two interpreters that run through a set of texts do not agree."""
    (tmp_path / "unordered.py").write_text("print(*{str(number) for number in range(1_000)})\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert [4] == twice.differing(seeds=[4], orders=20, module="unordered")


def test_interpreter_that_fails_is_noticed() -> None:
    """An interpreter that ends before it has told of every seed is no agreement."""
    with pytest.raises(RuntimeError):
        twice.differing(seeds=[4], orders=20, module="this")
