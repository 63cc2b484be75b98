"""What is made of measurements: percentiles, medians with their spread, ratios round by round."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A median over the rounds with the least and the most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, *, values: Sequence[float]) -> "Spread":
        """Return the spread of at least one value."""
        return cls(median=statistics.median(values), least=min(values), most=max(values))


def percentile(*, values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def ratio(*, ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Return ours over theirs, each round by itself: a machine that slows down slows both of a round."""
    return Spread.of(values=[one / other for one, other in zip(ours, theirs, strict=True)])


def slope(*, points: Sequence[tuple[float, float]]) -> float:
    """Return how much the second value grows with the first, by least squares."""
    return statistics.linear_regression([x for x, _ in points], [y for _, y in points]).slope
