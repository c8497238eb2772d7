"""Ratios inside rounds: against literal values and against intervals."""

import math

import pandas as pd
import pytest
from three_arms import THREE, fair, free, log_ratios, ratios_of, rng

from runner.analysis import analyse
from runner.statistics import equal_within, robust_spread, signed_rank_p
from tests.statistics.simulator import Arm, block, exact, loaded


def test_a_block_is_compared_by_each_clock() -> None:
    assert len(ratios_of(loaded(block(rng(), THREE, 20)))) == 1 + 2 + 1 + 3 * 3


def test_every_figure_of_a_pair_is_that_of_intervals() -> None:
    trials = block(rng(), THREE, 31)
    found = fair(ratios_of(loaded(trials)), "queue", "pipe")
    values = log_ratios(trials, "queue", "pipe")
    expected = free(values)
    assert (found.ratio, found.low, found.high) == pytest.approx(expected.wide.exp())
    assert found.equal_within == pytest.approx(equal_within(expected.narrow))
    assert found.spread == pytest.approx(robust_spread(values))
    assert found.p == pytest.approx(signed_rank_p([expected.ranks]))
    assert found.win == pytest.approx(sum(value > 0 for value in values) / 31)
    assert (found.rounds, found.sessions) == (31, 1)
    assert math.isnan(found.tau)
    assert math.isnan(found.next_low)


def test_baseline_is_the_arm_with_the_control() -> None:
    arms = [Arm("aaa", 0.1), Arm("zzz"), Arm("zzz", control=True)]
    found = ratios_of(loaded(block(rng(), arms, 20)))
    assert set(found.loc[found["to_baseline"], "b"]) == {"zzz"}
    assert found.loc[found["control"], ["a", "b"]].drop_duplicates().to_numpy().tolist() == [
        ["zzz", "zzz"]
    ]


def test_without_a_control_the_baseline_is_the_one_that_the_run_names() -> None:
    trials = block(rng(), [Arm("aaa"), Arm("bbb")], 20)
    named = ratios_of(loaded(trials, compare={"baseline": {"transport": "bbb"}}))
    assert set(named["b"]) == {"bbb"}
    assert set(ratios_of(loaded(trials))["b"]) == {"aaa"}


def test_pairs_of_others_are_compared_too_by_the_end_to_end_time_only() -> None:
    found = ratios_of(loaded(block(rng(), THREE, 20)))
    others = found[~found["to_baseline"]]
    assert others[["a", "b", "clock"]].to_numpy().tolist() == [
        ["queue", "simple_queue", "end_to_end"]
    ]


def test_the_compared_axis_is_empty_and_its_values_are_in_a_and_b() -> None:
    arms = [Arm("3.9"), Arm("3.10", 0.2)]
    found = ratios_of(loaded(block(rng(), arms, 20, compared_axis="python")))
    assert set(found["python"]) == {""}
    assert set(found["transport"]) == {"pipe"}
    assert set(found["compared_axis"]) == {"python"}
    assert set(found["a"]) | set(found["b"]) == {"3.9", "3.10"}


def test_each_clock_reads_its_own_column() -> None:
    trials = exact({"pipe": [0.0] * 8, "queue": [0.0] * 8})
    queue = trials["transport"] == "queue"
    trials.loc[queue, "send_seconds"] /= 4
    trials.loc[queue, "join_seconds"] *= 2
    trials.loc[queue, "cpu_seconds"] *= 3
    found = ratios_of(loaded(trials)).set_index("clock")["ratio"]
    expected = {"end_to_end": 1.0, "send": 4.0, "join": 0.5, "cpu": 1 / 3}
    assert found.to_dict() == pytest.approx(expected)


# what is left out


def test_incomplete_rounds_and_other_phases_are_left_out() -> None:
    trials = block(rng(), THREE, 20)
    whole = ratios_of(loaded(trials))
    truncated = block(rng(2), THREE, 21).query("round == 21").iloc[:2]
    warm = block(rng(3), THREE, 20, phase="warmup")
    pd.testing.assert_frame_equal(ratios_of(loaded(trials, truncated, warm)), whole)


def test_a_failed_trial_leaves_its_round_to_the_others() -> None:
    nothing = float("nan")
    trials = exact({"pipe": [0.0] * 9, "queue": [0.1] * 8 + [nothing], "rope": [0.2] * 9})
    found = ratios_of(loaded(trials))
    assert fair(found, "queue", "pipe").rounds == 8
    assert fair(found, "rope", "pipe").rounds == 9
    assert "missing" in fair(found, "queue", "pipe").flags.split(";")


def test_an_arm_that_never_succeeds_has_no_ratio_and_no_verdict() -> None:
    trials = exact({"pipe": [0.0] * 8, "queue": [float("nan")] * 8})
    found = fair(ratios_of(loaded(trials)), "queue", "pipe")
    assert math.isnan(found.ratio)
    assert (found.rounds, found.sessions, found.verdict) == (0, 0, "open")


def test_machines_are_never_mixed() -> None:
    one = exact({"pipe": [0.0] * 8, "queue": [0.1] * 8}, machine="m1")
    two = exact({"pipe": [1.0] * 8, "queue": [0.8] * 8}, machine="m2")
    found = ratios_of(loaded(one, two))
    ratios = found[found["clock"] == "end_to_end"].set_index("machine")["ratio"]
    assert ratios.to_dict() == pytest.approx({"m1": math.exp(0.1), "m2": math.exp(-0.2)})


def test_levels_of_sessions_never_enter_a_ratio() -> None:
    one = exact({"pipe": [0.0] * 8, "queue": [0.1] * 8}, session=1)
    two = exact({"pipe": [3.0] * 8, "queue": [3.1] * 8}, session=2)
    found = fair(ratios_of(loaded(one, two)), "queue", "pipe")
    assert found.ratio == pytest.approx(math.exp(0.1))
    assert (found.rounds, found.sessions) == (16, 2)


def test_five_rounds_have_no_interval() -> None:
    trials = exact({"pipe": [0.0] * 5, "queue": [1.0] * 5})
    found = fair(ratios_of(loaded(trials)), "queue", "pipe")
    assert (found.low, found.high, found.verdict) == (0.0, math.inf, "open")
    assert math.isnan(found.rounds_needed)


# the same trials, the same frames


def test_the_order_of_rows_does_not_matter() -> None:
    frames = [block(rng(seed), THREE, 22, python=f"3.{seed}") for seed in (9, 10)]
    data = loaded(*frames)
    shuffled = loaded(*frames)
    mixed = data.trials.sample(frac=1, random_state=1).reset_index(drop=True)
    again = type(data)(mixed, shuffled.cells, data.runs)
    pd.testing.assert_frame_equal(ratios_of(again), ratios_of(data))


def test_the_same_trials_give_the_same_findings() -> None:
    def made() -> list[object]:
        found = analyse(loaded(block(rng(), THREE, 22), block(rng(2), THREE, 9, session=2)))
        return [found.cells, found.comparisons, found.winners, found.noise, found.drift]

    assert made() == made()


def test_nothing_measured_gives_empty_frames() -> None:
    empty = loaded(block(rng(), THREE, 20, phase="calibration"))
    found = analyse(empty)
    rows = (found.comparisons, found.winners, found.crossovers, found.noise, found.drift)
    assert not any(rows)
    assert found.statuses == {"planned": 3}
