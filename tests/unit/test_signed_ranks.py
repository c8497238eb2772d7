"""Signed ranks, capped and whole: against scipy, the definition, and each other."""

import math
from itertools import pairwise

import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given
from hypothesis import strategies as st

from runner.statistics import RankSum, cap_of, median_interval, signed_rank_p, two_modes
from runner.statistics.arrays import Floats
from runner.statistics.estimating import (
    LONG,
    Estimate,
    Rounds,
    averages,
    compare,
    estimates,
    undisturbed,
)
from runner.statistics.signed_ranks import averages_of, cut
from series_values import normal

DISTINCT = st.lists(st.integers(-(10**6), 10**6), min_size=6, max_size=40, unique_by=abs)
"""Whole numbers of different size: neither ties nor zeros, and averages are exact."""


def one(values: list[float] | list[int], bound: bool) -> Estimate:
    return estimates(np.array([values], dtype=np.float64), bound)[0]


def statistic(values: Floats, cap: int, theta: float = 0.0) -> int:
    """Return the sum of the scores of the values above theta, as it is defined."""
    sizes = np.abs(values - theta)
    scores = np.minimum(scipy.stats.rankdata(sizes), cap)
    return int(scores[values > theta].sum())


@given(DISTINCT)
def test_bound_it_is_wilcoxons_test(values: list[int]) -> None:
    assume(0 not in values)
    expected = scipy.stats.wilcoxon(values, method="exact").pvalue
    assert signed_rank_p([one(values, bound=True).ranks]) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("n", [6, 9, 20, 45])
def test_bound_the_interval_holds_exactly_the_centres_that_wilcoxon_keeps(n: int) -> None:
    values = normal(n, seed=n, middle=0.3)
    interval = one(values, bound=True).wide
    nudge = 1e-9
    for bound, inwards in ((interval.low, 1), (interval.high, -1)):
        inside = [value - (bound + inwards * nudge) for value in values]
        outside = [value - (bound - inwards * nudge) for value in values]
        assert scipy.stats.wilcoxon(inside, method="exact").pvalue > 0.05
        assert scipy.stats.wilcoxon(outside, method="exact").pvalue <= 0.05


def test_the_estimate_is_the_median_of_the_averages() -> None:
    assert one([1.0, 2.0, 6.0], bound=True).wide.estimate == 2.75
    # Of three rounds two count: 1, 1.5, 2, 4, 6 without the average of the outer ones.
    assert one([1.0, 2.0, 6.0], bound=False).wide.estimate == 2.0
    assert estimates(np.zeros((2, 0)), bound=True)[0].ranks == RankSum(0, 0, 0, 0)


@given(DISTINCT, st.booleans(), st.integers(-(10**6), 10**6))
def test_the_sum_of_scores_is_the_number_of_averages_above(
    values: list[int], bound: bool, theta: int
) -> None:
    moved = np.array(values) - (theta + 0.25)  # between two averages, which are halves
    found = estimates(moved[None], bound)[0].ranks
    assert found.not_below == statistic(moved, found.cap)
    assert found.not_above == averages_of(found.n, found.cap) - found.not_below


@given(DISTINCT, st.booleans(), st.sampled_from([0.05, 0.10]))
def test_the_interval_holds_what_the_test_keeps(
    values: list[int], bound: bool, alpha: float
) -> None:
    found = one(values, bound)
    interval = found.wide if alpha == 0.05 else found.narrow
    assume(math.isfinite(interval.half_width))
    for end, inwards in ((interval.low, 0.25), (interval.high, -0.25)):
        kept, refused = (
            signed_rank_p([one([value - end + step for value in values], bound).ranks])
            for step in (-inwards, inwards)
        )
        assert refused <= alpha < kept or interval.half_width == 0


@given(DISTINCT, st.booleans())
def test_the_interval_excludes_zero_exactly_where_p_is_at_most_005(
    values: list[int], bound: bool
) -> None:
    found = one(values, bound)
    assert found.wide.excludes(0) == (signed_rank_p([found.ranks]) <= 0.05)
    assert found.narrow.excludes(0) == (signed_rank_p([found.ranks]) <= 0.10)


