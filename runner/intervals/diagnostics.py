"""What may be wrong with a series: trends, the order's effect, two modes."""

import math
from collections.abc import Sequence
from itertools import groupby
from statistics import fmean, median
from typing import NamedTuple

from runner.intervals.median import robust_spread
from runner.intervals.student import normal_tail, t_tail

FEWEST_FOR_MODES = 20
LEAST_MODE_SHARE = 0.15
GAP_IN_SPREADS = 3.0


class Correlation(NamedTuple):
    """Spearman's rho with its two-sided p; NaN and 1 where one side does not vary."""

    rho: float
    p: float


class OrderEffect(NamedTuple):
    """The median of d where a ran first minus where it ran second, with its two-sided p."""

    effect: float
    p: float


class Modes(NamedTuple):
    """Two modes of a series: their medians, the value between them, and the lower one's share."""

    low: float
    high: float
    between: float
    low_share: float


def ranks(values: Sequence[float]) -> list[float]:
    """Return each value's rank from 1, ties sharing their mean rank."""
    order = sorted(range(len(values)), key=values.__getitem__)
    result = [0.0] * len(values)
    place = 1
    for _, group in groupby(order, key=values.__getitem__):
        tied = list(group)
        for i in tied:
            result[i] = place + (len(tied) - 1) / 2
        place += len(tied)
    return result


def spearman(x: Sequence[float], y: Sequence[float]) -> Correlation:
    """Return Spearman's rank correlation; p by Student's t with N-2 degrees of freedom."""
    rank_x, rank_y = ranks(x), ranks(y)
    if len(x) < 3 or min(rank_x) == max(rank_x) or min(rank_y) == max(rank_y):
        return Correlation(math.nan, 1.0)
    mean_x, mean_y = fmean(rank_x), fmean(rank_y)
    cross = math.fsum((a - mean_x) * (b - mean_y) for a, b in zip(rank_x, rank_y, strict=True))
    square_x = math.fsum((a - mean_x) ** 2 for a in rank_x)
    square_y = math.fsum((b - mean_y) ** 2 for b in rank_y)
    rho = max(-1.0, min(1.0, cross / math.sqrt(square_x * square_y)))
    return Correlation(rho, correlation_p(rho, len(x)))


def correlation_p(rho: float, n: int) -> float:
    """Return the two-sided p of a rank correlation over n pairs."""
    if abs(rho) >= 1:
        return 0.0
    return t_tail(rho * math.sqrt((n - 2) / (1 - rho * rho)), n - 2)


def order_effect(values: Sequence[float], first: Sequence[bool]) -> OrderEffect:
    """Return what running first did to d: difference of medians, p by Mann-Whitney.

    `first` says for each value whether a ran before b. Normal approximation with correction for
    ties and continuity; effect NaN and p 1 where one of the orders never happened.
    """
    ahead = [value for value, was_first in zip(values, first, strict=True) if was_first]
    behind = [value for value, was_first in zip(values, first, strict=True) if not was_first]
    if not ahead or not behind:
        return OrderEffect(math.nan, 1.0)
    return OrderEffect(median(ahead) - median(behind), mann_whitney(ahead, behind))


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the two-sided p of two unpaired samples (normal approximation, ties, continuity)."""
    together = [*first, *second]
    n, m, total = len(first), len(second), len(together)
    u = math.fsum(ranks(together)[:n]) - n * (n + 1) / 2
    sizes = [len(list(group)) for _, group in groupby(sorted(together))]
    ties = sum(size**3 - size for size in sizes) / (total * (total - 1))
    variance = n * m / 12 * (total + 1 - ties)
    if variance <= 0:
        return 1.0
    return normal_tail(max(0.0, abs(u - n * m / 2) - 0.5) / math.sqrt(variance))


def two_modes(values: Sequence[float]) -> Modes | None:
    """Return the two modes of a series of logarithms, or None where it has one.

    Two where the largest gap between neighbours, with at least 15 % of the values on either side,
    is 3 times the mean of the two sides' robust spreads or more; never with fewer than 20 values.
    """
    n = len(values)
    if n < FEWEST_FOR_MODES:
        return None
    ordered = sorted(values)
    least = math.ceil(LEAST_MODE_SHARE * n)
    cut = max(range(least, n - least + 1), key=lambda i: ordered[i] - ordered[i - 1])
    below, above = ordered[:cut], ordered[cut:]
    gap = above[0] - below[-1]
    if gap <= 0 or gap < GAP_IN_SPREADS * (robust_spread(below) + robust_spread(above)) / 2:
        return None
    return Modes(median(below), median(above), (below[-1] + above[0]) / 2, cut / n)
