"""Each seed in two interpreters that order their sets differently: all that happens must be the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

HASH_SEEDS = (1, 4711)


def differing(*, seeds: Sequence[int], orders: int, module: str = "simulation.twice") -> list[int]:
    """Return the seeds whose histories differ in any line between two interpreters; ``module`` tells of them."""
    command = [sys.executable, "-m", module, str(orders), *map(str, seeds)]
    with ExitStack() as stack:
        told = [stack.enter_context(_elsewhere(command, hash_seed=hash_seed)) for hash_seed in HASH_SEEDS]
        lines = [[line.strip() for line in each.stdout or ()] for each in told]
    if any(each.returncode for each in told) or any(len(each) != len(seeds) for each in lines):
        raise RuntimeError(f"not every seed was told of by {' '.join(command)}")
    return [seed for seed, *both in zip(seeds, *lines, strict=True) if len(set(both)) > 1]


def digests(*, seeds: Sequence[int], orders: int) -> Iterator[str]:
    """Return, per seed, the hash of every line of its history."""
    from simulation import history  # noqa: PLC0415 - only the interpreters that are compared need the five services

    return (f"{seed} {history.of_orders(seed=seed, orders=orders).digest}" for seed in seeds)


def _elsewhere(command: Sequence[str], *, hash_seed: int) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def main() -> None:
    """Print the digests of the seeds given: number of orders, then the seeds."""
    from simulation.quiet import silenced  # noqa: PLC0415 - as above

    orders, *seeds = map(int, sys.argv[1:])
    with silenced():
        for line in digests(seeds=seeds, orders=orders):
            print(line, flush=True)


if __name__ == "__main__":
    main()