@given(st.lists(st.floats(-5, 5).map(lambda value: round(value, 1)), min_size=6, max_size=40))
def test_with_ties_and_zeros_interval_and_p_agree_too(values: list[float]) -> None:
    found = one([10 * value for value in values], bound=False)
    assert found.wide.excludes(0) == (signed_rank_p([found.ranks]) <= 0.05)


@given(DISTINCT, st.booleans())
def test_the_other_direction_is_the_mirror(values: list[int], bound: bool) -> None:
    there, back = one(values, bound), one([-value for value in values], bound)
    assert (back.wide.low, back.wide.high) == (-there.wide.high, -there.wide.low)
    assert back.wide.estimate == -there.wide.estimate
    assert signed_rank_p([back.ranks]) == signed_rank_p([there.ranks])


@given(DISTINCT, st.booleans(), st.randoms())
def test_the_order_of_rounds_does_not_matter(
    values: list[int], bound: bool, chance: object
) -> None:
    assert one(sorted(values), bound) == one(values, bound)


@given(DISTINCT)
def test_half_of_the_rounds_may_be_anything_where_ranks_are_capped(values: list[int]) -> None:
    wild = sorted(values)
    count = (len(wild) - 1) // 4
    wild[len(wild) - count :] = [10**9 + i for i in range(count)]
    assert one(wild, bound=False).wide.estimate <= max(values)


def test_a_cap_of_one_is_the_median_and_the_sign_test() -> None:
    values = normal(25, seed=4, middle=0.4)
    ranks = RankSum(25, 1, sum(v <= 0 for v in values), sum(v >= 0 for v in values))
    expected = scipy.stats.binomtest(ranks.not_below, 25).pvalue
    assert signed_rank_p([ranks]) == pytest.approx(expected)
    interval = median_interval(values)
    assert sorted(values)[cut(25, 1) - 1] == interval.low


@pytest.mark.parametrize("bound", [True, False])
@pytest.mark.parametrize("n", [12, 20, 60, 61, 120])
def test_one_interval_in_twenty_misses_and_none_has_more(n: int, bound: bool) -> None:
    """The level is exact: 95 % or a little more, whatever the symmetric distribution."""
    k, cap = cut(n, cap_of(n, bound)), cap_of(n, bound)
    scores = np.minimum(np.arange(1, n + 1), cap)
    signs = np.random.default_rng(n).integers(0, 2, (20_000, n))
    sums = signs @ scores
    assert 0.035 <= np.mean((sums < k) | (sums > scores.sum() - k)) <= 0.055


def test_five_rounds_have_no_bounds_at_95_percent() -> None:
    assert math.isinf(one([1, 2, 3, 4, 5], bound=True).wide.half_width)
    assert one([1, 2, 3, 4, 5], bound=True).narrow == (3, 1, 5)
    assert one([1, 2, 3, 4, 5, 6], bound=True).wide == (3.5, 1, 6)


@pytest.mark.parametrize("bound", [True, False])
def test_the_normal_approximation_continues_from_the_exact_distribution(bound: bool) -> None:
    cuts = [cut(n, cap_of(n, bound)) / averages_of(n, cap_of(n, bound)) for n in range(50, 72)]
    assert all(0 <= after - before <= 0.006 for before, after in pairwise(cuts))


@pytest.mark.parametrize("bound", [True, False])
@pytest.mark.parametrize("n", [LONG + 1, 600])
@pytest.mark.parametrize("tied", [False, True])
def test_long_series_give_what_all_averages_would(
    monkeypatch: pytest.MonkeyPatch, n: int, bound: bool, tied: bool
) -> None:
    rows = np.random.default_rng(n).standard_t(2, (30, n))
    rows = np.round(rows, 1) if tied else rows
    short = estimates(rows, bound)
    monkeypatch.setattr("runner.statistics.estimating.LONG", n)
    whole = estimates(rows, bound)
    assert [found.ranks for found in short] == [found.ranks for found in whole]
    assert np.allclose([found.wide for found in short], [found.wide for found in whole])
    assert np.allclose([found.narrow for found in short], [found.narrow for found in whole])


