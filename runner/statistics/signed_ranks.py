"""Signed ranks, capped or whole: what the intervals and p of comparisons are counted from.

Each round's log-ratio is scored by the rank of its size, at most `cap`; the statistic is the sum
of the scores of the positive ones. It equals the number of averages of two rounds above zero,
among those pairs whose places in order lie less than `cap` apart, a round with itself included:
where such a pair's average passes zero its two rounds hold neighbouring ranks, one more than
there are rounds between them. So the estimate is the median of those averages, and its interval
runs between two of them. cap = N is Wilcoxon's test with Hodges and Lehmann's estimate, cap = 1
the sign test with the median. Hollander and Wolfe, Nonparametric Statistical Methods, §3.1-3.3.
"""

import math
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from runner.statistics.student import normal_quantile, normal_tail

EXACT_RANKS = 60
"""Up to this N the distribution is counted exactly, above it taken as normal."""


class RankSum(NamedTuple):
    """What a test takes of one session: N, cap, and how many averages are ≤ 0 and ≥ 0."""

    n: int
    cap: int
    not_above: int
    not_below: int


def cap_of(n: int, bound: bool) -> int:
    """Return the cap for N rounds: none where the processes are bound to cores, else ⌈N/2⌉.

    The placement decides it, before anything is measured.
    """
    return n if bound else math.ceil(n / 2)


def averages_of(n: int, cap: int) -> int:
    """Return the number of averages: the sum of all scores."""
    return cap * (cap + 1) // 2 + (n - cap) * cap


@lru_cache(maxsize=65536)
def cut(n: int, cap: int, level: float = 0.95) -> int:
    """Return k: the interval runs from the k-th smallest to the k-th largest average.

    0 means that N rounds are too few for bounds at this level (fewer than 6 at 95 %).
    """
    tail = (1 - level) / 2
    if n > EXACT_RANKS:
        mean, sd = _moments(((n, cap),))
        return math.floor(mean + 0.5 + normal_quantile(tail) * sd)
    return sum(below <= tail * (1 + 1e-12) for below in _tails(((n, cap),)))


def signed_rank_p(sessions: Iterable[RankSum]) -> float:
    """Return the two-sided p of no difference, over the rounds of all sessions.

    Ranks are those inside a session; the sums are added. For one session p ≤ alpha exactly where
    the interval excludes 0: averages that are 0 count against both sides.
    """
    sessions = list(sessions)
    key = tuple(sorted((one.n, one.cap) for one in sessions if one.n))
    if not key:
        return 1.0
    least = min(sum(one.not_above for one in sessions), sum(one.not_below for one in sessions))
    if sum(n for n, _ in key) > EXACT_RANKS:
        mean, sd = _moments(key)
        return min(1.0, normal_tail(max(0.0, (mean - least - 0.5) / sd)))
    return min(1.0, 2 * _tails(key)[least])


def _moments(key: tuple[tuple[int, int], ...]) -> tuple[float, float]:
    squares = sum(cap * (cap + 1) * (2 * cap + 1) / 6 + (n - cap) * cap**2 for n, cap in key)
    return sum(averages_of(n, cap) for n, cap in key) / 2, math.sqrt(squares) / 2


@lru_cache(maxsize=4096)
def _tails(key: tuple[tuple[int, int], ...]) -> tuple[float, ...]:
    """Return P(T ≤ t) for every t, where each score is in the sum or not by a coin's toss."""
    counts = [1]
    scores = [min(rank, cap) for n, cap in key for rank in range(1, n + 1)]
    for score in scores:
        longer = counts + [0] * score
        for total, count in enumerate(counts):
            longer[total + score] += count
        counts = longer
    whole = 1 << len(scores)
    return tuple(seen / whole for seen in accumulate(counts))
