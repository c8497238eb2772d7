"""The self-test's figures: they hold on copies that are equal, and fail on copies that are not."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind

from runner.analysis.selftest import Figure, Selftest, selftest
from runner.analysis.selftest.blocks import COLUMNS, welch
from runner.errors import BadInputError
from tests.statistics.simulator import NOISY, QUIET, Arm, Machine, block

COPIES = [Arm(f"copy {i}") for i in range(1, 7)]
SLOWER = Arm("5 % more", -math.log1p(0.05))
SESSIONS = 4


def trials(
    noise: Machine = QUIET, arms: list[Arm] | None = None, rounds: int = 60, seed: int = 1
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    made = [*COPIES, SLOWER] if arms is None else arms
    frames = [block(rng, made, rounds, noise, session=s + 1) for s in range(SESSIONS)]
    return pd.concat(frames, ignore_index=True)


def figure(found: Selftest, word: str) -> Figure:
    (one,) = [one for one in found.figures if word in one.name]
    return one


def test_equal_copies_hold_every_figure() -> None:
    found = selftest(trials(), SLOWER.value, 0.25)
    assert [(one.name, one.held) for one in found.figures if one.held is not True] == []
    assert found.held
    assert (found.sessions, found.rounds) == (4, 240)
    assert 0.03 < found.spread < 0.06
    assert len(found.figures) == 7


def test_bounds_say_what_the_tolerance_leaves_of_the_share_that_is_wanted() -> None:
    found = selftest(trials(), SLOWER.value, 0.25)
    assert figure(found, "find").bound == "at least 80%, by chance 54%"
    assert figure(found, "cover").bound == "at least 93%, by chance 76%"
    assert figure(found, "same within").bound == "at least 80%, by chance 62%"


def test_a_copy_that_is_none_fails() -> None:
    odd = [*COPIES[:5], Arm("copy 6", 0.06), SLOWER]
    found = selftest(trials(arms=odd), SLOWER.value, 0.25)
    assert figure(found, "exclude 1").held is False
    assert figure(found, "claims").value >= 5
    assert not found.held


def test_a_difference_that_is_not_there_is_not_found() -> None:
    found = selftest(trials(arms=[*COPIES, Arm(SLOWER.value)]), SLOWER.value, 0.25)
    assert figure(found, "find").held is False
    assert figure(found, "cover").held is False


def test_a_noisy_machine_is_not_asked_for_power_but_for_honesty() -> None:
    found = selftest(trials(NOISY, seed=4), SLOWER.value, 0.25)
    assert found.spread > 0.12
    assert figure(found, "find").held is None
    assert figure(found, "same within").held is None
    assert "rerun on a quieter machine" in figure(found, "find").note
    assert figure(found, "exclude 1").held is True
    assert found.held


def test_an_advantage_of_running_first_fails() -> None:
    made = trials()
    ahead = made["trial"].to_numpy() / 7
    made["seconds"] *= np.exp(0.3 * ahead)
    found = figure(selftest(made, SLOWER.value, 0.25), "first")
    assert found.held is False
    assert found.value > 0.02


def test_rounds_that_follow_each_other_alike_fail() -> None:
    made = trials()
    wave = np.sin(made["round"].to_numpy() / 3)
    one = (made["transport"] == "copy 1").to_numpy()
    made["seconds"] *= np.where(one, np.exp(0.5 * wave), 1.0)
    assert figure(selftest(made, SLOWER.value, 0.25), "next round").value > 0.2


def test_the_same_trials_read_as_blocks_find_what_is_not_there() -> None:
    found = selftest(trials(NOISY), SLOWER.value, 0.25).blocks
    assert tuple(found.columns) == COLUMNS
    share = found.set_index("analysis")["share"]
    assert share["Welch's t on ln rate"] >= 0.3
    assert share["Mann-Whitney"] >= 0.3
    assert share["signed ranks of within-round ratios"] <= 0.1
    assert found["comparisons"].tolist() == [60, 60, 44]


def test_short_sessions_have_no_windows() -> None:
    found = selftest(trials(rounds=30), SLOWER.value, 0.25)
    (only,) = [one for one in found.figures if "windows" in one.name]
    assert only.held is None
    assert only.note == "fewer than 45 rounds"


def test_rounds_with_a_failed_trial_are_left_out() -> None:
    made = trials()
    made.loc[3, "status"] = "failed"
    assert selftest(made, SLOWER.value, 0.25).rounds == 239


def test_too_little_to_judge_is_an_error() -> None:
    with pytest.raises(BadInputError, match=r"too few trials to judge.*ask for more rounds"):
        selftest(trials(rounds=5), SLOWER.value, 0.25)
    with pytest.raises(BadInputError, match="too few trials to judge"):
        selftest(trials(), "no such arm", 0.25)


def test_too_little_to_judge_names_the_first_trial_that_went_wrong() -> None:
    made = trials().assign(detail="")
    made["status"] = made["status"].astype(object)
    made.loc[2:, "status"] = "failed"
    made.loc[2, "detail"] = "Traceback\\nOSError: no space left on device"
    told = f"{len(made) - 2} of {len(made)} trials went wrong, the first was failed: OSError: no sp"
    with pytest.raises(BadInputError, match=told):
        selftest(made, SLOWER.value, 0.25)


def test_welch_agrees_with_scipy() -> None:
    rng = np.random.default_rng(2)
    first, second = rng.normal(0, 1, 20).tolist(), rng.normal(0.5, 2, 30).tolist()
    theirs = ttest_ind(first, second, equal_var=False)
    p, half = welch((first, second))
    low, high = theirs.confidence_interval()
    assert p == pytest.approx(theirs.pvalue)
    assert half == pytest.approx((high - low) / 2)
    assert welch(([1.0], [2.0]))[0] == 1.0
    assert welch(([1.0, 1.0], [1.0, 1.0]))[0] == 1.0