def test_sessions_are_ranked_each_for_itself() -> None:
    one_session, other = RankSum(6, 6, 0, 21), RankSum(7, 4, 2, 20)
    assert signed_rank_p([one_session]) == 2 / 2**6
    # 13 rounds, of which the sums of scores 0, 1 and 2 (twice) leave so much or less.
    assert signed_rank_p([one_session, other]) == pytest.approx(2 * (1 + 2 + 3) / 2**13)
    assert signed_rank_p([]) == 1.0
    assert signed_rank_p([RankSum(0, 0, 0, 0)]) == 1.0


# which rounds, against what


def test_undisturbed_rounds_count_where_they_are_half() -> None:
    for flags, counted in (
        ([0, 1] * 6, 6),
        ([0, 1, 1] * 4, 12),
        ([math.nan] * 6 + [1] * 2, 6),
        ([0] * 5 + [1] * 2, 7),  # five would have no interval, seven have one
        ([0] * 3 + [1] * 2, 3),
        ([], 0),
    ):
        assert undisturbed(np.array(flags, dtype=np.float64)).sum() == counted


def test_the_mean_of_baseline_and_control_halves_the_noise_where_bound() -> None:
    noise = np.random.default_rng(1).normal(0, 0.05, (3, 40))
    rounds = Rounds(noise[0] + 0.1, noise[1], noise[2], np.zeros(40))
    d = noise[0] + 0.1 - (noise[1] + noise[2]) / 2
    assert compare(rounds, bound=True) == estimates(d[None], bound=True)[0]
    plain = noise[0] + 0.1 - noise[1]
    assert compare(rounds, bound=False) == estimates(plain[None], bound=False)[0]
    without = rounds._replace(control=None)
    assert compare(without, bound=True) == estimates(plain[None], bound=True)[0]


def test_the_baselines_own_rates_decide_whether_it_is_averaged() -> None:
    steady = np.random.default_rng(2).normal(0, 0.03, (2, 30))
    torn = steady - np.array([[0.0, 0.7] * 15, [0.7, 0.0] * 15])
    assert two_modes(torn.ravel().tolist()) is not None
    wild = np.random.default_rng(3).normal(0, 5, 30)
    calm = np.zeros(30)
    assert averages(Rounds(wild, steady[0], steady[1], calm), bound=True)
    assert not averages(Rounds(wild, torn[0], torn[1], calm), bound=True)
    early = np.where(np.arange(30) < 8, wild, np.nan)  # 16 trials: too few to tell modes
    assert averages(Rounds(early, torn[0], torn[1], calm), bound=True)
    # Two modes that others made are in rounds that do not count.
    hand = np.arange(30) % 3 == 2
    level = steady - 0.7 * hand
    assert not averages(Rounds(wild, level[0], level[1], calm), bound=True)
    assert averages(Rounds(wild, level[0], level[1], hand.astype(np.float64)), bound=True)


def test_a_round_that_lost_the_control_is_not_counted_where_it_is_averaged() -> None:
    a, baseline, control = np.random.default_rng(4).normal(0, 0.05, (3, 20))
    control[3] = np.nan
    rounds = Rounds(a, baseline, control, np.zeros(20))
    assert compare(rounds, bound=True).ranks.n == 19
    assert compare(rounds, bound=False).ranks.n == 20


def test_a_control_that_was_never_ok_is_as_none() -> None:
    a, baseline = np.random.default_rng(5).normal(0, 0.05, (2, 20))
    without = Rounds(a, baseline, None, np.zeros(20))
    lost = without._replace(control=[None] * 20)
    assert compare(lost, bound=True) == compare(without, bound=True)
