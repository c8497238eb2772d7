"""Levels on made streams, each worse than a machine ought to be, by the run's own rules.

In each the cells of a round are identical, or one is faster by a factor: the interval excludes the
truth in about 5 % of the sessions, bound (against baseline and control) and free. Fixed seeds.
"""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.signal import lfilter

from runner.statistics import UNKNOWN, pool, signed_rank_p, together
from runner.statistics.estimating import Rounds, compare
from tests.statistics.draws import at_most, draws
from tests.statistics.simulator import HOGS, NOISY, Floats

ROUNDS, ARMS = 40, 3
COUNT = draws(2000, 200)
Rng = np.random.Generator
Made = Callable[[Rng, int], Floats]


def alike(memory: float) -> Made:
    """Return trials whose level is nearly that of the one before, and a little noise."""

    def draw(rng: Rng, n: int) -> Floats:
        level = lfilter([0.1], [1, -memory], rng.normal(size=n + 300))[300:]
        return np.asarray(level + rng.normal(0, 0.03, n))

    return draw


def two_modes(share: float, apart: float = math.log(2)) -> Made:
    return lambda rng, n: apart * (rng.random(n) < share) + rng.normal(0, 0.05, n)


STREAMS: dict[str, Made] = {
    "independent": lambda rng, n: rng.normal(0, 0.1, n),
    "neighbours alike": alike(0.9),
    "neighbours nearly the same": alike(0.995),
    "neighbours unlike": lambda rng, n: lfilter([0.1], [1, 0.8], rng.normal(size=n)),
    "a drift by a factor of two": lambda rng, n: np.linspace(0, 0.7, n) + rng.normal(0, 0.05, n),
    "a step by a factor of two": lambda rng, n: (
        0.7 * (np.arange(n) > rng.integers(n)) + rng.normal(0, 0.05, n)
    ),
    "a saw": lambda rng, n: (np.arange(n) % 7) / 10 + rng.normal(0, 0.02, n),
    "heavy tails": lambda rng, n: 0.05 * rng.standard_t(2, n),
    "heavier tails": lambda rng, n: 0.03 * rng.standard_cauchy(n),
    "skew": lambda rng, n: 0.1 * np.log(rng.gamma(4, 1, n)),
    "one in ten far too slow": lambda rng, n: rng.normal(0, 0.05, n) - 2 * (rng.random(n) < 0.1),
    "ties": lambda rng, n: np.round(rng.normal(0, 0.1, n), 1),
    "two modes, one rare": two_modes(0.1),
    "two modes": two_modes(0.35),
    "two modes, each for long": lambda rng, n: (
        0.7 * ((np.arange(n) + rng.integers(40)) // 20 % 2) + rng.normal(0, 0.05, n)
    ),
    "a noisy machine": NOISY.disturb,
    "hogs": HOGS.disturb,
}

LEVEL = 0.065
"""5 %, and three standard errors of 2,000 sessions."""
ONE_SIDED = {"one in ten far too slow": 0.08, "two modes, one rare": 0.08}
"""Bound: a - (b + c)/2 is not symmetric if some trials are far away on one side, as a - b is. By
design of the mean of two, and 7 % as measured."""


def level(name: str, bound: bool) -> float:
    return at_most(ONE_SIDED.get(name, LEVEL) if bound else LEVEL, COUNT)


def sessions(name: str, effect: float = 0.0, seed: int = 7) -> list[tuple[Floats, Floats, Floats]]:
    """Return (a, baseline, control) of many sessions: consecutive trials, shuffled in rounds."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(COUNT):
        trials = rng.permuted(STREAMS[name](rng, ROUNDS * ARMS).reshape(ROUNDS, ARMS), axis=1)
        found.append((trials[:, 0] + effect, trials[:, 1], trials[:, 2]))
    return found


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("bound", [True, False], ids=["bound", "free"])
def test_identical_cells_differ_in_5_percent(name: str, bound: bool) -> None:
    calm = np.zeros(ROUNDS)
    found = [compare(Rounds(*one, calm), bound) for one in sessions(name)]
    missed = sum(one.wide.excludes(0) for one in found)
    assert missed / COUNT <= level(name, bound)
    for one in found:
        assert (signed_rank_p([one.ranks]) <= 0.05) == one.wide.excludes(0)


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("bound", [True, False], ids=["bound", "free"])
def test_the_interval_holds_a_factor_that_was_put_in(name: str, bound: bool) -> None:
    effect, calm = math.log(1.3), np.zeros(ROUNDS)
    found = [compare(Rounds(*one, calm), bound) for one in sessions(name, effect, seed=8)]
    missed = sum(one.wide.excludes(effect) for one in found)
    assert missed / COUNT <= level(name, bound)


@pytest.mark.parametrize("bound", [True, False], ids=["bound", "free"])
def test_disturbed_stretches_that_the_counters_see_change_nothing(bound: bool) -> None:
    """Where others run, a is half as fast against the others: the calm ratio is asked for."""
    rng, missed = np.random.default_rng(9), 0
    for _ in range(COUNT):
        hogged = (np.arange(ROUNDS) + rng.integers(12)) // 4 % 3 == 0
        a, baseline, control = rng.normal(0, 0.1, (ARMS, ROUNDS))
        a = a - 0.7 * hogged
        found = compare(Rounds(a, baseline, control, hogged.astype(np.float64)), bound)
        missed += found.wide.excludes(0)
        assert found.ranks.n == (~hogged).sum()
    assert missed / COUNT <= at_most(LEVEL, COUNT)


def test_sessions_of_such_streams_hold_together() -> None:
    """Four sessions of a noisy machine, pooled: the level is that of the pooled interval."""
    calm, missed = np.zeros(ROUNDS), 0
    found = [compare(Rounds(*one, calm), bound=False).wide for one in sessions("a noisy machine")]
    groups = [found[place : place + 4] for place in range(0, COUNT, 4)]
    for group in groups:
        missed += pool(group).interval.excludes(0)
        assert together(group).half_width < min(one.half_width for one in group)
    assert missed / len(groups) <= at_most(LEVEL, len(groups))
    assert pool([UNKNOWN, found[0]]).interval == found[0]
