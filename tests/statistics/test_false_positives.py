"""Identical arms must not be found different, whatever the machine does. Fixed seeds, no clock."""

from dataclasses import replace

import numpy as np
import pytest

from runner.analysis.selftest.blocks import welch
from runner.statistics import median_interval
from runner.statistics.estimating import Rounds, estimates
from tests.statistics.draws import (
    RECORDED,
    at_most,
    draws,
    from_machine,
    stopped,
    stopped_rounds,
    windows,
)
from tests.statistics.recorded import BOUND, STREAMS, bound, pipe_over_queue, same, window
from tests.statistics.simulator import HOGS, NOISY, QUIET, Floats, Machine, rounds

LIMIT = 0.05
STOPPED = 0.07
"""Looking again and again costs something: the method found 4 to 6 %."""

FAST = replace(HOGS, hog_starts=1 / 6, hog_ends=1 / 3)
"""0.6 s off and 0.3 s on, as the recorded fast hog."""
SLOW = replace(HOGS, hog_starts=1 / 200, hog_ends=1 / 100)
"""20 s off and 10 s on: half of the windows meet it once."""
STEADY = Machine(level_sd=0.25, memory=0.8, hog_starts=0.0)
"""One hog that never goes: the scheduler alternates between sharing with it and not."""
HEAVY = Machine(level_sd=0.05, memory=0.5, hog_starts=0.0, tail_sd=0.1, freedom=1.5)
MACHINES = {
    "noisy": NOISY,
    "quiet": QUIET,
    "fast hog": FAST,
    "hogs": HOGS,
    "slow hog": SLOW,
    "steady hog": STEADY,
    "heavy tails": HEAVY,
}
NOISES = {**{name: from_machine(machine) for name, machine in MACHINES.items()}, **RECORDED}
MANY, MOST = draws(4000, 500), 120


def false(found: list[bool]) -> float:
    return float(np.mean(found))


@pytest.mark.parametrize("bound", [True, False], ids=["bound", "free"])
@pytest.mark.parametrize("name", NOISES)
def test_the_interval_excludes_1_in_no_more_than_5_percent(name: str, bound: bool) -> None:
    rows = windows(NOISES[name], 60, resamples=MANY, seed=1)
    for count in (12, 20, 30, 60):
        share = false([one.wide.excludes(0) for one in estimates(rows[:, :count], bound)])
        assert share <= at_most(LIMIT, MANY) + 0.005


@pytest.mark.parametrize("bound", [True, False], ids=["bound", "free"])
@pytest.mark.parametrize("name", NOISES)
def test_stopping_by_precision_keeps_false_claims_below_the_bound(name: str, bound: bool) -> None:
    rows = windows(NOISES[name], MOST, resamples=MANY, seed=2)
    for precision in (0.05, 0.03):
        ends = stopped(rows, bound, precision)
        assert false([one.found.wide.excludes(0) for one in ends]) <= at_most(STOPPED, MANY)


@pytest.mark.parametrize("name", NOISES)
def test_stopped_at_any_moment_false_claims_stay_below_the_bound(name: str) -> None:
    """A budget or a kill ends a comparison where it happens to be: its rounds count as they are."""
    rows = windows(NOISES[name], 60, resamples=MANY, seed=5)
    most = np.random.default_rng(6).integers(6, 61, MANY).tolist()
    ends = stopped(rows, most=most)
    assert {one.rounds for one in ends} >= {7, 11, 12}
    assert false([one.found.wide.excludes(0) for one in ends]) <= at_most(STOPPED, MANY)


@pytest.mark.parametrize("name", ["noisy", "busy", "fast-hog"])
def test_stopping_by_significance_would_claim_falsely_three_times_as_often(name: str) -> None:
    rows = windows(NOISES[name], MOST, resamples=draws(2000, 300), seed=2)
    looks = [estimates(rows[:, :n], bound=False) for n in range(12, MOST + 1, 2)]
    assert (
        np.mean([any(one.wide.excludes(0) for one in row) for row in zip(*looks, strict=True)])
        >= 0.15
    )


def arms(name: str, count: int) -> Floats:
    """Return the ln rates (arm, round) of three identical arms: a, baseline and control."""
    rng = np.random.default_rng(7)
    if name in STREAMS:
        return np.array([window(same(name), rng, 60, 3).T for _ in range(count)])
    return np.array([rounds(rng, MACHINES[name], [0.0] * 3, 60)[0].T for _ in range(count)])


@pytest.mark.parametrize("name", ["quiet", "noisy", "fast hog", *STREAMS])
def test_against_the_mean_of_baseline_and_control_too(name: str) -> None:
    """a - (b + c)/2 is not symmetric by design, as a - b is: its level is measured."""
    count = draws(2000, 250)
    ends = [
        stopped_rounds(Rounds(a, baseline, control, np.zeros(60)), bound=True)
        for a, baseline, control in arms(name, count)
    ]
    assert false([one.found.wide.excludes(0) for one in ends]) <= at_most(STOPPED, count)


@pytest.mark.parametrize("name", BOUND)
def test_the_recorded_control_is_not_found_different(name: str) -> None:
    """Baseline and control change places at random inside their rounds: any difference is false."""
    rates, disturbed = bound(name)
    rng, count, most = np.random.default_rng(3), draws(2000, 600), 60
    ends = []
    for _ in range(count):
        start = int(rng.integers(0, len(disturbed) - most + 1))
        pair = np.array([rates["pipe"], rates["control"]])[:, start : start + most]
        one, other = rng.permuted(pair, axis=0)
        hand = disturbed[start : start + most]
        ends.append(stopped_rounds(Rounds(one, other, None, hand), bound=True))
    assert false([one.found.wide.excludes(0) for one in ends]) <= STOPPED


@pytest.mark.parametrize("name", STREAMS)
def test_the_same_trials_as_blocks_differ_falsely_in_a_fifth_and_more(name: str) -> None:
    stream = same(name)
    rng = np.random.default_rng(3)
    found = 0
    for _ in range(200):
        start = int(rng.integers(0, len(stream) - 60 + 1))
        trials = [float(value) for value in stream[start : start + 60]]
        found += welch((trials[:30], trials[30:]))[0] <= 0.05
    assert found / 200 >= 0.2


@pytest.mark.parametrize("name", STREAMS)
def test_neighbouring_rounds_are_independent(name: str) -> None:
    stream = same(name)
    ratios = stream[0::2] - stream[1::2]
    echo = float(np.corrcoef(ratios[:-1], ratios[1:])[0, 1])
    assert abs(echo) <= 0.2
    assert float(np.corrcoef(stream[:-1], stream[1:])[0, 1]) >= 0.5


@pytest.mark.parametrize("name", STREAMS)
def test_pipe_is_faster_end_to_end_and_slower_by_the_send_time(name: str) -> None:
    fair = median_interval(pipe_over_queue(name)).exp()
    sent = median_interval(pipe_over_queue(name, "snd")).exp()
    assert 1.2 <= fair.low <= fair.high <= 1.4
    assert sent.high < 0.5
