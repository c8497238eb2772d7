"""Medians, quantiles, diagnostics: against literal values, scipy, and each other."""

import math
import subprocess
import sys

import pytest
import scipy.stats
from hypothesis import given

from runner.statistics import (
    UNKNOWN,
    Interval,
    binomial_tail,
    cut_each_side,
    mann_whitney,
    median_interval,
    normal_quantile,
    normal_tail,
    robust_spread,
    t_quantile,
    t_tail,
    two_modes,
)
from series_values import SERIES, normal

# the median


def test_median_interval_of_six_values_is_their_range() -> None:
    assert median_interval([3, 1, 2, 6, 5, 4]) == Interval(3.5, 1, 6)


def test_five_values_have_no_bounds_at_95_percent() -> None:
    assert median_interval([1, 2, 3, 4, 5]) == Interval(3, -math.inf, math.inf)


def test_no_values_have_no_median() -> None:
    assert median_interval([]) is UNKNOWN
    assert math.isnan(robust_spread([]))


@pytest.mark.parametrize(
    ("n", "k"), [(0, 0), (5, 0), (6, 1), (9, 2), (20, 6), (30, 10), (100, 40), (200, 86)]
)
def test_cut_is_that_of_the_tables(n: int, k: int) -> None:
    assert cut_each_side(n) == k


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95, 0.999])
@pytest.mark.parametrize("n", [11, 20, 61, 500, 4999, 5001, 20000])
def test_cut_is_that_of_the_binomial_distribution(n: int, level: float) -> None:
    k = cut_each_side(n, level)
    tail = (1 - level) / 2
    assert scipy.stats.binom.cdf(k - 1, n, 0.5) <= tail < scipy.stats.binom.cdf(k, n, 0.5)


@pytest.mark.parametrize("n", [7, 100, 5001])
def test_binomial_tail_agrees_with_scipy(n: int) -> None:
    for count in (-1, 0, n // 3, n // 2, n // 2 + 1, n - 1, n, n + 1):
        expected = scipy.stats.binom.cdf(count, n, 0.5)
        assert binomial_tail(count, n) == pytest.approx(expected, rel=1e-9)


@given(SERIES)
def test_median_interval_agrees_with_scipy(values: list[float]) -> None:
    ours = median_interval(values)
    theirs = scipy.stats.quantile_test(values, q=0, p=0.5)
    bounds = theirs.confidence_interval(0.95)
    assert (ours.low, ours.high) == (bounds.low, bounds.high)


@given(SERIES)
def test_median_interval_is_antisymmetric(values: list[float]) -> None:
    there = median_interval(values)
    back = median_interval([-value for value in values])
    assert back == Interval(-there.estimate, -there.high, -there.low)


def test_exp_turns_logs_into_ratios_and_keeps_missing_bounds() -> None:
    assert Interval(0.0, -math.inf, math.inf).exp() == Interval(1.0, 0.0, math.inf)
    assert Interval(0.0, math.log(0.5), math.log(2)).exp() == pytest.approx((1.0, 0.5, 2.0))


def test_robust_spread_ignores_one_wild_value() -> None:
    assert robust_spread([-1, 0, 1, 0, 1000]) == pytest.approx(1.4826)


# Student's t


@pytest.mark.parametrize("df", [1, 2, 3, 5, 10, 30, 199])
@pytest.mark.parametrize("p", [0.6, 0.9, 0.95, 0.975, 0.999, 0.025])
def test_t_quantile_agrees_with_scipy(p: float, df: int) -> None:
    assert t_quantile(p, df) == pytest.approx(scipy.stats.t.ppf(p, df), rel=1e-10)


@pytest.mark.parametrize("df", [1, 2, 7, 60, 1000])
@pytest.mark.parametrize("t", [0.0, 1e-3, 0.7, -2.3, 30.0])
def test_t_tail_agrees_with_scipy(t: float, df: int) -> None:
    assert t_tail(t, df) == pytest.approx(2 * scipy.stats.t.sf(abs(t), df), rel=1e-10)


def test_t_has_no_quantile_of_certainty() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        t_quantile(1.0, 3)
    assert t_tail(math.inf, 3) == 0.0
    assert math.isnan(t_tail(math.nan, 3))


def test_normal_tail_and_quantile_agree_with_scipy() -> None:
    assert normal_tail(1.7) == pytest.approx(2 * scipy.stats.norm.sf(1.7))
    assert normal_quantile(0.975) == pytest.approx(scipy.stats.norm.ppf(0.975))


# diagnostics


def test_mann_whitney_agrees_with_scipy() -> None:
    first, second = [round(v, 1) for v in normal(30)], [round(v, 1) for v in normal(25, 2, 0.5)]
    theirs = scipy.stats.mannwhitneyu(first, second, method="asymptotic")
    assert mann_whitney(first, second) == pytest.approx(theirs.pvalue)
    assert mann_whitney([1, 1], [1, 1]) == 1.0


def test_two_modes_a_factor_of_two_apart_are_found() -> None:
    values = normal(30, 1, 0.0, 0.05) + normal(20, 2, math.log(2), 0.05)
    modes = two_modes(values)
    assert modes is not None
    assert modes.low_share == 0.6
    assert modes.high - modes.low == pytest.approx(math.log(2), abs=0.05)
    assert 0.1 < modes.between < 0.6


def test_one_mode_is_rarely_taken_for_two() -> None:
    found = sum(two_modes(normal(20, seed)) is not None for seed in range(300))
    assert found <= 6


def test_a_rare_second_mode_is_an_outlier_and_no_mode() -> None:
    assert two_modes(normal(95, 1, 0.0, 0.05) + [1.0] * 5) is None
    assert two_modes([0.0] * 30) is None
    assert two_modes([0.0] * 9 + [1.0] * 9) is None


def test_intervals_need_no_numpy() -> None:
    code = "import sys, runner.statistics; print('numpy' in sys.modules)"
    command = [sys.executable, "-c", code]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout == "False\n"
