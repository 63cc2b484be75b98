"""The demo as a person runs it."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from embedded.eventually import wait_until

DEMO = (sys.executable, "-m", "simulators", "demo")


@pytest.mark.timeout(600)
def test_demo_adds_up(tmp_path: Path) -> None:
    """Sixty baskets of which some go wrong all end, every figure agrees, and the auditor finds nothing."""
    done = subprocess.run(
        (*DEMO, "--baskets", "60", "--seed", "3", "--state", str(tmp_path)), capture_output=True, text=True, check=False
    )
    last = done.stdout.splitlines()[-1]
    assert (
        re.fullmatch(
            r"demo: 60 baskets, 54 completed, 4 cancelled, 1 rejected, 1 closed, 0 stuck, 0 violations, \d+ s", last
        )
        is not None
    ), done.stdout
    assert 0 == done.returncode


@pytest.mark.timeout(300)
def test_interrupt_ends_everything(tmp_path: Path) -> None:
    """Ctrl-C in the middle ends every process of the house, and the demo says that it was stopped."""
    output = tmp_path / "output"
    with output.open("wb") as file:
        demo = subprocess.Popen((*DEMO, "--baskets", "200", "--state", str(tmp_path)), stdout=file, stderr=file)
    wait_until(lambda: b"orders: " in output.read_bytes(), within=180)
    pids = [int(each.read_text()) for each in tmp_path.glob("*.pid")]
    demo.send_signal(signal.SIGINT)
    assert 130 == demo.wait(timeout=90)
    assert 9 == len(pids)
    assert [] == [pid for pid in pids if _runs(pid)]
    assert "stopped" == output.read_text().splitlines()[-1]


def test_unknown_baskets_start_nothing() -> None:
    """A demo of no baskets says so at once."""
    done = subprocess.run((*DEMO, "--baskets", "0"), capture_output=True, text=True, check=False)
    assert (2, "", "simulators: baskets is 0: at least 1, or nothing for all of them\n") == (
        done.returncode,
        done.stdout,
        done.stderr,
    )


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
