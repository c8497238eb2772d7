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
    equal_within,
    is_look,
    median_interval,
    pool,
    precise,
    rounds_for_verdict,
    rounds_needed,
    selected_level,
    together,
    verdict,
)
from series_values import normal

# many comparisons, verdicts


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_benjamini_hochberg_agrees_with_scipy(ps: list[float]) -> None:
    expected = scipy.stats.false_discovery_control(ps, method="bh")
    assert benjamini_hochberg(ps) == pytest.approx(list(expected))


def test_benjamini_hochberg_refuses_what_is_not_a_probability() -> None:
    assert benjamini_hochberg([]) == []
    with pytest.raises(ValueError, match="between 0 and 1"):
        benjamini_hochberg([0.5, math.nan])


def test_selected_level_corrects_for_the_choice_among_many() -> None:
    assert selected_level(2, 10) == pytest.approx(0.99)


VERDICTS = [
    ((1.04, 1.30), (1.05, 1.29), 0.01, "faster"),
    ((1.01, 1.30), (1.02, 1.29), 0.01, "faster"),
    ((0.70, 0.96), (0.71, 0.95), 0.01, "slower"),
    ((0.70, 0.99), (0.71, 0.98), 0.01, "slower"),
    ((0.99, 1.02), (0.995, 1.015), 0.80, "equal"),
    ((1.005, 1.025), (1.007, 1.02), 0.001, "equal"),
    ((0.90, 1.20), (0.92, 1.18), 0.80, "open"),
    ((1.04, 1.30), (1.05, 1.29), 0.06, "open"),
    ((0.99, 1.40), (1.02, 1.35), 0.01, "open"),
    ((0.0, math.inf), (0.0, math.inf), 1.0, "open"),
    ((1.04, 1.30), (1.05, 1.29), math.nan, "open"),
]


def of_ratio(low: float, high: float) -> Interval:
    """Return the interval of ln ratio where that of the ratio is given."""
    ends = (math.log(low) if low else -math.inf, math.log(high))
    return Interval(0.0, *ends)


@pytest.mark.parametrize(("wide", "narrow", "q", "word"), VERDICTS)
def test_verdict(
    wide: tuple[float, float], narrow: tuple[float, float], q: float, word: str
) -> None:
    assert verdict(of_ratio(*wide), of_ratio(*narrow), q, 0.03) == word


@given(st.tuples(*[st.floats(0.5, 2)] * 4).map(sorted), st.sampled_from([0.001, 0.05, 0.0501, 1.0]))
def test_verdict_of_the_inverse_is_the_mirror(bounds: list[float], q: float) -> None:
    low, inner_low, inner_high, high = bounds
    mirror = {"faster": "slower", "slower": "faster"}
    wide, narrow = of_ratio(low, high), of_ratio(inner_low, inner_high)
    there = verdict(wide, narrow, q, 0.25)
    wide_back, narrow_back = (Interval(0, -one.high, -one.low) for one in (wide, narrow))
    assert verdict(wide_back, narrow_back, q, 0.25) == mirror.get(there, there)


def test_what_is_certain_of_an_open_comparison() -> None:
    assert equal_within(of_ratio(0.96, 1.03)) == pytest.approx(1 / 0.96 - 1)
    assert equal_within(of_ratio(0.99, 1.08)) == pytest.approx(0.08)
    assert equal_within(UNKNOWN) is None


@given(st.tuples(*[st.floats(0.8, 1.25)] * 2).map(sorted), st.floats(0.01, 0.3))
def test_equal_is_equal_within_the_margin(bounds: list[float], margin: float) -> None:
    narrow = of_ratio(*bounds)
    word = verdict(narrow, narrow, 1.0, margin)
    within = equal_within(narrow)
    assert within is not None
    assert (word == "equal") == (within <= margin * (1 + 1e-12))


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
def test_no_pooled_interval_is_narrower_than_sampling_makes_it(
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


def test_one_session_is_returned_unchanged() -> None:
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


def test_looks_come_after_12_rounds_and_every_2() -> None:
    assert [n for n in range(20) if is_look(n)] == [12, 14, 16, 18]
    assert [n for n in range(12) if is_look(n, 7)] == [7, 9, 11]


def test_precise_is_as_narrow_as_asked_for_or_a_tenth_of_the_log_ratio() -> None:
    h = math.log1p(0.05)
    assert precise(Interval(0.2, 0.2 - h, 0.2 + h), 0.05)
    assert not precise(Interval(0.2, 0.2 - 1.01 * h, 0.2 + 1.01 * h), 0.05)
    assert precise(Interval(-3.0, -3.3, -2.7), 0.05)
    assert not precise(Interval(-3.0, -3.31, -2.69), 0.05)
    assert not precise(UNKNOWN, 0.05)


@given(st.floats(-0.4, 0.4), st.floats(-0.4, 0.4), st.floats(0.001, 0.5))
def test_near_1_precise_never_looks_at_where_the_interval_is(
    one: float, other: float, half: float
) -> None:
    asked = math.expm1(0.04)  # a tenth of 0.4: up to there the ratio itself has no say
    there, here = (Interval(middle, middle - half, middle + half) for middle in (one, other))
    if abs(there.half_width - 0.04) > 1e-9:
        assert precise(there, asked) == precise(here, asked)


def test_sessions_are_weighted_by_their_precision_and_never_put_into_one_interval() -> None:
    one, two = median_interval(normal(20, 1)), median_interval(normal(20, 2, middle=9.0))
    found = together([one, two, Interval(5.0, -math.inf, math.inf)])
    weights = [1 / one.half_width**2, 1 / two.half_width**2]
    assert found.half_width == pytest.approx(sum(weights) ** -0.5)
    mean = (weights[0] * one.estimate + weights[1] * two.estimate) / sum(weights)
    assert found.estimate == pytest.approx(mean)
    assert together([one, Interval(0.0, 0.0, 0.0)]) == (0.0, 0.0, 0.0)
    assert together([one]) == one
    assert together([]) == UNKNOWN


def test_rounds_needed_is_the_formula_of_the_method() -> None:
    assert rounds_needed(0.10, 0.05) == 23
    assert rounds_needed(0.001, 0.05) == 6


def test_rounds_for_verdict_grows_with_the_square_of_the_width() -> None:
    width = 2 * math.log1p(0.03)
    assert rounds_for_verdict(30, Interval(0, -width, width), 0.03) == 120
    assert rounds_for_verdict(3, median_interval([1, 2, 3]), 0.03) is None


def test_no_number_of_rounds_is_reported_that_was_already_measured() -> None:
    assert rounds_for_verdict(30, Interval(0, -0.001, 0.001), 0.03) is None
    width = math.log1p(0.03)
    assert rounds_for_verdict(30, Interval(0, -width, width), 0.03) is None
    assert rounds_for_verdict(30, Interval(0, -1.001 * width, 1.001 * width), 0.03) == 31
