"""Equal arms are found the same, arms at the margin are not. No clock, fixed seeds.

The promise "same within ±3 % for equal arms, in 0.8 of windows of 100 rounds" is kept at a spread
of 0.10 or less by the recorded machines, whose ratios are more peaked than normal ones. With normal
ratios it is within reach up to a spread of 0.078: the 90 % interval of 100 rounds has a half-width
of 1.645 · 1.2533 · s/√100, 0.021 at s = 0.10, which leaves the median 0.009 on each side up to
ln 1.03; it strays by 0.0125 (one standard error), and so stays inside in half of all windows.
"""

import math

import numpy as np
import pytest
import scipy.stats

from runner.statistics import Interval, cut_each_side, is_same, median_interval
from tests.statistics.draws import DRAWS, RECORDED, at_spread, windows

MARGIN = 0.03
REACH = 0.078


def alike(ratios: list[float]) -> bool:
    return is_same(median_interval(ratios, 0.90).exp(), MARGIN)


def same_by_arithmetic(rounds: int, spread: float) -> float:
    """Return the chance that both bounds of normal ln ratios around 0 lie inside the margin.

    A bound is outside where k or more of the N values are (k = 42 of 100); both are not at once.
    """
    beyond = scipy.stats.norm.cdf(-math.log1p(MARGIN) / spread)
    outside = scipy.stats.binom.sf(cut_each_side(rounds, 0.90) - 1, rounds, beyond)
    return float(1 - 2 * outside)


@pytest.mark.parametrize("name", RECORDED)
def test_equal_arms_are_found_the_same_in_100_rounds_at_a_spread_of_010(name: str) -> None:
    seen = windows(RECORDED[name], 100, calm=0.10)
    assert np.mean([alike(one) for one in seen]) >= 0.8


def test_equal_arms_are_found_the_same_at_the_spread_that_arithmetic_allows() -> None:
    assert same_by_arithmetic(100, 0.10) == pytest.approx(0.482, abs=0.001)
    assert same_by_arithmetic(100, REACH + 0.001) < 0.8 <= same_by_arithmetic(100, REACH)
    seen = windows(at_spread(REACH), 100)
    assert np.mean([alike(one) for one in seen]) >= 0.8


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("rounds", [45, 100])
@pytest.mark.parametrize("side", [1, -1])
def test_arms_at_the_margin_are_wrongly_found_the_same_in_5_percent_at_most(
    name: str, rounds: int, side: int
) -> None:
    seen = windows(DRAWS[name], rounds, side * math.log1p(MARGIN), resamples=4000)
    assert np.mean([alike(one) for one in seen]) <= 0.05


def test_two_equal_intervals_of_unequal_spread_are_no_longer_the_same() -> None:
    assert alike([0.001 * i for i in range(-10, 11)])
    assert not alike([0.05 * i for i in range(-10, 11)])
    assert is_same(Interval(1.0, 0.98, 1.02), MARGIN)
