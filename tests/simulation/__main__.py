"""``python -m simulation``: many histories of the five services, one per seed, and what they came to."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from simulation import history, twice
from simulation.history import History
from simulation.quiet import silenced
from simulation.report import Report, story

SHOWN = 3


def main() -> int:
    """Run what the arguments say; 1 when an invariant is broken."""
    given = _arguments()
    if given.twice:
        return _twice(range(given.first, given.first + given.twice), orders=given.orders)
    seeds = [given.seed] if given.seed is not None else list(range(given.first, given.first + given.seeds))
    report, begun = Report(), time.monotonic()
    for each in _run(seeds, orders=given.orders, jobs=given.jobs, keep=bool(given.trace)):
        report.add(each)
        if each.wrong and len(report.failed) <= SHOWN:
            print("\n".join(story(history=each)), flush=True)
        if given.trace:
            print("\n".join(str(line) for line in each.lines if line.key.startswith(given.trace)))
    print("\n".join(report.lines(seconds=time.monotonic() - begun)))
    return 1 if report.failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many histories")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="replay this seed alone")
    parser.add_argument("--twice", type=int, help="compare so many histories, each in two interpreters")
    parser.add_argument("--orders", type=int, default=20, help="orders per history")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="histories at the same time")
    parser.add_argument("--trace", help="print all lines of the keys that begin so, with --seed")
    return parser.parse_args()


def _twice(seeds: range, *, orders: int) -> int:
    begun = time.monotonic()
    found = twice.differing(seeds=seeds, orders=orders)
    print(f"{len(seeds)} seeds of {orders} orders, each in two interpreters, in {time.monotonic() - begun:.1f} s")
    print(f"differing: {len(found)} seeds{': ' if found else ''}{', '.join(map(str, found))}")
    return 1 if found else 0


def _run(seeds: list[int], *, orders: int, jobs: int, keep: bool) -> Iterator[History]:
    one = partial(_one, orders=orders, keep=keep)
    if jobs == 1 or len(seeds) == 1:
        yield from map(one, seeds)
        return
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        yield from pool.map(one, seeds, chunksize=1)


def _one(seed: int, *, orders: int, keep: bool) -> History:
    """Run one history; of one that went well the lines are seldom needed."""
    with silenced():
        found = history.of_orders(seed=seed, orders=orders)
    return found if found.wrong or keep else found.without_lines()


if __name__ == "__main__":
    sys.exit(main())
