"""Contaminated rounds: each sign by its threshold, what is unknown, and the flag of a pair."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from runner.analysis import analyse
from runner.analysis.contamination import marks_in
from runner.statistics.disturbance import contaminated
from tests.statistics.simulator import exact, loaded

PUBLISHED = sorted((Path(__file__).parents[3] / "reports" / "published").glob("*/trials"))
GATE = 0.25
QUIET: dict[str, float] = {
    "foreign_cpu": 0.1,
    "foreign_cpu_during": 0.1,
    "steal": 0.0,
    "pressure": 0.0,
    "pressure_idle": 0.0,
    "throttled": 0,
    "slowed_for_heat": 0,
    "swapped_in": 0,
}
OLD = dict.fromkeys(QUIET, math.nan) | {"foreign_cpu": 0.1}


def rounds(**changes: Any) -> pd.DataFrame:
    """Return the trials of two arms; a change is one value, or one for each round."""
    trials = exact({"pipe": [0.0] * 20, "queue": [0.1, 0.2] * 10})
    for name, value in changes.items():
        trials[name] = np.repeat(np.broadcast_to(value, 20), 2)
    return trials


def shown(trials: pd.DataFrame) -> tuple[set[str], float]:
    """Return the signs that the first round shows, and whether it is contaminated."""
    signs = marks_in(trials, trials["round"].to_numpy() - 1, GATE)
    return {name for name, found in signs.items() if found[0] == 1}, contaminated(signs)[0]


def test_a_quiet_round_shows_nothing() -> None:
    assert shown(rounds(**QUIET)) == (set(), 0.0)


@pytest.mark.parametrize(
    ("changes", "sign"),
    [
        ({"foreign_cpu": 0.26}, "CPU of others"),
        ({"foreign_cpu_during": 0.26}, "CPU of others"),
        ({"foreign_cpu": math.nan, "foreign_cpu_during": 0.26}, "CPU of others"),
        ({"steal": 0.021}, "steal"),
        ({"pressure": 0.06, "foreign_cpu": 0.13}, "pressure"),
        ({"pressure": 0.21, "pressure_idle": 0.1, "foreign_cpu": 0.13}, "pressure"),
        ({"throttled": 1}, "quota of CPU"),
        ({"slowed_for_heat": 1}, "heat"),
        ({"swapped_in": 1}, "swapping"),
    ],
)
def test_any_single_sign_contaminates(changes: dict[str, float], sign: str) -> None:
    assert shown(rounds(**QUIET | changes)) == ({sign}, 1.0)


@pytest.mark.parametrize(
    "changes",
    [
        {"foreign_cpu": 0.25, "foreign_cpu_during": 0.25},
        {"steal": 0.02},
        {"pressure": 0.05, "foreign_cpu": 0.13},
        {"pressure": 0.2, "pressure_idle": 0.1, "foreign_cpu": 0.13},
        {"pressure": 0.9, "foreign_cpu": 0.125},
    ],
)
def test_at_its_threshold_a_sign_is_not_shown(changes: dict[str, float]) -> None:
    assert shown(rounds(**QUIET | changes)) == (set(), 0.0)


def test_a_trial_that_timed_out_contaminates_its_round_for_all() -> None:
    trials = rounds(**QUIET)
    trials.loc[1, "status"] = "timeout"
    assert shown(trials) == ({"timeout"}, 1.0)
    signs = marks_in(trials, trials["round"].to_numpy() - 1, GATE)
    assert contaminated(signs)[:2].tolist() == [1.0, 0.0]


def test_pressure_that_no_other_can_have_caused_is_our_own() -> None:
    assert shown(rounds(**QUIET | {"pressure": 0.9, "foreign_cpu": 0.0})) == (set(), 0.0)


def test_pressure_says_nothing_where_nobody_knows_of_others() -> None:
    trials = rounds(**QUIET | {"pressure": 0.9, "foreign_cpu": math.nan})
    signs = marks_in(trials, trials["round"].to_numpy() - 1, GATE)
    assert math.isnan(signs["pressure"][0])
    assert contaminated(signs)[0] == 0.0


@pytest.mark.parametrize("folder", PUBLISHED, ids=lambda folder: folder.parent.name)
def test_a_run_that_was_alone_on_its_machine_is_not_called_contaminated(folder: Path) -> None:
    """In containers the engine's relaying makes tasks wait for 4 to 7 % of a pause, all alone."""
    trials = pd.concat([pd.read_csv(one, low_memory=False) for one in folder.glob("*.csv")])
    trials = trials[trials["phase"] == "measure"]
    round_of = trials.groupby(["session", "block", "round"]).ngroup().to_numpy().astype(np.int64)
    signs = marks_in(trials, round_of, GATE)
    assert np.nanmean(signs["CPU of others"]) < 0.01
    assert np.nanmean(contaminated(signs)) < 0.05


def test_older_rows_are_judged_by_the_load_before_only() -> None:
    assert shown(rounds(**OLD)) == (set(), 0.0)
    assert shown(rounds(**OLD | {"foreign_cpu": 0.3})) == ({"CPU of others"}, 1.0)


def test_where_nothing_was_metered_nothing_is_known_but_a_timeout() -> None:
    trials = rounds(**dict.fromkeys(QUIET, math.nan))
    assert math.isnan(shown(trials)[1])
    trials.loc[0, "status"] = "timeout"
    assert shown(trials) == ({"timeout"}, 1.0)


def noise_of(trials: pd.DataFrame) -> Any:
    (row,) = analyse(loaded(trials)).noise
    return row


def test_a_session_says_the_share_and_what_it_came_from() -> None:
    first = np.arange(20)
    steal = np.where(first < 5, 0.5, 0.0)
    during = np.where(first < 2, 0.9, 0.0)
    found = noise_of(rounds(**QUIET | {"steal": steal, "foreign_cpu_during": during}))
    assert found.contaminated == 0.25
    assert found.contaminated_by == "steal=0.25;CPU of others=0.1"
    assert found.without_data == ()


def test_a_session_says_which_signs_nobody_looked_for() -> None:
    found = noise_of(rounds(**OLD))
    assert (found.contaminated, found.contaminated_by) == (0.0, "")
    assert found.without_data == ("steal", "pressure", "quota of CPU", "heat", "swapping")


@pytest.mark.parametrize(("bad", "raised"), [(6, False), (7, True)])
def test_a_pair_is_flagged_above_thirty_percent_of_its_rounds(bad: int, raised: bool) -> None:
    steal = np.where(np.arange(20) < bad, 0.5, 0.0)
    pairs = analyse(loaded(rounds(**QUIET | {"steal": steal}))).comparisons
    flags = {flag for one in pairs if one.clock == "end_to_end" for flag in one.flags}
    assert ("contaminated" in flags) is raised


def test_contaminated_rounds_are_kept() -> None:
    whole = analyse(loaded(rounds(**QUIET | {"steal": 0.5}))).comparisons
    assert {one.rounds for one in whole} == {20}
