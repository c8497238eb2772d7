"""How many rounds a wished precision takes, by the run's own rule. No clock, fixed seeds."""

import math

import numpy as np
import pytest

from runner.statistics import rounds_needed
from tests.statistics.draws import CALM_SPREAD, DRAWS, RECORDED, at_spread, rounds_until, windows


def stops(ratios: list[list[float]], precision: float) -> tuple[float, float]:
    """Return the median and the ninetieth percentile of the rounds until the run would stop."""
    rounds = sorted(rounds_until(one, precision) for one in ratios)
    return float(np.median(rounds)), rounds[math.ceil(0.9 * len(rounds)) - 1]


@pytest.mark.parametrize("name", DRAWS)
def test_5_percent_takes_30_rounds_and_nearly_always_45_at_a_spread_of_010(name: str) -> None:
    median, most = stops(windows(DRAWS[name], 45, calm=0.10), 0.05)
    assert median <= 30
    assert most <= 45


@pytest.mark.parametrize("name", RECORDED)
def test_2_percent_nearly_always_takes_120_rounds_at_a_spread_of_010(name: str) -> None:
    _, most = stops(windows(RECORDED[name], 120, calm=0.10), 0.02)
    assert most <= 120


def test_2_percent_takes_120_rounds_at_the_spread_that_arithmetic_allows() -> None:
    """Normal ratios with a spread of 0.10 take (2.46 · 0.10 / ln 1.02)² = 155 rounds.

    120 are enough up to 0.088, as the median. The interval spans 23 gaps between 120 ordered
    values, so its width strays by 1/√23, a fifth: nine in ten stop within 120 where the spread is
    smaller by 1.28 times that, 0.07.
    """
    assert rounds_needed(0.10, 0.02) == 155
    assert rounds_needed(0.088, 0.02) == 120
    assert stops(windows(at_spread(0.088), 200), 0.02)[0] <= 120
    assert stops(windows(at_spread(0.07), 200), 0.02)[1] <= 120


def test_looking_every_5_rounds_takes_about_the_rounds_that_are_foretold() -> None:
    median, _ = stops(windows(at_spread(CALM_SPREAD), 200), 0.03)
    assert median == pytest.approx(rounds_needed(CALM_SPREAD, 0.03), rel=0.2)
