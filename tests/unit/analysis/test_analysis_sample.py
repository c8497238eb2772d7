"""The sample of single trials: which are kept, what they hold, and where there are none."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from runner.analysis import analyse, sample
from runner.analysis.sample import sample_of
from tests.statistics.simulator import BASE_RATE, exact, loaded


def ramp(rounds: int) -> list[float]:
    return [0.001 * i for i in range(rounds)]


def test_findings_have_the_trials_of_every_arm() -> None:
    found = analyse(loaded(exact({"pipe": ramp(20), "queue": ramp(20)}, control=ramp(20)))).trials
    assert len(found) == 60
    assert sum(one.control for one in found) == 20


def test_a_trial_has_its_rates_by_every_clock() -> None:
    trials = exact({"pipe": [np.log(BASE_RATE)] * 3})
    first = sample_of(trials)[0]
    rates = (first.rate, first.send_rate, first.join_rate)
    assert rates == pytest.approx((BASE_RATE, BASE_RATE / 0.9, BASE_RATE / 1.1))
    assert (first.cores, first.foreign_cpu) == pytest.approx((1.7, 0.05))
    axes = (first.transport, first.messages, first.compared_axis, first.status)
    assert axes == ("pipe", "auto", "transport", "ok")


def test_a_trial_that_was_not_ok_is_kept_without_figures() -> None:
    trials = exact({"pipe": [1.0, float("nan"), 1.0]})
    trials.loc[1, ["seconds", "cpu_seconds"]] = 1.0
    found = sample_of(trials)
    assert [one.status for one in found] == ["ok", "failed", "ok"]
    assert [one.rate is None for one in found] == [False, True, False]
    assert [one.cores is None for one in found] == [False, True, False]


def test_only_measured_trials_are_kept() -> None:
    warmup = exact({"pipe": ramp(5)}, phase="warmup")
    found = sample_of(pd.concat([warmup, exact({"pipe": ramp(7)})], ignore_index=True))
    assert [one.round for one in found] == [1, 2, 3, 4, 5, 6, 7]


def test_many_trials_of_a_cell_are_thinned_evenly_over_the_sessions() -> None:
    first, second = (exact({"pipe": ramp(60)}, session=number) for number in (1, 2))
    found = sample_of(pd.concat([second, first], ignore_index=True))
    assert len(found) == sample.A_CELL
    assert [one.session for one in found] == [1] * 30 + [2] * 30
    assert [one.round for one in found] == [*range(2, 61, 2)] * 2


@pytest.mark.parametrize(("cells", "share"), [(400, 50), (4_000, 5)])
@pytest.mark.slow
def test_many_cells_share_the_total(cells: int, share: int) -> None:
    found = sample_of(copies(cells))
    assert len(found) == cells * share == sample.ALL
    assert set(Counter(one.payload for one in found).values()) == {share}


@pytest.mark.slow
def test_beyond_that_there_are_no_trials() -> None:
    assert not sample_of(copies(4_001))


def test_small_cells_leave_their_share_to_the_others() -> None:
    few = exact({"pipe": ramp(2)}, payload="few")
    found = sample_of(pd.concat([few, copies(399)], ignore_index=True))
    assert Counter(one.payload for one in found)["few"] == 2
    assert len(found) == 2 + 399 * 50


def copies(cells: int, rounds: int = 60) -> pd.DataFrame:
    """Return the trials of many cells that differ in their payload."""
    one = exact({"pipe": ramp(rounds)})
    many = pd.concat([one] * cells, ignore_index=True)
    many["payload"] = pd.Categorical(np.repeat([f"str:{i}" for i in range(cells)], rounds))
    return many
