"""Ranks, two samples, two modes."""

import math
from collections.abc import Iterable, Sequence
from itertools import groupby
from statistics import median
from typing import NamedTuple

from runner.statistics.median import known, robust_spread
from runner.statistics.student import normal_tail

FEWEST_FOR_MODES = 20
LEAST_MODE_SHARE = 0.15
GAP_IN_SPREADS = 3.0


class Modes(NamedTuple):
    """Two modes of a series: their medians, the value between them, and the lower one's share."""

    low: float
    high: float
    between: float
    low_share: float


def ranks(values: Sequence[float]) -> list[float]:
    """Return each value's rank from 1, ties sharing their mean rank; ValueError for a NaN."""
    if any(math.isnan(one) for one in values):
        message = "what is not known has no rank: NaN"
        raise ValueError(message)
    order = sorted(range(len(values)), key=values.__getitem__)
    result = [0.0] * len(values)
    place = 1
    for _, group in groupby(order, key=values.__getitem__):
        tied = list(group)
        for i in tied:
            result[i] = place + (len(tied) - 1) / 2
        place += len(tied)
    return result


def mann_whitney(first: Iterable[float | None], second: Iterable[float | None]) -> float:
    """Return the two-sided p of two unpaired samples (normal approximation, ties, continuity).

    None, NaN and what is infinite are left out; 1 where a sample is empty, or all values are equal.
    """
    first, second = known(first), known(second)
    together = [*first, *second]
    n, m, total = len(first), len(second), len(together)
    if not n or not m:
        return 1.0
    u = math.fsum(ranks(together)[:n]) - n * (n + 1) / 2
    sizes = [len(list(group)) for _, group in groupby(sorted(together))]
    ties = sum(size**3 - size for size in sizes) / (total * (total - 1))
    variance = n * m / 12 * (total + 1 - ties)
    if variance <= 0:
        return 1.0
    return normal_tail(max(0.0, abs(u - n * m / 2) - 0.5) / math.sqrt(variance))


def two_modes(values: Iterable[float | None]) -> Modes | None:
    """Return the two modes of a series of logarithms, or None where it has one.

    Two where the largest gap between neighbours, with at least 15 % of the values on either side,
    is 3 times the mean of the two sides' robust spreads or more; never with fewer than 20 values,
    of which None, NaN and what is infinite are none.
    """
    ordered = sorted(known(values))
    n = len(ordered)
    if n < FEWEST_FOR_MODES:
        return None
    least = math.ceil(LEAST_MODE_SHARE * n)
    cut = max(range(least, n - least + 1), key=lambda i: ordered[i] - ordered[i - 1])
    below, above = ordered[:cut], ordered[cut:]
    gap = above[0] - below[-1]
    if gap <= 0 or gap < GAP_IN_SPREADS * (robust_spread(below) + robust_spread(above)) / 2:
        return None
    return Modes(median(below), median(above), (below[-1] + above[0]) / 2, cut / n)
