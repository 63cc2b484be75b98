"""Processor time of trees: nobody is counted twice, and the dead are not forgotten."""

import subprocess
import sys

import pytest

from bench.cpu import LOAD, Process, by_tree, cpu_seconds, parse_ps, parse_stat


def test_a_tree_is_the_sum_of_its_living_processes() -> None:
    """Each process counts once, under its nearest root; our own counts without its children."""
    processes = [
        Process(pid=1, parent=0, seconds=100.0),
        Process(pid=10, parent=1, seconds=1.0),  # we
        Process(pid=20, parent=10, seconds=2.0),
        Process(pid=21, parent=20, seconds=4.0),
        Process(pid=30, parent=20, seconds=8.0),  # a root below a root
        Process(pid=31, parent=30, seconds=16.0),
    ]
    taken = by_tree(processes=processes, roots={"postgres": 20, "order": 30, "gone": 99}, own=10)
    assert taken == {"postgres": 6.0, "order": 24.0, "gone": 0, LOAD: 1.0}


def test_fields_are_counted_behind_the_name() -> None:
    """A name with blanks and brackets does not shift the fields, and the time of dead children is in the sum."""
    text = "42 (a (b) c) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 25 75 20 0 1 0 100 0 0"
    assert parse_stat(text=text, ticks=100) == Process(pid=42, parent=7, seconds=3.0)


@pytest.mark.parametrize("time, seconds", [("0:01.50", 1.5), ("1:02:03", 3723.0), ("2-00:00:01", 172_801.0)])
def test_times_of_ps_are_read(time: str, seconds: float) -> None:
    """The column of ps may hold fractions, hours and days."""
    assert parse_ps(text=f"  42   7 {time}") == Process(pid=42, parent=7, seconds=seconds)


def test_a_child_that_works_is_seen_and_stays_seen() -> None:
    """The time of a child appears under its root while it lives, and in our own when it is dead and waited for."""
    program = "import time, sys\nwhile time.process_time() < 0.3: pass\nprint('done', flush=True)\nsys.stdin.read()"
    before = cpu_seconds(roots={})
    with subprocess.Popen((sys.executable, "-c", program), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"done\n"
        assert cpu_seconds(roots={"child": child.pid})["child"] >= 0.28
    assert cpu_seconds(roots={})[LOAD] - before[LOAD] >= 0.28
