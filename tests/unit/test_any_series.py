"""Whatever series comes in: plain sequences, None and NaN, short, constant and tied ones."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import statistics
from runner.statistics import Interval, RankSum
from runner.statistics.disturbance import contaminated, marks_of
from runner.statistics.estimating import Rounds, averages, compare, estimates, undisturbed
from runner.statistics.modes import CellTrials, by_mode, dip, effective, shift, split
from runner.statistics.series import RoundConditions, modes_of, summaries

NUMBER = st.floats(-20, 20).map(lambda one: round(one, 3))
VALUE = st.one_of(NUMBER, st.none(), st.just(math.nan))
RATE = st.one_of(VALUE, st.sampled_from([math.inf, -math.inf]))
"""ln of what a trial moved in a second, were it nothing, or in no time."""
FLAG = st.sampled_from([0.0, 1.0, None, math.nan])
SERIES = st.one_of(
    st.lists(RATE, max_size=40),
    st.lists(st.sampled_from([0.0, 0.1]), max_size=60),
    st.builds(lambda one, n: [one] * n, NUMBER, st.integers(0, 40)),
)
ROUNDS = st.lists(st.tuples(RATE, RATE, RATE, FLAG), max_size=40)


def sound(found: Interval) -> bool:
    """Return whether estimate and bounds are in order, or nothing is known."""
    if math.isnan(found.estimate):
        return found.half_width == math.inf
    return found.low <= found.estimate + 1e-9 and found.estimate <= found.high + 1e-9


@given(ROUNDS, st.booleans(), st.booleans())
def test_a_comparison_leaves_out_what_is_not_known(
    rows: list[tuple[Any, ...]], bound: bool, with_control: bool
) -> None:
    a, baseline, control, disturbed = ([row[place] for row in rows] for place in range(4))
    rounds = Rounds(a, baseline, control if with_control else None, disturbed)
    found = compare(rounds, bound)
    assert sound(found.wide)
    assert sound(found.narrow)
    assert found.narrow.half_width <= found.wide.half_width
    assert 0 <= found.ranks.n <= len(rows)
    assert (statistics.signed_rank_p([found.ranks]) <= 0.05) == found.wide.excludes(0)
    whole = [np.array(one, dtype=np.float64) for one in (a, baseline, control, disturbed)]
    arrays = Rounds(whole[0], whole[1], whole[2] if with_control else None, whole[3])
    assert repr(compare(arrays, bound)) == repr(found)
    assert averages(arrays, bound) == averages(rounds, bound)


@given(SERIES, SERIES)
def test_series_alone_and_two(first: list[float | None], second: list[float | None]) -> None:
    known = [one for one in first if one is not None and math.isfinite(one)]
    found = statistics.median_interval(first)
    assert sound(found)
    assert found == pytest.approx(statistics.median_interval(known), nan_ok=True)
    spread = statistics.robust_spread(first)
    assert math.isnan(spread) if not known else spread >= 0
    assert 0 <= statistics.mann_whitney(first, second) <= 1
    assert sound(shift(first, second))
    assert statistics.two_modes(first) == statistics.two_modes(known)
    cut = split(first)
    assert cut is None or cut.share.low < cut.share.estimate < cut.share.high
    trials = [CellTrials(first, first)]
    assert by_mode(trials, trials, None, None) is None


ORDERLESS: tuple[Callable[[Any], object], ...] = (
    statistics.median_interval,
    statistics.robust_spread,
    statistics.two_modes,
    modes_of,
    dip,
)
KINDS: dict[str, Callable[[list[Any]], Any]] = {
    "a tuple": tuple,
    "floats": lambda series: np.array(series, dtype=np.float64),
    "objects": lambda series: np.array(series, dtype=object),
}
ASKED: tuple[Callable[[Any], object], ...] = (
    *ORDERLESS,
    split,
    effective,
    lambda series: shift(series, series),
    lambda series: statistics.mann_whitney(series, series),
    lambda series: compare(Rounds(series, series, None, series), bound=False),
    lambda series: summaries([series], [True], series),
)


@pytest.mark.parametrize("kind", KINDS)
@given(series=SERIES)
def test_every_kind_of_sequence_says_the_same(kind: str, series: list[float | None]) -> None:
    for ask in ASKED:
        assert repr(ask(KINDS[kind](series))) == repr(ask(series))


@given(SERIES, st.randoms())
def test_only_what_looks_for_trends_depends_on_the_order(
    series: list[float | None], chance: Any
) -> None:
    shuffled = chance.sample(series, len(series))
    for ask in ORDERLESS:
        assert [ask(shuffled)] == [ask(series)]  # NaN is itself there


def test_whole_numbers_beyond_those_that_are_exact() -> None:
    large = [2**60 + 1] * 190 + [2**61] * 10
    for bound in (True, False):
        (found,) = estimates([large], bound)
        assert found.wide == found.narrow == (2.0**60, 2.0**60, 2.0**60)
        assert compare(Rounds(large, [0] * 200, None, [False] * 200), bound) == found
    assert statistics.median_interval(large).estimate == 2.0**60
    assert abs(shift(large, large).estimate) <= math.ulp(2.0**60)
    assert split(large) is None


def test_counts_may_be_integers_of_numpy() -> None:
    n: Any = np.int64(207)
    k = statistics.cut_each_side(n)
    assert statistics.binomial_tail(k - 1, n) <= 0.025 < statistics.binomial_tail(k, n)
    assert statistics.binomial_tail(n // 2, n) == pytest.approx(0.5)
    ranks = (207, 104, 5000, 10816)
    counted: Any = np.array(ranks)
    assert statistics.signed_rank_p([RankSum(*counted)]) == statistics.signed_rank_p(
        [RankSum(*ranks)]
    )


def test_rows_of_plain_lists_have_summaries_with_their_signs() -> None:
    rows: Any = [[0.1, None, 0.3, 0.2] * 6, [0.0, 0.1, math.inf, 0.1] * 6]
    first: Any = [[True, False] * 12] * 2
    both: Any = [[True] * 24] * 2
    load: Any = [0.1, None] * 12
    disturbed = [0, None, True, 0] * 6
    listed = summaries(rows, [True, False], disturbed, RoundConditions(first, both, load, 0.05))
    arrays = summaries(
        np.array(rows, dtype=np.float64),
        np.array([True, False]),
        np.array(disturbed, dtype=np.float64),
        RoundConditions(np.array(first), np.array(both), np.array(load, dtype=np.float64), 0.05),
    )
    assert repr(listed) == repr(arrays)
    assert [one.n for one in listed] == [12, 18]
    assert summaries([], [], []) == []


def test_counters_that_a_recording_lacks_are_not_known() -> None:
    others = {"foreign_cpu": [0.1, None, 0.6, math.nan]}
    marks = marks_of(others, [False, False, False, True], gate_load=0.25)
    assert repr(contaminated(marks).tolist()) == "[0.0, nan, 1.0, 1.0]"
    assert np.isnan(marks_of({}, [0, 0], 0.25)["steal"]).all()
    assert contaminated(marks_of({}, [], 0.25)).tolist() == []


@given(st.lists(st.tuples(NUMBER, st.floats(0, 3)), max_size=6))
def test_any_sessions_are_pooled(sessions: list[tuple[float, float]]) -> None:
    given_ = [Interval(one, one - half, one + half) for one, half in sessions]
    for extra in ([], [statistics.UNKNOWN], [Interval(0.5, -math.inf, math.inf)]):
        assert sound(statistics.pool([*given_, *extra]).interval)
        assert sound(statistics.together([*given_, *extra]))


@given(SERIES, SERIES)
def test_summaries_know_every_round_that_both_have(a: list[Any], b: list[Any]) -> None:
    n = min(len(a), len(b))
    values = np.array([a[:n], b[:n]], dtype=np.float64).reshape(2, n)
    for one, row in zip(
        summaries(values, np.array([True, False]), np.zeros(n)), values, strict=True
    ):
        assert one.n == np.isfinite(row).sum()
        assert sound(one.found.wide)


FAULTS: dict[str, tuple[Callable[[], object], str]] = {
    "series of different lengths": (
        lambda: compare(Rounds([0.1, 0.2], [0.1], None, [0, 0]), bound=True),
        "one value for each",
    ),
    "a control of another length": (
        lambda: compare(Rounds([0.1], [0.1], [0.1, 0.2], [0]), bound=True),
        "one value for each",
    ),
    "rows with a hole": (lambda: estimates([[0.1, math.nan]], bound=True), "equally long"),
    "rows of fewer rounds than are disturbed": (
        lambda: summaries([[0.1, 0.2]], [True], [0]),
        "a value for every round",
    ),
    "fewer series than are bound": (lambda: summaries([[0.1]], [True, False], [0]), "each series"),
    "counters of fewer rounds": (lambda: marks_of({"steal": [0.1]}, [0, 0], 0.25), "one value"),
    "a session that one cell lacks": (
        lambda: by_mode([CellTrials([1.0], [0.1])], [], None, None),
        "the same sessions",
    ),
    "a trial without a rate": (
        lambda: by_mode([CellTrials([1.0], [])], [CellTrials([1.0], [0.1])], None, None),
        "cores and a rate",
    ),
    "one row": (lambda: estimates(np.zeros(3), bound=True), "equally long"),
    "rows of different lengths": (lambda: estimates([[0.1], [0.1, 0.2]], bound=True), "shape"),
    "a p that is none": (lambda: statistics.benjamini_hochberg([0.1, math.nan]), "lies between"),
    "a certain quantile": (lambda: statistics.t_quantile(0.0, 3), "between 0 and 1"),
    "rounds for no spread": (lambda: statistics.rounds_needed(math.nan, 0.05), "finite"),
    "rounds for no width": (lambda: statistics.rounds_needed(0.1, 0.0), "finite"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_cannot_be_meant_is_refused(name: str) -> None:
    ask, said = FAULTS[name]
    with pytest.raises(ValueError, match=said):
        ask()


def test_ratios_beyond_what_a_number_can_hold_are_infinite() -> None:
    far = Interval(800.0, 700.0, 900.0)
    assert far.exp() == Interval(math.inf, math.exp(700), math.inf)
    assert statistics.equal_within(far) is None
    assert statistics.verdict(far, far, 0.01, 0.05) == "faster"
    found = compare(Rounds([800.0] * 12, [0.0] * 12, None, [0.0] * 12), bound=True)
    assert found.wide.exp().low == math.inf


def test_the_ends_of_what_is_possible() -> None:
    exact = Interval(0.0, 0.0, 0.0)
    assert statistics.precise(exact, 0.0)
    assert not statistics.precise(statistics.UNKNOWN, 0.05)
    assert statistics.lacking(Interval(0.0, -0.1, 0.1), 0.0) == math.inf
    assert statistics.rounds_for_verdict(20, Interval(0.0, -0.1, 0.1), 0.0) is None
    assert statistics.signed_rank_p([]) == 1.0
    assert statistics.benjamini_hochberg([]) == []
    assert statistics.mann_whitney([], [1.0]) == 1.0
    assert effective(np.zeros(5)) == 5
    assert (effective([]), dip([]), dip([1.0] * 8)) == (0, 0, 1 / 16)
    assert modes_of([]) is None
    assert undisturbed([]).tolist() == []
    assert undisturbed([1, None, math.nan, 0, 0, 0, 0, 0]).sum() == 7


def test_what_is_gone_through_once_serves_as_well() -> None:
    intervals = [Interval(0.1, 0.0, 0.2), Interval(0.3, 0.1, 0.5)]
    assert statistics.pool(iter(intervals)) == statistics.pool(intervals)
    assert statistics.together(iter(intervals)) == statistics.together(intervals)
    unbounded = [Interval(0.5, -math.inf, math.inf)]
    assert statistics.pool(iter(unbounded)).interval == unbounded[0]
    assert statistics.benjamini_hochberg(iter([0.01, 0.5])) == [0.02, 0.5]
    ranks = [estimates([[0.1] * 12], bound=True)[0].ranks]
    assert statistics.signed_rank_p(iter(ranks)) == statistics.signed_rank_p(ranks)
