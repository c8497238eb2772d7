"""Two modes of a cell and the ratio in each: dip, cut, shift and share by their definitions."""

import math
from itertools import combinations_with_replacement, pairwise
from random import Random

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from runner.statistics.modes import (
    CellTrials,
    Split,
    by_mode,
    critical,
    dip,
    effective,
    pairs_cut,
    share_of,
    shift,
    split,
)
from series_values import normal

DISTINCT = st.lists(st.integers(-(10**6), 10**6), min_size=4, max_size=9, unique=True)
CROWDED, SPREAD = normal(40, 1, 1.35, 0.05), normal(24, 2, 1.95, 0.04)
TWO = [CROWDED.pop() if i % 8 < 5 else SPREAD.pop() for i in range(64)]
"""Cores of 64 trials, now crowded and now spread."""


def excess(values: list[int]) -> float:
    """Return half the excess mass of two intervals over one, by trying all of them: the dip.

    Müller and Sawitzki, J. Am. Stat. Assoc. 86 (1991).
    """
    x, n, most = sorted(values), len(values), 0.0
    spans = [(i, j) for i, j in combinations_with_replacement(range(n), 2)]
    for price in {k / (x[j] - x[i]) for i, j in spans if j > i for k in range(1, n)}:
        worth = {(i, j): j - i + 1 - price * (x[j] - x[i]) for i, j in spans}
        ends = [max(worth[i, k] for i in range(k + 1)) for k in range(n)]
        two = max(ends[k] + max(worth[i, j] for i, j in spans if i > k) for k in range(n - 1))
        most = max(most, two - max(worth.values()))
    return most / (2 * n)


@given(DISTINCT)
def test_the_dip_is_half_the_excess_mass_of_two_intervals(values: list[int]) -> None:
    found = dip(np.sort(np.array(values, dtype=np.float64)))
    assert found == pytest.approx(excess(values), abs=1e-9)


def test_the_dip_of_two_far_groups_is_half_the_smaller() -> None:
    values = np.sort(np.concatenate([np.linspace(0, 1, 30), np.linspace(100, 101, 10)]))
    assert dip(values) == pytest.approx(10 / 40 / 2, rel=0.06)
    assert dip(np.linspace(0, 1, 40)) == pytest.approx(1 / 80)
    assert dip(np.zeros(40)) == pytest.approx(1 / 80)


def test_rounded_values_are_no_modes() -> None:
    ticks = np.sort(np.round(normal(200, 3, 10, 2)))
    assert dip(ticks) < critical(200)
    two = np.sort(np.round(normal(100, 3, 10, 1) + normal(100, 4, 20, 1)))
    assert dip(two) > critical(200)


def test_a_cut_between_two_modes_with_the_share_of_the_time() -> None:
    found = split(TWO)
    assert found is not None
    assert 1.5 < found.cut < 1.8
    assert found.low == pytest.approx(1.35, abs=0.03)
    assert found.high == pytest.approx(1.95, abs=0.03)
    assert found.share.estimate == 40 / 64
    assert found.share.low < 40 / 64 < found.share.high


def test_one_mode_a_rare_second_and_too_few_trials_are_not_cut() -> None:
    assert split(normal(100)) is None
    assert split(list(np.linspace(1, 2, 100))) is None
    assert split(normal(92, 1, 1.3, 0.05) + [2.0] * 8) is None
    assert split(TWO[:11]) is None
    assert split([]) is None
    assert split([1.5] * 50) is None


@pytest.mark.parametrize(("rare", "found"), [(28, False), (32, True)])
def test_a_mode_of_less_than_15_percent_is_not_filled_up_with_others(
    rare: int, found: bool
) -> None:
    values = normal(200 - rare, 1, 1.95, 0.04) + normal(rare, 2, 1.35, 0.04)
    Random(4).shuffle(values)
    cut = split(values)
    assert (cut is not None) is found
    assert cut is None or cut.share.estimate == rare / 200


def test_a_machine_that_changed_once_has_no_two_modes() -> None:
    assert split(sorted(TWO)) is None
    assert split([one + place / 30 for place, one in enumerate(normal(64, 1, 1.3, 0.05))]) is None


def test_what_is_not_known_is_left_out() -> None:
    found = split([None, math.nan, *TWO, None])
    assert found == split(TWO)
    assert shift([None, 1.0, math.nan, 2.0], [0.0, None]).estimate == 1.5


def test_independent_values_are_worth_their_number() -> None:
    assert effective(np.array(normal(400))) > 250
    drift = np.cumsum(normal(400))
    assert effective(drift) < 40
    assert effective(np.ones(30)) == 30


