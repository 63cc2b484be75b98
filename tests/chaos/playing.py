"""Plays scenarios one after the other on one house, and says after each what became of the orders."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chaos.flow import RESERVE
from chaos.house import ChaosHouse
from chaos.judge import Finding
from chaos.points import Point
from chaos.scenarios import Length, Scenario, scenarios
from chaos.stage import Stage, open_stage
from embedded.process import ServerFailedError
from simulators.house.house import HouseError

SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """A run as the command line asked for it.

    ``quiet`` seconds without a fault frame each scenario; so many are judged ``together``.
    """

    lengths: Mapping[str, Length]
    only: tuple[str, ...]
    repeats: int
    points: tuple[Point, ...]
    rate: float
    lot: int
    quiet: float
    together: int
    seed: int
    state: Path | None = None


@dataclass(slots=True)
class Result:
    """What all scenarios came to."""

    scenarios: int = 0
    faults: int = 0
    orders: int = 0
    lost: int = 0
    violations: int = 0
    complaints: int = 0
    seconds: float = 0.0

    def add(self, *, finding: Finding, scenarios: int, faults: int) -> None:
        """Take in some scenarios that were judged together."""
        self.scenarios += scenarios
        self.faults += faults
        self.orders += finding.orders
        self.lost += len(finding.lost)
        self.violations += finding.violations
        self.complaints += len(finding.complaints)

    @property
    def failed(self) -> bool:
        """Whether there is anything to complain of: what is lost and violated is among it."""
        return bool(self.complaints)


async def play(*, options: Options, house: ChaosHouse, folder: Path, why_no_disk: str) -> Result:
    """Play what was asked for; a scenario that fails is not the last one."""
    result, begun = Result(), time.monotonic()

    def say(line: str) -> None:
        print(f"  {time.monotonic() - begun:6.1f} s  {line}", flush=True)

    opened = open_stage(house=house, folder=folder, seed=options.seed, rate=options.rate, lot=options.lot, say=say)
    asked = list(_asked(options, why_no_disk))
    async with opened as stage:
        for first in range(0, len(asked), options.together):
            await _judged(stage, asked[first : first + options.together], options, result)
    result.seconds = time.monotonic() - begun
    return result


def _asked(options: Options, why_no_disk: str) -> Iterator[Scenario]:
    for scenario in scenarios(lengths=options.lengths, repeats=options.repeats, points=options.points):
        if scenario.name == "disk" and scenario.name in options.only and why_no_disk:
            print(f"chaos: disk: left out, {why_no_disk}", flush=True)
        elif scenario.name in options.only:
            yield scenario


async def _judged(stage: Stage, some: Sequence[Scenario], options: Options, result: Result) -> None:
    """Play some scenarios one after the other, then wait until all is at rest, and judge."""
    begun = time.monotonic()
    stage.begin()
    faults = [await _play(stage, scenario, options) for scenario in some]
    # Orders may have run out meanwhile, and those that follow the faults are the ones to judge by.
    await stage.supply(orders=RESERVE + int(options.rate * options.quiet))
    await asyncio.sleep(options.quiet)
    await stage.enough_outside()
    stage.flow.on = False
    stage.say(f"{some[-1].title}: the faults are over, {len(stage.flow.under_way)} orders are under way")
    finding = await stage.at_rest()
    result.add(finding=finding, scenarios=len(some), faults=sum(faults))
    words = ", ".join(f"{each.title}: {each.says(count)}" for each, count in zip(some, faults, strict=True))
    print(
        f"chaos: {words}: {finding.orders:,} orders, "
        f"{finding.acknowledged:,} acknowledged, {finding.accounted:,} accounted for, "
        f"{finding.succeeded} of {finding.outside} outside faults succeeded, "
        f"{finding.violations} violations, {time.monotonic() - begun:.0f} s",
        flush=True,
    )
    for complaint in finding.complaints[:SHOWN]:
        print(f"  {complaint}", flush=True)


async def _play(stage: Stage, scenario: Scenario, options: Options) -> int:
    """Play a scenario; where it breaks off that is said with the judgement, which is worth most then."""
    await stage.supply(orders=RESERVE + int(options.rate * (scenario.lasts + options.quiet)))
    stage.flow.on = True
    await asyncio.sleep(options.quiet)
    try:
        return await scenario.run(stage)
    except (HouseError, ServerFailedError, AssertionError) as error:
        stage.wrong.append(f"{scenario.title}: broken off: {error}")
        return 0
