"""``python -m simulation.sweep``: every saga with a crash at every step, and the main ones with every two."""

from __future__ import annotations

import argparse
import os
import sys

from simulation.sweep.playing import Case, calm, traced, unlike
from simulation.sweep.sagas import SAGAS
from simulation.sweep.sweeping import Sweep


def main() -> int:
    """Sweep or replay what the arguments say; 1 when an order does not come to its end."""
    given = _arguments()
    if given.at:
        return _replay(Case(saga=given.saga, at=tuple(map(int, given.at.split(",")))))
    sagas = [given.saga] if given.saga else list(SAGAS)
    sweep = Sweep(sagas=sagas, jobs=given.jobs, pairs=None if given.pairs == "all" else int(given.pairs))
    for line in sweep.run(points=given.points):
        print(line, flush=True)
    return 1 if sweep.failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulation.sweep", description=__doc__)
    parser.add_argument("--saga", choices=SAGAS, help="this saga alone")
    parser.add_argument("--points", type=int, help="so many points of each saga, drawn; default: all")
    parser.add_argument("--pairs", default="0", help="all, or so many pairs of each main saga, drawn; default: none")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="histories at the same time")
    parser.add_argument("--at", help="replay --saga with crashes at these steps, such as 17,203, and print its trace")
    return parser.parse_args()


def _replay(case: Case) -> int:
    before, _ = calm(saga=case.saga)
    played, lines = traced(case=case)
    wrong = list(unlike(played=played, before=before))
    print("\n".join(str(line) for line in lines))
    print(f"{case}: {', '.join(played.places)}: {'; '.join(wrong) or 'survived'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
