"""What a demo is asked for, and what it tells the services and the world beyond their addresses."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from simulators.baskets.read import Replay

PAY_DEADLINE_SECONDS = 4
SERVICE_WINDOW_SECONDS = 2
SECONDS_BEFORE_GIVING_UP = 180
BASKETS_A_SECOND = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """A demo as the command line asked for it."""

    baskets: int = 500
    seed: int = 1
    weeks: tuple[int, int] | None = None
    stack: Literal["embedded", "compose"] = "embedded"
    state: Path | None = None
    at_once: int = 120

    def replay(self, *, run: str) -> Replay:
        """Return the baskets; on a house that has stock already every sku is one of this run."""
        return Replay(count=self.baskets, weeks=self.weeks, edition="" if self.fresh else run)

    @property
    def fresh(self) -> bool:
        """Whether the house is made for this demo alone."""
        return self.stack == "embedded" and self.state is None

    def run(self, *, now: datetime) -> str:
        """Return what sets the ids of this run apart; those of a house of its own are the same every time."""
        return f"s{self.seed}" if self.fresh else f"s{self.seed}-{now:%Y%m%dT%H%M%S}"

    @property
    def patience(self) -> int:
        """After so many seconds an order that has not ended is stuck."""
        return SECONDS_BEFORE_GIVING_UP + self.baskets // BASKETS_A_SECOND


def demo_environment(*, seed: int) -> dict[str, str]:
    """Return the compressed clocks and the misbehaviour.

    Only express has a short pay deadline. What is paid in time is ordered as standard, with its own 24 hours, so that
    no order's outcome depends on the speed of the machine.
    """
    clocks = {
        "express": {"pay_deadline": PAY_DEADLINE_SECONDS},
        "*": {"service_window": SERVICE_WINDOW_SECONDS},
    }
    return {
        "ORDER_CLOCKS": json.dumps(clocks),
        "FULFILLMENT_WAVE_SECONDS": "0.2",
        "SIMULATORS_SEED": str(seed),
        "SIMULATORS_STEP_MS": "10",
        "SIMULATORS_DROPPED_ANSWERS": "50000",
        "SIMULATORS_DUPLICATED_NOTICES": "250000",
        "SIMULATORS_LATE_NOTICES": "30000",
        "SIMULATORS_LATE_MS": "1500",
        "SIMULATORS_SHUFFLED_MS": "100",
        "SIMULATORS_DUPLICATED_MESSAGES": "100000",
    }
