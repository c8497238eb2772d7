"""Corrections, verdicts, pooling and stopping: against literal values and scipy."""

import math

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from runner.statistics import (
    UNKNOWN,
    Interval,
    benjamini_hochberg,
    done,
    half_width,
    median_interval,
    pool,
    rounds_for_verdict,
    rounds_needed,
    selected_level,
    verdict,
)
from series_values import SERIES, normal

# many comparisons, verdicts


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_benjamini_hochberg_agrees_with_scipy(ps: list[float]) -> None:
    expected = scipy.stats.false_discovery_control(ps, method="bh")
    assert benjamini_hochberg(ps) == pytest.approx(list(expected))


def test_benjamini_hochberg_refuses_what_is_no_probability() -> None:
    assert benjamini_hochberg([]) == []
    with pytest.raises(ValueError, match="between 0 and 1"):
        benjamini_hochberg([0.5, math.nan])


def test_selected_level_corrects_for_the_choice_among_many() -> None:
    assert selected_level(2, 10) == pytest.approx(0.99)


VERDICTS = [
    ((1.04, 1.30), (1.05, 1.29), 0.01, "faster"),
    ((1.01, 1.30), (1.02, 1.29), 0.01, "slightly faster"),
    ((0.70, 0.96), (0.71, 0.95), 0.01, "slower"),
    ((0.70, 0.99), (0.71, 0.98), 0.01, "slightly slower"),
    ((0.99, 1.02), (0.995, 1.015), 0.80, "same"),
    ((1.005, 1.025), (1.007, 1.02), 0.001, "same"),
    ((0.90, 1.20), (0.92, 1.18), 0.80, "inconclusive"),
    ((1.04, 1.30), (1.05, 1.29), 0.06, "inconclusive"),
    ((0.99, 1.40), (1.02, 1.35), 0.01, "inconclusive"),
    ((0.0, math.inf), (0.0, math.inf), 1.0, "inconclusive"),
    ((1.04, 1.30), (1.05, 1.29), math.nan, "inconclusive"),
]


@pytest.mark.parametrize(("wide", "narrow", "q", "word"), VERDICTS)
def test_verdict(
    wide: tuple[float, float], narrow: tuple[float, float], q: float, word: str
) -> None:
    middle = math.sqrt(wide[0] * wide[1])
    assert verdict(Interval(middle, *wide), Interval(middle, *narrow), q, 0.03) == word


@given(st.tuples(*[st.floats(0.5, 2)] * 4).map(sorted), st.sampled_from([0.001, 0.05, 0.0501, 1.0]))
def test_verdict_of_the_inverse_is_the_mirror(bounds: list[float], q: float) -> None:
    low, inner_low, inner_high, high = bounds
    mirror = {"faster": "slower", "slightly faster": "slightly slower"}
    mirror |= {after: before for before, after in mirror.items()}
    there = verdict(Interval(1, low, high), Interval(1, inner_low, inner_high), q, 0.25)
    wide, narrow = Interval(1, 1 / high, 1 / low), Interval(1, 1 / inner_high, 1 / inner_low)
    assert verdict(wide, narrow, q, 0.25) == mirror.get(there, there)


# sessions


def test_pool_is_the_formula_of_the_method() -> None:
    ys, half = [0.22, 0.25, 0.28], 0.0196
    pooled = pool([Interval(y, y - half, y + half) for y in ys])
    v = (2 * half / 3.92) ** 2
    q = sum((y - 0.25) ** 2 for y in ys) / v
    tau2 = (q - 2) / (3 / v - 1 / v)
    se = math.sqrt(sum((y - 0.25) ** 2 for y in ys) / (2 * 3))
    assert pooled.interval.estimate == pytest.approx(0.25)
    assert pooled.se == pytest.approx(se)
    assert pooled.tau == pytest.approx(math.sqrt(tau2))
    assert pooled.i2 == pytest.approx((q - 2) / q)
    assert pooled.interval.high - 0.25 == pytest.approx(scipy.stats.t.ppf(0.975, 2) * se)
    forecast = pooled.forecast
    assert forecast is not None
    width = scipy.stats.t.ppf(0.975, 1) * math.sqrt(tau2 + se**2 + v)
    assert forecast.high - 0.25 == pytest.approx(width)


