"""``python -m fuzz``: many bad inputs for everything that takes input, and what came of them."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager

from embedded.choice import choose, docker_lacks
from embedded.servers import Servers
from fuzz.plans import PLANS
from fuzz.target import Plan, Tally, fuzz
from simulation.quiet import silenced


def main() -> int:
    """Run what the arguments say; 1 when something was found."""
    given = _arguments()
    plans = [plan for plan in PLANS if given.only in {None, plan.name}]
    if not plans:
        print(f"fuzz: --only is one of {', '.join(plan.name for plan in PLANS)}", file=sys.stderr)
        return 2
    begun = time.monotonic()
    with _postgres(needed=any(plan.postgres for plan in plans)) as address:
        tallies = list(_run(plans, address, given))
    inputs, unhandled, stalled = (
        sum(getattr(each, name) for each in tallies) for name in ("inputs", "unhandled", "stalled")
    )
    for finding in (text for tally in tallies for text in tally.findings):
        print(finding)
    seconds = time.monotonic() - begun
    print(f"fuzz: {inputs:,} inputs, {unhandled:,} unhandled, {stalled:,} stalled, {seconds:.0f} s")
    return 1 if unhandled or stalled else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=210_000, help="how many in all; at least one for each target")
    parser.add_argument("--seed", type=int, default=1, help="what they are drawn by")
    parser.add_argument("--only", help="this target alone, with all inputs")
    parser.add_argument("--input", type=int, help="this input alone, with --only")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="targets at the same time")
    return parser.parse_args()


@contextmanager
def _postgres(*, needed: bool) -> Iterator[str]:
    if not needed:
        yield ""
        return
    servers = Servers(choice=choose(environ=os.environ, docker_lacks=docker_lacks), environ=os.environ)
    try:
        yield servers.postgres_url
    finally:
        servers.stop()


def _run(plans: list[Plan], address: str, given: argparse.Namespace) -> Iterator[Tally]:
    """Run the targets, the largest first, and print each when it is done."""
    whole = sum(plan.share for plan in plans)
    with ProcessPoolExecutor(max_workers=given.jobs) as pool:
        begun: list[Future[Tally]] = []
        for plan in sorted(plans, key=lambda each: -each.weight):
            inputs = 1 if given.input is not None else max(1, given.inputs * plan.share // whole)
            begun.append(pool.submit(_one, plan.name, address, given.seed, given.input or 0, inputs))
        for done in as_completed(begun):
            print(done.result(), flush=True)
            yield done.result()


def _one(name: str, address: str, seed: int, first: int, inputs: int) -> Tally:
    (plan,) = (each for each in PLANS if each.name == name)
    with silenced():
        return asyncio.run(fuzz(plan=plan, address=address, seed=seed, first=first, inputs=inputs))


if __name__ == "__main__":
    sys.exit(main())