@given(st.integers(1, 200), st.integers(0, 200))
def test_the_interval_of_a_share_is_wilsons(n: int, count: int) -> None:
    count = min(count, n)
    theirs = scipy.stats.binomtest(count, n).proportion_ci(method="wilson")
    found = share_of(count / n, n)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


SAMPLE = st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=12)


@given(SAMPLE, SAMPLE)
def test_the_shift_is_the_median_of_all_differences(a: list[int], b: list[int]) -> None:
    differences = sorted(one - other for one in a for other in b)
    found = shift(a, b)
    assert found.estimate == pytest.approx(np.median(differences), abs=1e-6)
    k = pairs_cut(min(len(a), len(b)), max(len(a), len(b)))
    if k:
        assert found.low == pytest.approx(differences[k - 1], abs=1e-6)
        assert found.high == pytest.approx(differences[-k], abs=1e-6)
    else:
        assert (found.low, found.high) == (-math.inf, math.inf)


@pytest.mark.parametrize(("n", "m"), [(4, 4), (5, 9), (20, 12), (30, 30)])
def test_the_shifts_interval_holds_what_mann_and_whitneys_test_keeps(n: int, m: int) -> None:
    a, b = np.array(normal(n, n, 0.3)), np.array(normal(m, 100 + m))
    found = shift(a, b)
    for bound, inwards in ((found.low, 1), (found.high, -1)):
        kept, lost = (
            scipy.stats.mannwhitneyu(a - (bound + side * 1e-9), b, method="exact").pvalue
            for side in (inwards, -inwards)
        )
        assert kept > 0.05 >= lost


def test_many_trials_have_the_normal_cut() -> None:
    exact, far = pairs_cut(30, 30), pairs_cut(31, 30)
    assert far == pytest.approx(exact * 31 / 30, rel=0.02)
    assert pairs_cut(3, 4) == 0
    assert all(one <= other for one, other in pairwise(pairs_cut(4, m) for m in range(4, 40)))


def cell(cores: list[float], ratio: float = 1.0) -> list[CellTrials]:
    """Return a cell of one session whose rate goes with the cores that it had."""
    noise = normal(len(cores), len(cores), 0.0, 0.03)
    logs = [math.log(ratio * one) + off for one, off in zip(cores, noise, strict=True)]
    return [CellTrials(cores, logs)]


def test_trials_are_compared_with_those_of_the_same_mode() -> None:
    a, b = cell(TWO, 1.3), cell(TWO[::-1])
    cut = split(TWO)
    found = by_mode(a, b, cut, split(TWO[::-1]))
    assert found is not None
    for one, trials in ((found.crowded, 40), (found.spread, 24)):
        assert one.ratio.low < math.log(1.3) < one.ratio.high
        assert one.ratio.half_width < 0.05
        assert (one.trials_a, one.trials_b) == (trials, trials)


def test_a_cell_of_one_mode_is_compared_whole() -> None:
    one_mode = cell([1.5] * 30)
    found = by_mode(cell(TWO), one_mode, split(TWO), None)
    assert found is not None
    assert found.crowded.ratio.exp().estimate == pytest.approx(1.35 / 1.5, abs=0.03)
    assert found.spread.ratio.exp().estimate == pytest.approx(1.95 / 1.5, abs=0.03)
    assert (found.crowded.trials_b, found.spread.trials_b) == (30, 30)


def test_nothing_is_said_where_neither_is_cut_or_a_mode_has_too_few_trials() -> None:
    cut = Split(1.6, 1.3, 1.9, share_of(0.6, 60))
    assert by_mode(cell(TWO), cell(TWO), None, None) is None
    assert by_mode(cell([1.3] * 20 + [1.9] * 3), cell([1.3] * 20 + [1.9] * 3), cut, cut) is None


def test_sessions_are_compared_each_for_itself() -> None:
    """A machine twice as fast in the second session moves no ratio."""
    (first,) = cell(TWO)
    faster = CellTrials(TWO, [one + math.log(2) for one in first.logs if one is not None])
    once = by_mode([first], [first], split(TWO), split(TWO))
    both = by_mode([first, faster], [first, faster], split(TWO), split(TWO))
    assert once is not None
    assert both is not None
    assert both.crowded.ratio.estimate == pytest.approx(once.crowded.ratio.estimate, abs=1e-9)
    assert both.crowded.ratio.half_width < 2 * once.crowded.ratio.half_width