def test_sessions_that_agree_by_chance_are_no_surer_than_their_rounds() -> None:
    # three sessions with a standard error of 0.01 each, a thousandth of it apart
    ys, half = [0.24999, 0.25, 0.25001], 0.0196
    pooled = pool([Interval(y, y - half, y + half) for y in ys])
    assert pooled.tau == 0.0
    assert pooled.se == pytest.approx(0.01 / math.sqrt(3))
    assert pooled.interval.high - 0.25 == pytest.approx(1.959964 * 0.01 / math.sqrt(3))
    assert pooled.forecast is not None
    assert pooled.forecast.high - 0.25 == pytest.approx(12.706205 * 0.01 * math.sqrt(4 / 3))


@given(st.lists(st.tuples(st.floats(-0.5, 0.5), st.floats(0.001, 0.5)), min_size=2, max_size=6))
def test_no_pooled_interval_is_narrower_than_sampling_alone_makes_it(
    sessions: list[tuple[float, float]],
) -> None:
    pooled = pool([Interval(y, y - half, y + half) for y, half in sessions])
    precision = sum((3.92 / (2 * half)) ** 2 for _, half in sessions)
    least = 1 / math.sqrt(precision)
    assert pooled.se >= (1 - 1e-9) * least
    assert pooled.interval.half_width >= 1.9599 * least


def test_unequal_sessions_weigh_by_their_precision() -> None:
    pooled = pool([Interval(0.0, -0.01, 0.01), Interval(0.001, -1.0, 1.002)])
    assert pooled.interval.estimate == pytest.approx(0.0, abs=1e-6)


def test_one_session_stands_as_it_is() -> None:
    alone = Interval(0.1, 0.05, 0.15)
    pooled = pool([alone])
    assert pooled.interval == alone
    assert (pooled.tau, pooled.i2, pooled.forecast) == (None, None, None)
    assert pooled.se == pytest.approx(0.1 / 3.92)


def test_a_session_without_bounds_has_no_weight() -> None:
    known = Interval(0.1, 0.05, 0.15)
    pooled = pool([known, Interval(5.0, -math.inf, math.inf)])
    assert pooled.interval == known
    assert pool([]).interval is UNKNOWN


def test_two_sessions_foretell_nothing() -> None:
    assert pool([Interval(0.1, 0.0, 0.2), Interval(0.2, 0.1, 0.3)]).forecast is None


def test_equal_sessions_do_not_divide_by_zero() -> None:
    pooled = pool([Interval(0.1, 0.1, 0.1)] * 3)
    assert pooled.interval.estimate == pytest.approx(0.1)
    assert pooled.tau == 0.0


# stopping


def test_done_asks_for_the_least_rounds_and_the_precision() -> None:
    narrow = normal(20, sd=0.01)
    assert done([narrow], 0.05)
    assert not done([narrow[:19]], 0.05)
    assert not done([normal(20, sd=1.0)], 0.05)
    assert not done([[0.0] * 5], 0.05, min_rounds=3)
    assert not done([[0.0] * 5] * 4, 0.05)


def test_sessions_are_weighted_by_their_precision_and_never_put_into_one_interval() -> None:
    one, two = normal(20, 1), normal(20, 2, middle=9.0)
    widths = [median_interval(values).half_width for values in (one, two)]
    assert half_width([one, two, [5.0]]) == pytest.approx(sum(1 / w**2 for w in widths) ** -0.5)
    assert half_width([one, [0.0] * 6]) == 0.0
    assert math.isinf(half_width([]))


@given(SERIES, st.floats(-3, 3))
def test_done_never_looks_at_where_the_interval_lies(values: list[float], shift: float) -> None:
    half = median_interval(values).half_width
    h = math.expm1(half * 1.01 + 1e-6)
    assert done([values], h, 6)
    assert done([[value + shift for value in values]], h, 6)


def test_rounds_needed_is_the_formula_of_the_method() -> None:
    assert rounds_needed(0.10, 0.05) == 26
    assert rounds_needed(0.001, 0.05) == 6


def test_rounds_for_verdict_grows_with_the_square_of_the_width() -> None:
    width = 2 * math.log1p(0.03)
    assert rounds_for_verdict(30, Interval(0, -width, width), 0.03) == 120
    assert rounds_for_verdict(3, median_interval([1, 2, 3]), 0.03) is None


def test_no_number_of_rounds_is_told_that_was_already_measured() -> None:
    assert rounds_for_verdict(30, Interval(0, -0.001, 0.001), 0.03) is None
    width = math.log1p(0.03)
    assert rounds_for_verdict(30, Interval(0, -width, width), 0.03) is None
    assert rounds_for_verdict(30, Interval(0, -1.001 * width, 1.001 * width), 0.03) == 31
