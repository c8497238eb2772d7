"""Whole reports on identical arms claim nothing; what differs is found among many that do not."""

import numpy as np
import pandas as pd
import pytest

from runner.analysis import comparisons_of
from tests.rows import table
from tests.statistics.recorded import STREAMS, same, window
from tests.statistics.simulator import (
    HOGS,
    NOISY,
    Arm,
    Floats,
    Loaded,
    Machine,
    block,
    loaded,
    rounds,
)

BLOCKS, ROUNDS = 17, 30
ARMS = [Arm("pipe"), Arm("pipe", control=True), Arm("queue"), Arm("simple_queue"), Arm("rope")]
COMPARISONS = 6 * BLOCKS
CLAIMS = ("faster", "slightly faster", "slightly slower", "slower")


@pytest.fixture(scope="module")
def empty() -> Loaded:
    """Return a report's trials, whose rates are then replaced."""
    rng = np.random.default_rng(0)
    return loaded(*(block(rng, ARMS, ROUNDS, python=f"3.{i}") for i in range(BLOCKS)))


def with_rates(data: Loaded, logs: Floats) -> Loaded:
    """Return the dataset with the ln rates of (block, round, place in the round)."""
    seconds = data.trials["messages"].to_numpy() / np.exp(logs.ravel())
    return Loaded(data.trials.assign(seconds=seconds), data.cells, data.runs)


def fair(data: Loaded) -> pd.DataFrame:
    found = table(comparisons_of(data))
    return found[(found["clock"] == "end_to_end") & ~found["control"]]


@pytest.mark.parametrize("noise", [NOISY, HOGS], ids=["noisy", "hogs"])
def test_identical_arms_get_no_claim_in_95_of_100_reports(empty: Loaded, noise: Machine) -> None:
    rng = np.random.default_rng(8)
    clean = 0
    for _ in range(100):
        logs = noise.disturb(rng, BLOCKS * ROUNDS * len(ARMS)) + 12.0
        verdicts = fair(with_rates(empty, logs))["verdict"]
        assert len(verdicts) == COMPARISONS
        clean += not verdicts.isin(CLAIMS).any()
    assert clean >= 95


@pytest.mark.parametrize("name", STREAMS)
def test_recorded_trials_of_one_transport_get_no_claim(empty: Loaded, name: str) -> None:
    rng = np.random.default_rng(9)
    stream = same(name)
    clean = 0
    for _ in range(40):
        cut = [window(stream, rng, ROUNDS, len(ARMS)) for _ in range(BLOCKS)]
        clean += not fair(with_rates(empty, np.stack(cut)))["verdict"].isin(CLAIMS).any()
    assert clean >= 38


def test_uncorrected_the_same_reports_would_claim(empty: Loaded) -> None:
    rng = np.random.default_rng(8)
    noise = NOISY.disturb(rng, BLOCKS * ROUNDS * len(ARMS))
    found = fair(with_rates(empty, noise + 12.0))
    assert (found["p"] <= 0.05).sum() >= 1
    assert (found["q"] <= 0.05).sum() == 0


def test_true_differences_are_found_among_many_that_are_none() -> None:
    rng = np.random.default_rng(10)
    slower = [*ARMS[:2], Arm("queue", -0.25), *ARMS[3:]]
    frames = [block(rng, slower if i < 4 else ARMS, 60, python=f"3.{i}") for i in range(BLOCKS)]
    found = fair(loaded(*frames))
    true = found["python"].isin(["3.0", "3.1", "3.2", "3.3"])
    about_queue = (found["a"] == "queue") | (found["b"] == "queue")
    claimed = found["verdict"].isin(CLAIMS)
    assert claimed[true & about_queue].mean() >= 0.9
    assert claimed[~(true & about_queue)].mean() <= 0.02


def test_the_simulated_machine_is_as_bad_as_the_recorded_ones() -> None:
    logs, _ = rounds(np.random.default_rng(11), NOISY, [0.0, 0.0], 1200)
    level = logs.ravel()
    simulated = float(np.corrcoef(level[:-1], level[1:])[0, 1])
    recorded = [float(np.corrcoef(one[:-1], one[1:])[0, 1]) for one in map(same, STREAMS)]
    assert simulated >= min(recorded) - 0.1
    assert float(np.std(level)) >= 0.8 * min(float(np.std(same(name))) for name in STREAMS)
