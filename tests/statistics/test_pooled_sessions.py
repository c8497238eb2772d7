"""Pooled sessions: the interval covers the truth, the prediction holds the next session."""

import math

import numpy as np
import pytest
import scipy.stats

from runner.statistics import Interval, pool
from runner.statistics.estimating import estimates
from tests.statistics.simulator import QUIET, pairs

TRUTH = math.log(1.28)


def intervals(series: list[list[float]]) -> list[Interval]:
    return [one.wide for one in estimates(series, bound=False)]


def sessions(rng: np.random.Generator, count: int, between: float) -> list[Interval]:
    centres = rng.normal(TRUTH, between, count)
    return intervals([pairs(rng, QUIET, float(centre), 40) for centre in centres])


@pytest.mark.parametrize("between", [0.0, 0.019, 0.05])
@pytest.mark.parametrize("count", [3, 5])
def test_the_pooled_interval_covers_the_truth(count: int, between: float) -> None:
    rng = np.random.default_rng(5)
    pooled = [pool(sessions(rng, count, between)).interval for _ in range(300)]
    assert np.mean([not one.excludes(TRUTH) for one in pooled]) >= 0.93


@pytest.mark.parametrize("count", [3, 5])
def test_the_interval_covers_the_truth_where_the_sessions_happen_to_agree(count: int) -> None:
    rng = np.random.default_rng(8)
    drawn = [sessions(rng, count, 0.0) for _ in range(1500)]
    agreeing = [one for one in drawn if scatter(one) < 0.5 * sampling(one)]
    assert len(agreeing) >= 40
    covered = [not pool(one).interval.excludes(TRUTH) for one in agreeing]
    assert np.mean(covered) >= 0.93


def scatter(given: list[Interval]) -> float:
    """Return the sd of the sessions' estimates."""
    return float(np.std([one.estimate for one in given], ddof=1))


def sampling(given: list[Interval]) -> float:
    """Return the mean standard error of a session."""
    return float(np.mean([2 * one.half_width / 3.92 for one in given]))


@pytest.mark.parametrize("between", [0.0, 0.019, 0.05])
@pytest.mark.parametrize("count", [3, 4, 5, 8])
def test_the_prediction_holds_the_next_session(count: int, between: float) -> None:
    rng = np.random.default_rng(6)
    held = []
    for _ in range(600):
        *seen, following = sessions(rng, count + 1, between)
        forecast = pool(seen).forecast
        assert forecast is not None
        held.append(not forecast.excludes(following.estimate))
    assert np.mean(held) >= 0.90


def test_the_hierarchical_bootstrap_agrees_for_five_sessions() -> None:
    rng = np.random.default_rng(7)
    rounds = [np.array(pairs(rng, QUIET, float(c), 60)) for c in rng.normal(TRUTH, 0.02, 8)]
    pooled = pool(intervals([values.tolist() for values in rounds])).interval
    means = []
    for _ in range(2000):
        chosen = rng.integers(0, len(rounds), len(rounds))
        means.append(np.mean([np.median(rng.choice(rounds[i], len(rounds[i]))) for i in chosen]))
    low, high = np.quantile(means, [0.025, 0.975])
    assert pooled.estimate == pytest.approx(float(np.mean(means)), abs=0.004)
    # Eight sessions: the bootstrap is narrower than Student's t by about its factor at 7 degrees.
    factor = scipy.stats.t.ppf(0.975, 7) / scipy.stats.norm.ppf(0.975) * math.sqrt(8 / 7)
    assert pooled.half_width == pytest.approx(float(high - low) / 2 * factor, rel=0.25)
