"""Plays scenarios one after the other on one house, and says after each what became of the orders."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
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
    """A run as the command line asked for it; ``quiet`` seconds without a fault frame each scenario."""

    lengths: Mapping[str, Length]
    only: tuple[str, ...]
    repeats: int
    points: tuple[Point, ...]
    rate: float
    lot: int
    quiet: float
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

    def add(self, *, finding: Finding, faults: int) -> None:
        """Take in a scenario."""
        self.scenarios += 1
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
    async with opened as stage:
        for scenario in scenarios(lengths=options.lengths, repeats=options.repeats, points=options.points):
            if scenario.name not in options.only:
                continue
            if scenario.name == "disk" and why_no_disk:
                print(f"chaos: disk: left out, {why_no_disk}", flush=True)
                continue
            await _one(stage, scenario, options, result)
    result.seconds = time.monotonic() - begun
    return result


async def _one(stage: Stage, scenario: Scenario, options: Options, result: Result) -> None:
    begun = time.monotonic()
    await stage.supply(orders=RESERVE + int(options.rate * (scenario.lasts + options.quiet)))
    stage.begin()
    stage.flow.on = True
    await asyncio.sleep(options.quiet)
    faults = await _run(stage, scenario)
    # Orders may have run out meanwhile, and those that follow the faults are the ones to judge by.
    await stage.supply(orders=RESERVE + int(options.rate * options.quiet))
    await asyncio.sleep(options.quiet)
    await stage.enough_outside()
    stage.flow.on = False
    stage.say(f"{scenario.title}: the faults are over, {len(stage.flow.under_way)} orders are under way")
    finding = await stage.at_rest()
    result.add(finding=finding, faults=faults)
    print(
        f"chaos: {scenario.title}: {scenario.says(faults)}, {finding.orders:,} orders, "
        f"{finding.acknowledged:,} acknowledged, {finding.accounted:,} accounted for, "
        f"{finding.succeeded} of {finding.outside} outside faults succeeded, "
        f"{finding.violations} violations, {time.monotonic() - begun:.0f} s",
        flush=True,
    )
    for complaint in finding.complaints[:SHOWN]:
        print(f"  {complaint}", flush=True)


async def _run(stage: Stage, scenario: Scenario) -> int:
    """Run a scenario; where it breaks off that is said with the judgement, which is worth most then."""
    try:
        return await scenario.run(stage)
    except (HouseError, ServerFailedError, AssertionError) as error:
        stage.wrong.append(f"broken off: {error}")
        return 0
