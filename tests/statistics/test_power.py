"""A true difference is found as often as promised, and covered. No clock, fixed seeds.

What is promised "at a spread of 0.10 or less" is asked of windows whose own robust spread is at
most 0.10. Normal ratios whose spread is just 0.10 reach three of the four figures; 2 % in 150
rounds comes within reach at 0.083: ln 1.02 = (1.96 + 0.84) · 1.023 · s / √150, where 1.023 is what
signed ranks lose against the mean.
"""

import math

import numpy as np
import pytest

from runner.statistics import robust_spread
from runner.statistics.estimating import estimates
from tests.statistics.draws import (
    CALM_SPREAD,
    DRAWS,
    RECORDED,
    at_least,
    at_spread,
    draws,
    stopped,
    windows,
)
from tests.statistics.simulator import Floats

FIGURES = [(45, 0.05, 0.8), (60, 0.05, 0.9), (100, 0.03, 0.8), (150, 0.02, 0.8)]
"""Rounds, true difference, and the share of windows that must find it."""

REACH = [0.10, 0.10, 0.10, 0.083]
"""The spread up to which normal ratios reach each of FIGURES."""

COUNT = draws(4000, 600)


def found(rows: Floats, bound: bool) -> float:
    return float(np.mean([one.wide.low > 0 for one in estimates(rows, bound)]))


@pytest.mark.parametrize(("rounds", "difference", "wanted"), FIGURES)
@pytest.mark.parametrize("name", RECORDED)
def test_the_promised_power_on_recorded_machines_at_a_spread_of_010(
    name: str, rounds: int, difference: float, wanted: float
) -> None:
    seen = windows(RECORDED[name], rounds, math.log1p(difference), 0.10, COUNT)
    assert found(seen, bound=False) >= wanted


@pytest.mark.parametrize(("figure", "reach"), [*zip(FIGURES, REACH, strict=True)])
@pytest.mark.parametrize("bound", [True, False], ids=["bound", "free"])
def test_each_power_is_reached_with_normal_ratios(
    figure: tuple[int, float, float], reach: float, bound: bool
) -> None:
    rounds, difference, wanted = figure
    rng = np.random.default_rng(5)
    seen = rng.normal(math.log1p(difference), reach, (COUNT, rounds))
    # Capped, ranks say a little less of normal ratios: as of a spread 1.07 times as large.
    seen = seen if bound else math.log1p(difference) + (seen - math.log1p(difference)) / 1.07
    assert found(seen, bound) >= at_least(wanted, COUNT)


def test_most_claims_need_no_full_precision() -> None:
    """+20 % is found at the first look by nearly all, +5 % by 12 to 30 rounds in most."""
    rng = np.random.default_rng(6)
    for difference, wanted in ((0.20, 0.99), (0.05, 0.5)):
        ends = stopped(rng.normal(math.log1p(difference), 0.08, (COUNT, 60)), bound=True)
        assert np.mean([one.found.wide.low > 0 for one in ends]) >= at_least(wanted, COUNT)


@pytest.mark.parametrize("spread", [0.066, CALM_SPREAD, 0.10])
def test_a_machine_of_a_given_spread_has_it(spread: float) -> None:
    ratios = at_spread(spread)(np.random.default_rng(0), 100_000, 0.0)
    assert robust_spread(ratios) == pytest.approx(spread, rel=0.015)


@pytest.mark.parametrize("bound", [True, False], ids=["bound", "free"])
@pytest.mark.parametrize("name", DRAWS)
def test_a_true_difference_of_5_percent_is_covered(name: str, bound: bool) -> None:
    effect = math.log1p(0.05)
    rows = windows(DRAWS[name], 100, effect, resamples=COUNT)
    for rounds in (20, 45, 100):
        held = [not one.wide.excludes(effect) for one in estimates(rows[:, :rounds], bound)]
        assert np.mean(held) >= at_least(0.94, COUNT)
    ends = stopped(rows, bound)
    held = [not one.found.wide.excludes(effect) for one in ends]
    assert np.mean(held) >= at_least(0.93, COUNT)


@pytest.mark.parametrize("ratio", [2.0, 20.0])
def test_far_from_1_the_relative_target_ends_it_at_the_first_look_and_covers(ratio: float) -> None:
    rng = np.random.default_rng(7)
    rows = math.log(ratio) + 0.08 * rng.standard_t(4, (COUNT, 60))
    ends = stopped(rows, bound=True)
    assert np.mean([one.rounds == 12 for one in ends]) >= (0.5 if ratio == 2.0 else 0.99)
    held = [not one.found.wide.excludes(math.log(ratio)) for one in ends]
    assert np.mean(held) >= at_least(0.94, COUNT)
