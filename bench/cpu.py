"""How much processor time process trees have taken, the dead among them included.

The kernel adds the time of a child to its parent when the parent has waited for it, so that the sum over the living
processes of a tree, each with its dead children, loses nothing. A process that left its tree by losing its parent is
not seen: a peer names its root on its own.
"""

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

LOAD = "load generator"
_AFTER_NAME = 2  # /proc/<pid>/stat: fields are counted from 1, the name in brackets is field 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process at a moment; `seconds` is user and system time with that of its dead, waited-for children."""

    pid: int
    parent: int
    seconds: float


def cpu_seconds(*, roots: Mapping[str, int]) -> dict[str, float]:
    """Return the seconds taken until now by the tree of each root, and by this process as the load generator."""
    return by_tree(processes=processes(), roots=roots, own=os.getpid())


def by_tree(*, processes: Iterable[Process], roots: Mapping[str, int], own: int) -> dict[str, float]:
    """Return the seconds by name of the root; of our own process only its own, for its children are the roots."""
    known = {process.pid: process for process in processes}
    children: defaultdict[int, list[int]] = defaultdict(list)
    for process in known.values():
        children[process.parent].append(process.pid)
    below = set(roots.values())
    taken = {
        name: sum(known[pid].seconds for pid in _tree(root, children, stop=below) if pid in known)
        for name, root in roots.items()
    }
    if own in known:
        taken[LOAD] = known[own].seconds
    return taken


def _tree(root: int, children: Mapping[int, Iterable[int]], *, stop: set[int]) -> Iterable[int]:
    """Yield the pids of a tree, without the trees of other roots below it."""
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting.extend(child for child in children.get(pid, ()) if child not in stop)


def processes() -> list[Process]:
    """Return all processes that we may see."""
    return _from_proc() if sys.platform == "linux" else _from_ps()


def _from_proc() -> list[Process]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            found.append(parse_stat(text=stat.read_text(errors="replace"), ticks=os.sysconf("SC_CLK_TCK")))
        except OSError:
            continue  # ended since it was listed; its parent has its time
    return found


def parse_stat(*, text: str, ticks: int) -> Process:
    """Read /proc/<pid>/stat; the name may hold blanks and brackets: count fields from its last bracket."""
    pid = int(text.split(" ", 1)[0])
    rest = text[text.rindex(")") + 2 :].split()
    utime, stime, cutime, cstime = (int(rest[number - _AFTER_NAME - 1]) for number in (14, 15, 16, 17))
    return Process(pid=pid, parent=int(rest[4 - _AFTER_NAME - 1]), seconds=(utime + stime + cutime + cstime) / ticks)


def _from_ps() -> list[Process]:
    # -S adds the time of dead children to their parents, as /proc does.
    done = subprocess.run(("/bin/ps", "-S", "-axo", "pid=,ppid=,time="), capture_output=True, text=True, check=True)
    return [parse_ps(text=line) for line in done.stdout.splitlines()]


def parse_ps(*, text: str) -> Process:
    """Read a line of ps: pid, parent, [days-][hours:]minutes:seconds."""
    pid, parent, time = text.split()
    days, _, clock = time.rpartition("-")
    seconds = 0.0
    for part in clock.split(":"):
        seconds = seconds * 60 + float(part)
    return Process(pid=int(pid), parent=int(parent), seconds=seconds + 86_400 * int(days or 0))
