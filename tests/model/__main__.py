"""``python -m model``: explore the models and say what was found; ``--mutants`` shows that they can find something."""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Iterable
from dataclasses import replace

from model.explore import Explored, Search
from model.mutants import MUTANTS, killed_by
from model.scene import Scene
from model.scenes import SCENES
from model.state import State
from model.town import Town
from simulation.quiet import silenced

MOST_STATES = 5_000_000


def main() -> int:
    """Run what the arguments say; 1 when something is wrong or a mutant lives."""
    given = _arguments()
    with silenced():
        if given.mutants:
            return _mutants()
        chosen = [SCENES[name] for name in given.only or SCENES]
        return _models(replace(scene, faults=given.faults) for scene in chosen)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="model", description=__doc__)
    parser.add_argument("--only", action="append", choices=sorted(SCENES), help="this model; may be given again")
    parser.add_argument(
        "--duplicates",
        dest="faults",
        type=int,
        default=0,
        metavar="N",
        help="faults per history: a message or question that comes again, an answer that is lost, a refund refused",
    )
    parser.add_argument("--mutants", action="store_true", help="defects in the tables, and what each is killed by")
    return parser.parse_args()


def _models(scenes: Iterable[Scene]) -> int:
    wrong = 0
    for scene in scenes:
        begun = _seconds()
        found = _explored(scene)
        wrong += bool(found.violations or found.capped)
        print(_line(scene, found, _seconds() - begun), flush=True)
        for violation in found.violations:
            print("\n".join(("  " + violation.what, *(f"    {step}" for step in violation.path))), flush=True)
    return 1 if wrong else 0


def _explored(scene: Scene) -> Explored[State]:
    def progress(states: int, depth: int) -> None:
        print(f"model: {scene.name}: ... {states} states, depth {depth}", flush=True)

    return Search(model=Town(scene=scene), most_states=MOST_STATES, progress=progress).run()


def _line(scene: Scene, found: Explored[State], seconds: float) -> str:
    end = "VIOLATED" if found.violations else "CAPPED" if found.capped else "holds"
    ends = ", ".join(f"{count} {name}" for name, count in sorted(found.ends.items()))
    return (
        f"model: {scene.name}: {found.states} states, {found.transitions} transitions, depth {found.depth}, "
        f"{found.ends.total()} terminals ({ends}), {seconds:.1f} s, {end}"
    )


def _mutants() -> int:
    killed = 0
    for mutant in MUTANTS:
        violation = killed_by(mutant=mutant)
        killed += violation is not None
        what = violation.what[:110] if violation else "LIVES"
        steps = len(violation.path) if violation else 0
        print(f"{mutant.name:<34} {mutant.scene:<16} {steps:>3} steps  {what}", flush=True)
    print(f"model mutants: {killed} of {len(MUTANTS)} killed")
    return 0 if killed == len(MUTANTS) else 1


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
