"""A true difference is found as often as promised, and covered. No clock, fixed seeds.

What is promised "at a spread of 0.10 or less" is asked of windows whose own robust spread is at
most 0.10. The recorded machines keep all of it. For a machine whose spread is 0.10 in every window
and whose ratios are normal it is out of reach by arithmetic: `power_by_arithmetic` is exact, and
the test beside it tells at which spread each figure comes within reach.
"""

import math

import numpy as np
import pytest
import scipy.stats

from runner.statistics import cut_each_side, median_interval, robust_spread
from tests.statistics.draws import CALM_SPREAD, DRAWS, RECORDED, at_spread, windows

FIGURES = [(45, 0.05, 0.8), (60, 0.05, 0.9), (100, 0.03, 0.8), (150, 0.02, 0.8)]
"""Rounds, true difference, and the share of windows that must find it."""

REACH = [0.087, 0.085, 0.079, 0.066]
"""The spread at which arithmetic allows each of FIGURES, in thousandths rounded down."""

AT_010 = [0.682, 0.779, 0.594, 0.454]
"""What arithmetic allows at a spread of just 0.10."""


def power_by_arithmetic(rounds: int, difference: float, spread: float) -> float:
    """Return the chance that the 95 % interval of normal ln ratios lies above 0, exactly.

    Its lower bound is the k-th smallest of N values (k = 16 of 45, 22 of 60, 40 of 100, 63 of 150):
    it is above 0 where fewer than k values are below, each with the chance Φ(-ln(1+difference)/s).
    Roughly: ln(1+difference) = (1.96 + z) · 1.2533 · s / √N, with z = 0.84 for 0.8.
    """
    below = scipy.stats.norm.cdf(-math.log1p(difference) / spread)
    return float(scipy.stats.binom.cdf(cut_each_side(rounds) - 1, rounds, below))


def found(ratios: list[list[float]]) -> float:
    return float(np.mean([median_interval(one).low > 0 for one in ratios]))


@pytest.mark.parametrize(("rounds", "difference", "wanted"), FIGURES)
@pytest.mark.parametrize("name", RECORDED)
def test_the_promised_power_on_recorded_machines_at_a_spread_of_010(
    name: str, rounds: int, difference: float, wanted: float
) -> None:
    seen = windows(RECORDED[name], rounds, math.log1p(difference), calm=0.10)
    assert found(seen) >= wanted


@pytest.mark.parametrize(("rounds", "difference", "wanted"), FIGURES[:2])
def test_5_percent_is_found_on_the_simulated_machine_too_at_a_spread_of_010(
    rounds: int, difference: float, wanted: float
) -> None:
    """3 % in 100 rounds and 2 % in 150 it finds in 78 % and 64 %: see REACH for where in 80 %."""
    seen = windows(DRAWS["simulated"], rounds, math.log1p(difference), calm=0.10)
    assert found(seen) >= wanted


@pytest.mark.parametrize(("figure", "reach"), [*zip(FIGURES, REACH, strict=True)])
def test_each_power_is_reached_at_the_spread_that_arithmetic_allows(
    figure: tuple[int, float, float], reach: float
) -> None:
    """In all windows of a machine with that spread, though its tails are heavy and it has hogs."""
    rounds, difference, wanted = figure
    seen = windows(at_spread(reach), rounds, math.log1p(difference))
    assert found(seen) >= wanted


@pytest.mark.parametrize(("figure", "reach", "at_010"), [*zip(FIGURES, REACH, AT_010, strict=True)])
def test_arithmetic_allows_no_more(
    figure: tuple[int, float, float], reach: float, at_010: float
) -> None:
    """Normal ratios with a spread of just 0.10 cannot reach the figures, whoever analyses them."""
    rounds, difference, wanted = figure
    assert power_by_arithmetic(rounds, difference, 0.10) == pytest.approx(at_010, abs=0.001)
    assert power_by_arithmetic(rounds, difference, reach) >= wanted
    assert power_by_arithmetic(rounds, difference, reach + 0.001) < wanted


@pytest.mark.parametrize("spread", [0.066, CALM_SPREAD, 0.10])
def test_a_machine_of_a_given_spread_has_it(spread: float) -> None:
    ratios = at_spread(spread)(np.random.default_rng(0), 100_000, 0.0)
    assert robust_spread(ratios) == pytest.approx(spread, rel=0.015)


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("rounds", [20, 45, 100])
def test_a_true_difference_of_5_percent_is_covered(name: str, rounds: int) -> None:
    effect = math.log1p(0.05)
    seen = windows(DRAWS[name], rounds, effect)
    assert np.mean([not median_interval(one).excludes(effect) for one in seen]) >= 0.93
