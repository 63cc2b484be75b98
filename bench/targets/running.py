"""Which target is measured by what."""

import argparse

from bench.targets.latency import measure_latency
from bench.targets.slices import Session


async def measure_target(*, given: argparse.Namespace, session: Session) -> list[str]:
    """Measure the target that was asked for, print it, and return what is wrong with the books."""
    match given.target:
        case "latency":
            return await measure_latency(session=session, rates=given.rates)
        case _:
            raise ValueError(given.target)
