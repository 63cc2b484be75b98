"""Percentiles, medians and ratios of known numbers."""

import pytest

from bench.statistics import Spread, percentile, ratio, slope


@pytest.mark.parametrize("share, expected", [(0.5, 50), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_a_percentile_is_a_measured_value(share: float, expected: float) -> None:
    """The percentile is the smallest value that so many do not exceed, and never one in between."""
    assert percentile(values=[float(number) for number in reversed(range(1, 101))], share=share) == expected


def test_a_ratio_is_taken_round_by_round() -> None:
    """A machine that halves its speed between two rounds changes both figures and no ratio."""
    assert ratio(ours=[300, 150, 310], theirs=[100, 50, 100]) == Spread(median=3.0, least=3.0, most=3.1)


def test_rounds_must_match() -> None:
    """Rounds of which one side is missing are no ratio."""
    with pytest.raises(ValueError, match="zip"):
        ratio(ours=[1.0, 2.0], theirs=[1.0])


def test_a_slope_is_that_of_the_line_between() -> None:
    """Noise around a line that rises by two does not change it."""
    assert slope(points=[(0, 1.0), (1, 3.5), (2, 4.5), (3, 7.0)]) == pytest.approx(1.9)
