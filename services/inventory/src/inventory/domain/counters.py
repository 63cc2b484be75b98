"""The regular comparison of the counters with the movements that they are the sum of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

PERIOD = timedelta(hours=1)
"""How often the counters are compared with the movements."""


@dataclass(frozen=True, slots=True)
class CheckCounters:
    """It is time to compare."""


@dataclass(frozen=True, slots=True)
class CountersChecked:
    """The rows that differ, each with its counters and with what its movements add up to."""

    drifts: tuple[Mapping[str, int | str], ...] = ()


@dataclass(frozen=True, slots=True)
class CounterCheck:
    """What one comparison found."""

    checked_at: datetime
    drifts: tuple[Mapping[str, int | str], ...]
