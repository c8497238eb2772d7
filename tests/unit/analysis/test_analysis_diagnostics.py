"""Flags: each is raised by what it names, and by noise alone hardly ever."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from three_arms import ratios_of

from runner.statistics import robust_spread
from runner.statistics.arrays import Floats
from runner.statistics.estimating import estimates
from runner.statistics.series import RoundConditions, Summary, summaries
from tests.statistics.simulator import QUIET, Arm, block, exact, loaded

ROUNDS = 60


def noise(sd: float = 0.02, seed: int = 1, rounds: int = ROUNDS) -> npt.NDArray[np.float64]:
    return np.random.default_rng(seed).normal(0, sd, rounds)


def flags_of(trials: pd.DataFrame) -> set[str]:
    (found,) = end_to_end_of(trials)
    return set(filter(None, found["flags"].split(";")))


def end_to_end_of(*trials: pd.DataFrame) -> list[dict[str, Any]]:
    found = ratios_of(loaded(*trials))
    frame = found[(found["clock"] == "end_to_end") & ~found["control"]]
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def pair(d: npt.NDArray[np.float64]) -> pd.DataFrame:
    return exact({"pipe": [0.0] * len(d), "queue": d.tolist()})


def test_plain_noise_raises_nothing() -> None:
    assert flags_of(pair(noise())) == set()


@pytest.mark.parametrize(("sd", "raised"), [(0.14, False), (0.16, True)])
def test_noisy_above_015(sd: float, raised: bool) -> None:
    d = noise()
    spread = 1.4826 * float(np.median(np.abs(d - np.median(d))))
    assert ("noisy" in flags_of(pair(d * sd / spread))) is raised


def test_one_round_beyond_ten_spreads_is_an_outlier() -> None:
    d = noise()
    d[7] = 0.5
    assert "outliers" in flags_of(pair(d))


def test_a_share_beyond_four_spreads_is_outliers() -> None:
    d = noise()
    d[:4] += 0.15
    assert "outliers" in flags_of(pair(d))


def test_fragile_where_the_verdict_lives_on_outliers() -> None:
    usual = np.concatenate([np.linspace(-0.05, -0.001, 8), np.linspace(0.005, 0.06, 12)])
    found = flags_of(pair(np.concatenate([usual, np.full(3, 1.0)])))
    assert {"outliers", "fragile"} <= found
    assert "fragile" not in flags_of(pair(usual))


def test_a_ratio_with_two_modes() -> None:
    d = noise()
    d[::3] += 0.4
    assert "bimodal ratio" in flags_of(pair(d))


def test_drift_over_the_session() -> None:
    assert "drift" in flags_of(pair(noise() + np.linspace(0, 0.1, ROUNDS)))


def test_a_trend_too_small_to_matter_is_not_drift() -> None:
    assert "drift" not in flags_of(pair(noise(0.002) + np.linspace(0, 0.02, ROUNDS)))


def test_load_dependent_where_the_ratio_follows_the_cpu_of_others() -> None:
    load = np.tile([0.0, 0.5, 1.0], ROUNDS // 3)
    trials = pair(noise() + 0.1 * load)
    trials["foreign_cpu"] = np.repeat(load, 2)
    assert "load-dependent" in flags_of(trials)


def test_the_levels_by_load_are_those_of_all_sessions() -> None:
    load = np.tile([0.0, 0.5, 1.0], ROUNDS // 3)
    sessions = []
    for session, slope in ((1, 0.3), (2, 0.0), (3, 0.0)):
        trials = pair(0.01 * noise() + slope * load)
        trials["foreign_cpu"], trials["session"] = np.repeat(load, 2), session
        sessions.append(trials)
    (found,) = end_to_end_of(*sessions)
    assert "load-dependent" in found["flags"]
    levels = [math.log(found[name]) for name in ("load_calm", "load_between", "load_busy")]
    assert levels == pytest.approx([0.0, 0.0, 0.0], abs=0.02)
    (alone,) = end_to_end_of(sessions[0])
    levels = [math.log(alone[name]) for name in ("load_calm", "load_between", "load_busy")]
    assert levels == pytest.approx([0.0, 0.15, 0.3], abs=0.02)
    (flat,) = end_to_end_of(sessions[1])
    assert math.isnan(flat["load_calm"])


def test_a_load_that_is_always_the_same_explains_nothing() -> None:
    trials = pair(noise())
    trials["foreign_cpu"] = 0.0
    assert "load-dependent" not in flags_of(trials)
    trials["foreign_cpu"] = math.nan
    assert "load-dependent" not in flags_of(trials)


def test_order_effect_where_running_first_helps() -> None:
    ahead = np.arange(ROUNDS) % 2 == 0
    assert "order effect" in flags_of(pair(noise() + np.where(ahead, 0.03, -0.03)))


@pytest.mark.parametrize(("share", "raised"), [(0.25, False), (0.40, True)])
def test_contaminated_where_many_rounds_begin_under_load(share: float, raised: bool) -> None:
    trials = pair(noise())
    load = np.where(np.arange(ROUNDS) < share * ROUNDS, 0.3, 0.1)
    trials["foreign_cpu"] = np.repeat(load, 2)
    assert ("contaminated" in flags_of(trials)) is raised


def test_estimators_differ_on_a_skewed_series() -> None:
    d = np.concatenate([np.linspace(0, 0.001, 35), np.linspace(0.01, 0.5, 30)])
    assert "estimators differ" in flags_of(pair(d))


def test_mixed_modes_where_the_arms_ran_on_other_numbers_of_cores() -> None:
    trials = pair(noise())
    at = (trials["transport"] == "queue") & (trials["round"] <= 7)
    trials.loc[at, "cpu_seconds"] = trials.loc[at, "seconds"] * 1.0
    found = ratios_of(loaded(trials))
    assert set(found["modes"]) == {"mixed"}
    assert "mixed modes" in flags_of(trials)
    trials.loc[at & (trials["round"] > 5), "cpu_seconds"] = trials["seconds"] * 1.7
    assert set(ratios_of(loaded(trials))["modes"]) == {"partly mixed"}
    assert "mixed modes" not in flags_of(trials)
    trials.loc[at, "cpu_seconds"] = trials["seconds"] * 1.7
    assert set(ratios_of(loaded(trials))["modes"]) == {"same"}


def test_cores_between_one_and_two_are_no_other_mode() -> None:
    trials = pair(noise())
    at = trials["transport"] == "queue"
    trials.loc[at, "cpu_seconds"] = trials.loc[at, "seconds"] * 1.3
    assert set(ratios_of(loaded(trials))["modes"]) == {"same"}


def test_too_few_rounds_raise_no_flag_of_trend() -> None:
    d = noise(rounds=10) + np.linspace(0, 0.5, 10)
    assert flags_of(pair(d)) <= {"noisy"}


def test_noise_raises_flags_by_chance_at_about_one_percent() -> None:
    draw = np.random.default_rng(3)
    arms = [Arm("pipe"), Arm("queue"), Arm("simple_queue"), Arm("joinable_queue")]
    frames = [block(draw, arms, 40, QUIET, python=f"3.{i}") for i in range(60)]
    for frame in frames:
        load = draw.uniform(0, 0.2, 40)
        frame["foreign_cpu"] = load[frame["round"] - 1]
    found = ratios_of(loaded(*frames))
    flags = found.loc[found["clock"] == "end_to_end", "flags"].str.split(";")
    for name in ("drift", "load-dependent", "order effect", "bimodal ratio"):
        assert flags.map(lambda told, name=name: name in told).mean() <= 0.03


# the formulae of many series are those of one


def around(rounds: int, seed: int = 1) -> RoundConditions:
    draw = np.random.default_rng(seed)
    first = draw.random((1, rounds)) < 0.5
    return RoundConditions(first, np.ones_like(first), np.round(draw.random(rounds), 1), 0.05)


def shown(d: Floats, conditions: RoundConditions) -> Summary:
    """Return the summary of a series, which has lost three rounds that others know."""
    lost = np.full(3, np.nan)
    both = conditions._replace(
        first=np.repeat(np.pad(conditions.first, ((0, 0), (3, 0))), 2, axis=0),
        took_part=np.ones((2, len(d) + 3), dtype=np.bool_),
        load=np.append([0.0, 9.0, 9.0], conditions.load),
    )
    others = np.random.default_rng(9).normal(0, 0.05, len(d) + 3)
    rows = np.vstack([np.append(lost, d), others])
    return summaries(rows, FREE, np.zeros(len(d) + 3), both)[0]


FREE = np.zeros(2, dtype=np.bool_)


def heavy(seed: int, rounds: int = 37) -> Floats:
    return np.random.default_rng(seed).standard_t(3, rounds) * 0.05


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=60), st.integers(0, 3), st.booleans())
def test_every_figure_of_a_series_is_its_own_whatever_others_lost(
    values: list[float], lost: int, bound: bool
) -> None:
    rows = np.array([np.append(values, [np.nan] * lost), np.append(values[::-1], [1.0] * lost)])
    found, _ = summaries(rows, np.array([bound, not bound]), np.zeros(rows.shape[1]))
    assert found.found == estimates(np.array([values]), bound)[0]
    assert found.spread == pytest.approx(robust_spread(values))
    assert (found.n, found.wins) == (len(values), sum(value > 0 for value in values))


def test_disturbed_rounds_do_not_count_and_are_given_with_the_others() -> None:
    d = np.concatenate([noise(rounds=20), 0.5 + noise(rounds=8, seed=2)])[None]
    disturbed = np.repeat([0.0, 1.0], [20, 8])
    (found,) = summaries(d, FREE[:1], disturbed)
    assert (found.n, found.disturbed.ranks.n) == (20, 8)
    assert found.found == estimates(d[:, :20], bound=False)[0]
    assert found.disturbed == estimates(d[:, 20:], bound=False)[0]
    few = np.repeat([0.0, 1.0, math.nan], [18, 5, 5])
    (found,) = summaries(d, FREE[:1], few)
    assert (found.n, found.disturbed.ranks.n) == (23, 0)


@pytest.mark.parametrize(
    ("calm", "rounds", "counted"), [(10, 20, 10), (9, 20, 20), (5, 8, 8), (6, 12, 6), (3, 5, 3)]
)
def test_where_undisturbed_rounds_are_too_few_all_count_and_it_is_said(
    calm: int, rounds: int, counted: int
) -> None:
    d, first = noise(rounds=rounds)[None], np.ones((1, rounds), dtype=np.bool_)
    disturbed = np.repeat([0.0, 1.0], [calm, rounds - calm])
    conditions = RoundConditions(first, first, np.zeros(rounds), 0.05)
    (found,) = summaries(d, FREE[:1], disturbed, conditions)
    assert found.n == counted
    assert ("loaded" in found.diagnostics) is (counted == rounds)


@pytest.mark.parametrize("seed", range(40))
def test_order_effect_is_asked_as_mann_whitney(seed: int) -> None:
    conditions = around(37, seed)
    d = heavy(seed) + np.where(conditions.first[0], 0.02, -0.02)
    ahead, behind = d[conditions.first[0]], d[~conditions.first[0]]
    expected = scipy.stats.mannwhitneyu(ahead, behind, method="asymptotic").pvalue < 0.01
    assert ("order effect" in shown(d, conditions).diagnostics) is bool(expected)


@pytest.mark.parametrize("seed", range(40))
def test_load_dependence_is_asked_as_spearman_does(seed: int) -> None:
    conditions = around(37, seed)
    d = heavy(seed) + 0.06 * conditions.load
    # So precise an aim is never asked for: the terciles decide nothing.
    found = shown(d, conditions._replace(precision=9.0))
    expected = scipy.stats.spearmanr(conditions.load, d).pvalue < 0.01
    assert ("load-dependent" in found.diagnostics) is bool(expected)


@pytest.mark.parametrize("seed", range(40))
def test_drift_is_asked_as_spearman_does(seed: int) -> None:
    d = heavy(seed) + np.linspace(0, 0.08, 37)
    found = shown(d, around(37)._replace(precision=1e-9))
    expected = scipy.stats.spearmanr(np.arange(37), d).pvalue < 0.01
    assert ("drift" in found.diagnostics) is bool(expected)


def test_levels_by_load_are_the_medians_of_the_terciles() -> None:
    d = np.array([0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.9, 1.0, 1.1])
    load = np.array([0.0, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
    assert shown(d, around(9)._replace(load=load)).levels == (0.2, 0.6, 1.0)
    idle = np.array([0.0] * 6 + [0.5] * 3)
    calm, between, busy = shown(d, around(9)._replace(load=idle)).levels or (9.0, 9.0, 9.0)
    assert [calm, busy] == pytest.approx([0.4, 1.0])
    assert np.isnan(between)


def test_no_round_is_both_calm_and_busy() -> None:
    d = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 5.0])
    found = shown(d, around(12)._replace(load=np.array([0.0] * 11 + [0.5])))
    assert found.levels is not None
    assert [found.levels.calm, found.levels.busy] == pytest.approx([0.6, 5.0])
    assert "load-dependent" not in found.diagnostics
    quiet = shown(d, around(12)._replace(load=np.zeros(12)))
    assert quiet.levels is not None
    assert math.isnan(quiet.levels.busy)


@pytest.mark.parametrize("seed", range(40))
def test_estimators_differ_where_the_median_is_half_an_interval_away(seed: int) -> None:
    d = heavy(seed)
    d[d > 0] *= 1 + seed / 4
    wide = estimates(d[None], bound=False)[0].wide
    expected = abs(float(np.median(d)) - wide.estimate) > wide.half_width / 2
    assert ("estimators differ" in shown(d, around(37)).diagnostics) is expected


def test_an_arm_that_left_early_has_lost_no_rounds() -> None:
    d = np.concatenate([noise(rounds=14), np.full(26, np.nan)])[None]
    first = np.ones((1, 40), dtype=np.bool_)
    left = RoundConditions(first, (np.arange(40) < 14)[None], np.zeros(40), 0.05)
    lost = left._replace(took_part=first)
    assert "missing" not in summaries(d, FREE[:1], np.zeros(40), left)[0].diagnostics
    assert "missing" in summaries(d, FREE[:1], np.zeros(40), lost)[0].diagnostics
