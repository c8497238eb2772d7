"""Hodges-Lehmann: the pre-declared second opinion beside the median."""

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import median

from runner.statistics.median import UNKNOWN, Interval
from runner.statistics.student import normal_quantile

EXACT_RANKS = 60
"""Up to this N the signed-rank distribution is counted exactly, above it taken as normal."""


def hodges_lehmann(values: Sequence[float], level: float = 0.95) -> Interval:
    """Return the median of the Walsh averages with the interval of Wilcoxon's signed-rank test.

    The interval is exact up to N = 60 and by the normal approximation (with continuity
    correction) above; it assumes symmetry. Hollander & Wolfe, Nonparametric Statistics, §3.2-3.3.
    """
    if not values:
        return UNKNOWN
    walsh = sorted(
        (first + second) / 2 for i, first in enumerate(values) for second in values[: i + 1]
    )
    k = walsh_cut(len(values), level)
    if k == 0:
        return Interval(median(walsh), -math.inf, math.inf)
    return Interval(median(walsh), walsh[k - 1], walsh[-k])


@lru_cache(maxsize=4096)
def walsh_cut(n: int, level: float = 0.95) -> int:
    """Return k: the interval runs from the k-th smallest to the k-th largest Walsh average."""
    tail = (1 - level) / 2
    if n > EXACT_RANKS:
        sd = math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
        return math.floor(n * (n + 1) / 4 + 0.5 + normal_quantile(tail) * sd)
    counts = _rank_sum_counts(n)
    seen = 0
    for total, count in enumerate(counts):
        seen += count
        if seen > tail * 2**n:
            return total
    return 0


def _rank_sum_counts(n: int) -> list[int]:
    """Return how many of the 2^n sign patterns give each sum of positive ranks."""
    counts = [1]
    for rank in range(1, n + 1):
        longer = counts + [0] * rank
        for total, count in enumerate(counts):
            longer[total + rank] += count
        counts = longer
    return counts
