"""Ratios inside rounds, pooled, with verdicts: against literal values and against intervals."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.analysis import analyse, head_to_heads_of
from runner.analysis.head_to_heads import COLUMNS, words
from runner.findings import HEAD_TO_HEAD
from runner.intervals import (
    Interval,
    benjamini_hochberg,
    median_interval,
    pool,
    robust_spread,
    sign_test,
    verdict,
    win_share,
)
from tests.statistics.simulator import NOISY, QUIET, Arm, block, exact, loaded

THREE = [Arm("pipe"), Arm("pipe", twin=True), Arm("queue", -0.2), Arm("simple_queue", -0.1)]


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def fair(frame: pd.DataFrame, a: str, b: str, twin: bool = False) -> Any:
    own = frame[(frame["clock"] == "fair") & (frame["a"] == a) & (frame["b"] == b)]
    (row,) = own[own["twin"] == twin].itertuples(index=False)
    return row


def log_ratios(trials: pd.DataFrame, a: str, b: str) -> list[float]:
    own = trials[trials["twin"] == 0].assign(log=np.log(trials["messages"] / trials["seconds"]))
    wide = own.pivot_table(index=["sitting", "round"], columns="transport", values="log")
    return [float(value) for value in wide[a] - wide[b]]


def test_the_frame_has_the_columns_of_the_contract() -> None:
    found = head_to_heads_of(loaded(block(rng(), THREE, 20)))
    assert tuple(found.columns) == COLUMNS
    assert set(HEAD_TO_HEAD) < set(COLUMNS)
    assert len(found) == 1 + 2 + 1 + 3 * 3


def test_every_figure_of_a_pair_is_that_of_intervals() -> None:
    trials = block(rng(), THREE, 31)
    found = fair(head_to_heads_of(loaded(trials)), "queue", "pipe")
    values = log_ratios(trials, "queue", "pipe")
    assert (found.ratio, found.low, found.high) == pytest.approx(median_interval(values).exp())
    assert found.spread == pytest.approx(robust_spread(values))
    assert found.p == pytest.approx(sign_test(values))
    assert found.win == pytest.approx(win_share(values))
    assert (found.rounds, found.sittings) == (31, 1)
    assert math.isnan(found.tau)
    assert math.isnan(found.next_low)


def test_reference_is_the_arm_with_the_twin() -> None:
    arms = [Arm("aaa", 0.1), Arm("zzz"), Arm("zzz", twin=True)]
    found = head_to_heads_of(loaded(block(rng(), arms, 20)))
    assert set(found.loc[found["to_reference"], "b"]) == {"zzz"}
    assert found.loc[found["twin"], ["a", "b"]].drop_duplicates().to_numpy().tolist() == [
        ["zzz", "zzz"]
    ]


def test_without_a_twin_the_reference_is_the_one_that_the_run_names() -> None:
    trials = block(rng(), [Arm("aaa"), Arm("bbb")], 20)
    named = head_to_heads_of(loaded(trials, compare={"reference": {"transport": "bbb"}}))
    assert set(named["b"]) == {"bbb"}
    assert set(head_to_heads_of(loaded(trials))["b"]) == {"aaa"}


def test_pairs_of_others_are_compared_too_by_the_fair_clock_alone() -> None:
    found = head_to_heads_of(loaded(block(rng(), THREE, 20)))
    others = found[~found["to_reference"]]
    assert others[["a", "b", "clock"]].to_numpy().tolist() == [["queue", "simple_queue", "fair"]]


def test_the_compared_axis_is_empty_and_its_values_stand_in_a_and_b() -> None:
    arms = [Arm("3.9"), Arm("3.10", 0.2)]
    found = head_to_heads_of(loaded(block(rng(), arms, 20, family="python")))
    assert set(found["python"]) == {""}
    assert set(found["transport"]) == {"pipe"}
    assert set(found["family"]) == {"python"}
    assert set(found["a"]) | set(found["b"]) == {"3.9", "3.10"}


def test_each_clock_reads_its_own_column() -> None:
    trials = exact({"pipe": [0.0] * 8, "queue": [0.0] * 8})
    queue = trials["transport"] == "queue"
    trials.loc[queue, "producer_seconds"] /= 4
    trials.loc[queue, "joined_seconds"] *= 2
    trials.loc[queue, "cpu_seconds"] *= 3
    found = head_to_heads_of(loaded(trials)).set_index("clock")["ratio"]
    expected = {"fair": 1.0, "producer": 4.0, "joined": 0.5, "cpu": 1 / 3}
    assert found.to_dict() == pytest.approx(expected)


# what is left out


def test_incomplete_rounds_and_other_phases_are_left_out() -> None:
    trials = block(rng(), THREE, 20)
    whole = head_to_heads_of(loaded(trials))
    torn = block(rng(2), THREE, 21).query("round == 21").iloc[:2]
    warm = block(rng(3), THREE, 20, phase="warmup")
    pd.testing.assert_frame_equal(head_to_heads_of(loaded(trials, torn, warm)), whole)


def test_a_failed_trial_leaves_its_round_to_the_others() -> None:
    nothing = float("nan")
    trials = exact({"pipe": [0.0] * 9, "queue": [0.1] * 8 + [nothing], "rope": [0.2] * 9})
    found = head_to_heads_of(loaded(trials))
    assert fair(found, "queue", "pipe").rounds == 8
    assert fair(found, "rope", "pipe").rounds == 9
    assert "missing" in fair(found, "queue", "pipe").flags.split(";")


def test_an_arm_that_never_succeeds_has_no_ratio_and_no_verdict() -> None:
    trials = exact({"pipe": [0.0] * 8, "queue": [float("nan")] * 8})
    found = fair(head_to_heads_of(loaded(trials)), "queue", "pipe")
    assert math.isnan(found.ratio)
    assert (found.rounds, found.sittings, found.verdict) == (0, 0, "inconclusive")


def test_machines_are_never_mixed() -> None:
    one = exact({"pipe": [0.0] * 8, "queue": [0.1] * 8}, machine="m1")
    two = exact({"pipe": [1.0] * 8, "queue": [0.8] * 8}, machine="m2")
    found = head_to_heads_of(loaded(one, two))
    ratios = found[found["clock"] == "fair"].set_index("machine")["ratio"]
    assert ratios.to_dict() == pytest.approx({"m1": math.exp(0.1), "m2": math.exp(-0.2)})


def test_levels_of_sittings_never_enter_a_ratio() -> None:
    one = exact({"pipe": [0.0] * 8, "queue": [0.1] * 8}, sitting=1)
    two = exact({"pipe": [3.0] * 8, "queue": [3.1] * 8}, sitting=2)
    found = fair(head_to_heads_of(loaded(one, two)), "queue", "pipe")
    assert found.ratio == pytest.approx(math.exp(0.1))
    assert (found.rounds, found.sittings) == (16, 2)


def test_five_rounds_have_no_interval() -> None:
    trials = exact({"pipe": [0.0] * 5, "queue": [1.0] * 5})
    found = fair(head_to_heads_of(loaded(trials)), "queue", "pipe")
    assert (found.low, found.high, found.verdict) == (0.0, math.inf, "inconclusive")
    assert math.isnan(found.rounds_needed)


# pooling and verdicts


def test_sittings_are_pooled_as_intervals_pools_them() -> None:
    frames = [block(rng(seed), THREE, 25 + seed, sitting=seed) for seed in (1, 2, 3, 4)]
    found = fair(head_to_heads_of(loaded(*frames)), "queue", "pipe")
    expected = pool([median_interval(log_ratios(frame, "queue", "pipe")) for frame in frames])
    assert (found.ratio, found.low, found.high) == pytest.approx(expected.interval.exp())
    assert found.tau == pytest.approx(expected.tau)
    assert found.i2 == pytest.approx(expected.i2)
    assert expected.forecast is not None
    foretold = (expected.forecast.estimate, found.next_low, found.next_high)
    assert (math.exp(foretold[0]), *foretold[1:]) == pytest.approx(expected.forecast.exp())


def test_a_sitting_too_short_for_bounds_counts_its_rounds_alone() -> None:
    long = block(rng(1), THREE, 25, sitting=1)
    short = block(rng(2), THREE, 4, sitting=2)
    found = fair(head_to_heads_of(loaded(long, short)), "queue", "pipe")
    alone = fair(head_to_heads_of(loaded(long)), "queue", "pipe")
    assert (found.ratio, found.low, found.high) == (alone.ratio, alone.low, alone.high)
    assert found.rounds == 29


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10**6),
    st.lists(st.integers(2, 40), min_size=1, max_size=4),
    st.sampled_from([NOISY, QUIET]),
)
def test_pooled_figures_are_those_of_intervals(seed: int, sizes: list[int], noise: Any) -> None:
    draw = rng(seed)
    frames = [block(draw, THREE, size, noise, sitting=i + 1) for i, size in enumerate(sizes)]
    found = head_to_heads_of(loaded(*frames))
    for a, b in (("queue", "pipe"), ("simple_queue", "pipe"), ("queue", "simple_queue")):
        row = fair(found, a, b)
        values = [log_ratios(frame, a, b) for frame in frames]
        expected = pool([median_interval(one) for one in values]).interval.exp()
        assert (row.ratio, row.low, row.high) == pytest.approx(expected, rel=1e-9)
        together = [value for one in values for value in one]
        assert row.p == pytest.approx(sign_test(together))
        assert row.win == pytest.approx(win_share(together))


bound = st.floats(-0.3, 0.3)


@given(st.lists(st.tuples(bound, bound, bound, bound, st.floats(0, 0.1)), min_size=1, max_size=20))
def test_verdicts_of_frames_are_those_of_intervals(
    rows: list[tuple[float, float, float, float, float]],
) -> None:
    ordered = [(*sorted(row[:4]), row[4]) for row in rows]
    table = pd.DataFrame(ordered, columns=["low", "low90", "high90", "high", "q"])
    expected = [
        verdict(Interval(0.0, low, high).exp(), Interval(0.0, low90, high90).exp(), q, 0.03)
        for low, low90, high90, high, q in ordered
    ]
    assert words(table, 0.03, "").tolist() == expected


def test_correction_runs_over_each_clock_without_twins() -> None:
    frames = [block(rng(seed), THREE, 20, python=f"3.{seed}") for seed in range(6, 12)]
    found = head_to_heads_of(loaded(*frames))
    for clock in ("fair", "cpu"):
        own = found[(found["clock"] == clock) & ~found["twin"]]
        assert own["q"].tolist() == pytest.approx(benjamini_hochberg(own["p"].tolist()))
    twins = found[found["twin"]]
    assert twins["q"].tolist() == twins["p"].tolist()


def test_margin_comes_from_the_run_and_can_be_given() -> None:
    trials = block(rng(), [Arm("pipe"), Arm("queue", -0.08)], 60, QUIET)
    data = loaded(trials, compare={"margin": 0.2})
    assert fair(head_to_heads_of(data), "queue", "pipe").verdict == "same"
    assert fair(head_to_heads_of(data, 0.03), "queue", "pipe").verdict == "slower"
    assert analyse(data).margin == 0.2
    assert analyse(loaded(trials)).margin == 0.03


def test_rounds_needed_are_told_where_inconclusive() -> None:
    trials = block(rng(), [Arm("pipe"), Arm("queue", -0.01)], 20, NOISY)
    found = fair(head_to_heads_of(loaded(trials)), "queue", "pipe")
    half = (math.log(found.high) - math.log(found.low)) / 2
    assert found.verdict == "inconclusive"
    assert found.rounds_needed == math.ceil(20 * (half / math.log(1.03)) ** 2)


def test_selected_claims_get_the_wider_interval() -> None:
    found = head_to_heads_of(loaded(block(rng(), THREE, 60, QUIET)))
    row = fair(found, "queue", "pipe")
    assert row.verdict == "slower"
    assert row.fcr_low < row.ratio < row.fcr_high
    twin = fair(found, "pipe", "pipe", twin=True)
    assert math.isnan(twin.fcr_low)


# twins


def shifted(twin: float) -> pd.DataFrame:
    wobble = [0.001 * (i % 5) for i in range(20)]
    arms = {"pipe": [0.0] * 20, "queue": [value - 0.5 for value in wobble]}
    return exact(arms, twin=[value + twin for value in wobble])


def test_a_twin_apart_by_more_than_the_margin_takes_the_verdicts_away() -> None:
    found = head_to_heads_of(loaded(shifted(0.05)))
    assert set(found["verdict"]) == {"invalid"}
    assert all("suspect" in flags.split(";") for flags in found["flags"])


def test_a_twin_apart_by_less_makes_the_block_suspect_alone() -> None:
    found = head_to_heads_of(loaded(shifted(0.01)))
    assert fair(found, "queue", "pipe").verdict == "slower"
    assert "suspect" in fair(found, "queue", "pipe").flags.split(";")


def test_a_twin_apart_in_one_block_leaves_the_others_alone() -> None:
    found = head_to_heads_of(loaded(shifted(0.05), block(rng(), THREE, 30, QUIET, python="3.9")))
    assert set(found.loc[found["python"] == "3.11", "verdict"]) == {"invalid"}
    assert "invalid" not in set(found.loc[found["python"] == "3.9", "verdict"])


# the same trials, the same frames


def test_the_order_of_rows_does_not_matter() -> None:
    frames = [block(rng(seed), THREE, 22, python=f"3.{seed}") for seed in (9, 10)]
    data = loaded(*frames)
    shuffled = loaded(*frames)
    mixed = data.trials.sample(frac=1, random_state=1).reset_index(drop=True)
    again = type(data)(mixed, shuffled.cells, data.runs)
    pd.testing.assert_frame_equal(head_to_heads_of(again), head_to_heads_of(data))


def test_the_same_trials_give_identical_bytes() -> None:
    def made() -> list[str]:
        found = analyse(loaded(block(rng(), THREE, 22), block(rng(2), THREE, 9, sitting=2)))
        frames = (found.cells, found.head_to_heads, found.winners, found.noise, found.drift)
        return [frame.to_csv(index=False) for frame in frames]

    assert made() == made()


def test_nothing_measured_gives_empty_frames() -> None:
    empty = loaded(block(rng(), THREE, 20, phase="calibration"))
    found = analyse(empty)
    assert found.head_to_heads.empty
    assert tuple(found.head_to_heads.columns) == COLUMNS
    assert found.winners.empty
    assert found.crossovers.empty
    assert found.noise.empty
    assert found.drift.empty
    assert found.statuses == {"planned": 3}
