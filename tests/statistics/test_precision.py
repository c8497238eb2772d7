"""How many rounds a wished precision takes, by the run's own rule. No clock, fixed seeds."""

import math

import numpy as np
import pytest

from runner.statistics import rounds_needed
from runner.statistics.estimating import Rounds
from tests.statistics.draws import DRAWS, RECORDED, draws, stopped, stopped_rounds, windows
from tests.statistics.recorded import bound
from tests.statistics.simulator import Floats

COUNT = draws(2000, 300)


def stops(rows: Floats, precision: float, bound: bool = False) -> tuple[float, float]:
    """Return the median and the ninetieth percentile of the rounds until the run would stop."""
    ends = stopped(rows, bound, precision)
    rounds = sorted(one.rounds if one.precise else math.inf for one in ends)
    return float(np.median(rounds)), rounds[math.ceil(0.9 * len(rounds)) - 1]


@pytest.mark.parametrize("name", DRAWS)
def test_5_percent_takes_30_rounds_and_nearly_always_45_at_a_spread_of_010(name: str) -> None:
    median, most = stops(windows(DRAWS[name], 46, calm=0.10, resamples=COUNT), 0.05)
    assert median <= 30
    assert most <= 46


@pytest.mark.parametrize("name", RECORDED)
def test_2_percent_nearly_always_takes_120_rounds_at_a_spread_of_010(name: str) -> None:
    assert stops(windows(RECORDED[name], 120, calm=0.10, resamples=COUNT), 0.02)[1] <= 120


@pytest.mark.parametrize("spread", [0.06, 0.08, 0.10, 0.14])
def test_looking_every_2_rounds_takes_about_the_rounds_that_are_foretold(spread: float) -> None:
    rows = np.random.default_rng(1).normal(0, spread, (COUNT, 80))
    median, _ = stops(rows, 0.05, bound=True)
    assert median == pytest.approx(max(12, rounds_needed(spread, 0.05)), rel=0.25)


def test_the_mean_of_baseline_and_control_saves_rounds_where_bound() -> None:
    rates, disturbed = bound("bound-quiet")
    rng, least, count = np.random.default_rng(2), {}, draws(1000, 200)
    for averaged in (True, False):
        rounds = []
        for _ in range(count):
            places = rng.integers(0, len(disturbed), 60)
            one, pipe, again = (rates[cell][places] for cell in ("queue", "pipe", "control"))
            control = again if averaged else None
            found = stopped_rounds(Rounds(one, pipe, control, disturbed[places]), bound=True)
            rounds.append(found.rounds)
        least[averaged] = float(np.mean(rounds))
    assert least[True] <= 17
    assert least[True] < least[False]
