"""``python -m simulation.mutants``: hunts every mutant in a process of its own, and prints what killed it."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager

from simulation.mutants import table
from simulation.mutants.catalogue import MUTANTS
from simulation.mutants.hunt import Mutant, Run, Verdict, found_by, hunt


def main() -> int:
    """Hunt what the arguments name; 1 when one survives, or when a run that killed one fails without it, too."""
    given = _arguments()
    chosen = [each for each in MUTANTS if not given.only or any(name in each.name for name in given.only)]
    begun = time.monotonic()
    with _pool(given.jobs) as pool:
        verdicts = _hunted(pool, chosen)
        killers = list(dict.fromkeys(each.killer for each in verdicts if each.killer is not None))
        noisy = _noisy(pool, killers)
    print("\n".join(table.lines(verdicts=verdicts, noisy=noisy, seconds=time.monotonic() - begun)))
    return 0 if chosen and not noisy and all(each.killed for each in verdicts) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulation.mutants", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="mutants whose name contains one of these")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="mutants at the same time")
    return parser.parse_args()


@contextmanager
def _pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Give each task a fresh process: what a mutant breaks stays broken in it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["simulation.mutants.catalogue"])
    with ProcessPoolExecutor(max_workers=jobs, mp_context=context, max_tasks_per_child=1) as pool:
        yield pool


def _hunted(pool: ProcessPoolExecutor, chosen: Sequence[Mutant]) -> list[Verdict]:
    """Hunt them, tell of each as soon as it is known, and return the verdicts in the order of the catalogue."""
    futures: dict[Future[Verdict], int] = {pool.submit(hunt, mutant=each): n for n, each in enumerate(chosen)}
    found: dict[int, Verdict] = {}
    for number, future in enumerate(as_completed(futures), start=1):
        verdict = found[futures[future]] = future.result()
        print(f"{number} of {len(chosen)}: {verdict.mutant}: {table.fate(verdict=verdict)}", flush=True)
    return [found[number] for number in range(len(chosen))]


def _noisy(pool: ProcessPoolExecutor, killers: Sequence[Run]) -> list[str]:
    """Return the killers that find something wrong in the unbroken code, too: they prove nothing."""
    return [
        f"{each.name}: {wrong[0]}" for each, wrong in zip(killers, pool.map(found_by, killers), strict=True) if wrong
    ]


if __name__ == "__main__":
    sys.exit(main())
