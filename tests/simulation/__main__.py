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
from simulation.history import STORM_SECONDS, Cut, History
from simulation.quiet import silenced
from simulation.report import Report, story
from simulation.shrink import MOST_TRIES, command_line, shrunk

SHOWN = 3


def main() -> int:
    """Run what the arguments say; 1 when an invariant is broken."""
    given = _arguments()
    if given.twice:
        return _twice(range(given.first, given.first + given.twice), orders=given.orders)
    seeds = [given.seed] if given.seed is not None else list(range(given.first, given.first + given.seeds))
    report, begun = Report(), time.monotonic()
    for each in _run(seeds, given):
        report.add(each)
        if each.wrong and len(report.failed) <= SHOWN:
            print("\n".join(_told(each, given)), flush=True)
        if given.trace:
            print("\n".join(str(line) for line in each.lines if line.key.startswith(given.trace)))
    print("\n".join(report.lines(seconds=time.monotonic() - begun)))
    return 1 if report.failed or report.uncovered() else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many histories")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="replay this seed alone")
    parser.add_argument("--twice", type=int, help="compare so many histories, each in two interpreters")
    parser.add_argument("--orders", type=int, default=20, help="orders per history")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="histories at the same time")
    parser.add_argument("--tries", type=int, default=MOST_TRIES, help="how often to try a smaller history of a failure")
    parser.add_argument("--only", type=_numbers, help="with these orders only, by number")
    parser.add_argument("--without", type=_names, default=frozenset(), help="without these faults")
    parser.add_argument("--strikes", type=int, help="with so many strikes of the constant faults at most")
    parser.add_argument("--storm", type=float, default=STORM_SECONDS, help="seconds until the weather clears up")
    parser.add_argument("--trace", help="print all lines of the keys that begin so, with --seed")
    return parser.parse_args()


def _twice(seeds: range, *, orders: int) -> int:
    begun = time.monotonic()
    found = twice.differing(seeds=seeds, orders=orders)
    print(f"{len(seeds)} seeds of {orders} orders, each in two interpreters, in {time.monotonic() - begun:.1f} s")
    print(f"differing: {len(found)} seeds{': ' if found else ''}{', '.join(map(str, found))}")
    return 1 if found else 0


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split(","))


def _run(seeds: list[int], given: argparse.Namespace) -> Iterator[History]:
    cut = Cut(orders=given.only, without=given.without, strikes=given.strikes, storm=given.storm)
    one = partial(_one, orders=given.orders, cut=cut, keep=bool(given.trace))
    if given.jobs == 1 or len(seeds) == 1:
        yield from map(one, seeds)
        return
    with ProcessPoolExecutor(max_workers=given.jobs) as pool:
        yield from pool.map(one, seeds, chunksize=1)


def _told(failed: History, given: argparse.Namespace) -> Iterator[str]:
    """Say what went wrong; of a whole history also by a smaller one, and how to see that again."""
    if given.only or not given.tries:
        yield from story(history=failed)
        return
    again = partial(_one, failed.seed, orders=given.orders, keep=True)
    cut, small = shrunk(history=failed, orders=given.orders, run=lambda cut: again(cut=cut), tries=given.tries)
    yield f"seed {failed.seed} breaks {failed.wrong[0]}"
    yield from story(history=small)
    yield f"  again: {command_line(seed=failed.seed, cut=cut)}"


def _one(seed: int, *, orders: int, cut: Cut, keep: bool) -> History:
    """Run one history; of one that went well the lines are seldom needed."""
    with silenced():
        found = history.of_orders(seed=seed, orders=orders, cut=cut)
    return found if found.wrong or keep else found.without_lines()


if __name__ == "__main__":
    sys.exit(main())
