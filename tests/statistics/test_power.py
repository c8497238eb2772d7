"""A true difference is found and covered; equal arms are found the same. No clock, fixed seeds."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from runner.intervals import Interval, is_same, median_interval, robust_spread
from tests.statistics.recorded import STREAMS, same, window
from tests.statistics.simulator import Machine, pairs

RESAMPLES = 600
EFFECT = math.log1p(0.05)
CALM = Machine(level_sd=0.25, memory=0.99, hog_starts=0.01, hog_ends=0.02, hog=0.6, tail_sd=0.04)
"""Hogs and heavy tails, and a paired spread of 0.08."""

Draw = Callable[[np.random.Generator, int, float], list[float]]


def from_stream(name: str) -> Draw:
    stream = same(name)

    def draw(rng: np.random.Generator, rounds: int, effect: float) -> list[float]:
        cut = window(stream, rng, rounds)
        return [float(value) for value in cut[:, 0] - cut[:, 1] + effect]

    return draw


def from_machine(rng: np.random.Generator, rounds: int, effect: float) -> list[float]:
    return pairs(rng, CALM, effect, rounds)


DRAWS: dict[str, Draw] = {"simulated": from_machine, **{n: from_stream(n) for n in STREAMS}}


def windows(name: str, rounds: int, effect: float, calm: float = math.inf) -> list[list[float]]:
    """Return windows whose spread is at most `calm`."""
    rng = np.random.default_rng(4)
    drawn = (DRAWS[name](rng, rounds, effect) for _ in range(RESAMPLES))
    return [one for one in drawn if robust_spread(one) <= calm]


@pytest.mark.parametrize("name", DRAWS)
def test_5_percent_is_found_in_45_rounds_at_a_spread_of_010(name: str) -> None:
    found = [median_interval(one).low > 0 for one in windows(name, 45, EFFECT, 0.10)]
    assert len(found) >= RESAMPLES / 4
    assert np.mean(found) >= 0.8


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("rounds", [20, 45, 100])
def test_a_true_difference_is_covered(name: str, rounds: int) -> None:
    covered = [not median_interval(one).excludes(EFFECT) for one in windows(name, rounds, EFFECT)]
    assert np.mean(covered) >= 0.93


def alike(ratios: list[float], margin: float = 0.03) -> bool:
    return is_same(median_interval(ratios, 0.90).exp(), margin)


@pytest.mark.parametrize("name", DRAWS)
def test_equal_arms_are_found_the_same_in_100_rounds(name: str) -> None:
    # The recorded ratios are more peaked than the simulated ones: their medians scatter less.
    calm = 0.08 if name == "simulated" else 0.10
    found = [alike(one) for one in windows(name, 100, 0.0, calm)]
    assert len(found) >= RESAMPLES / 4
    assert np.mean(found) >= 0.8


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("rounds", [45, 100])
def test_arms_at_the_margin_are_hardly_ever_found_the_same(name: str, rounds: int) -> None:
    wrong = [alike(one) for one in windows(name, rounds, math.log1p(0.03))]
    assert np.mean(wrong) <= 0.07


@pytest.mark.parametrize("name", DRAWS)
def test_5_percent_precision_is_reached_in_45_rounds_at_a_spread_of_010(name: str) -> None:
    widths = [median_interval(one).half_width for one in windows(name, 45, 0.0, 0.10)]
    assert np.median(widths) <= math.log1p(0.05)


def test_two_equal_intervals_of_unequal_spread_are_no_longer_the_same() -> None:
    assert alike([0.001 * i for i in range(-10, 11)])
    assert not alike([0.05 * i for i in range(-10, 11)])
    assert is_same(Interval(1.0, 0.98, 1.02), 0.03)
