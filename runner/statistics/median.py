"""The median and its exact interval: of rates, and of sessions; comparisons have signed ranks."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from statistics import median
from typing import NamedTuple

EXACT_ROUNDS = 5000
"""Up to this N the binomial is summed in whole numbers, above it in floating point."""

MAD_TO_SD = 1.4826
"""Median absolute deviation → standard deviation, for normal values (1/Φ⁻¹(¾))."""


class Interval(NamedTuple):
    """An estimate with its interval, in the unit of the values that went in."""

    estimate: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Return half the interval's width, infinite where it has no bounds."""
        return (self.high - self.low) / 2

    def exp(self) -> "Interval":
        """Return the interval of the ratio where this one is of its logarithm."""
        return Interval(_exp(self.estimate), _exp(self.low), _exp(self.high))

    def excludes(self, value: float) -> bool:
        """Return whether the value lies outside the interval."""
        return value < self.low or value > self.high


def _exp(value: float) -> float:
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


UNKNOWN = Interval(math.nan, -math.inf, math.inf)
"""What is known of the median of no values."""


def binomial_tail(count: int, n: int) -> float:
    """Return P(Bin(n, ½) ≤ count)."""
    if count < 0:
        return 0.0
    tails = _tails(n)
    if count < len(tails):
        return tails[count]
    return 1.0 if count >= n else 1.0 - binomial_tail(n - count - 1, n)


@lru_cache(maxsize=1024)
def _tails(n: int) -> tuple[float, ...]:
    """Return P(Bin(n, ½) ≤ i) for every i below n/2."""
    n = int(n)  # an integer of numpy would overflow
    counts = range((n + 1) // 2)
    if n > EXACT_ROUNDS:
        peak = math.lgamma(n + 1) - n * math.log(2)
        logs = (peak - math.lgamma(i + 1) - math.lgamma(n - i + 1) for i in counts)
        return tuple(accumulate(math.exp(log) for log in logs))
    ways, whole = 1, 1 << n
    sums = [1]
    for i in counts[1:]:
        ways = ways * (n - i + 1) // i
        sums.append(sums[-1] + ways)
    return tuple(total / whole for total in sums)


@lru_cache(maxsize=65536)
def cut_each_side(n: int, level: float = 0.95) -> int:
    """Return k = max{k : P(Bin(n, ½) < k) ≤ alpha/2}: the interval runs from d_(k) to d_(n+1-k).

    0 means that n values are too few for bounds at this level (fewer than 6 at 95 %).
    """
    return bisect_right(_tails(n), (1 - level) / 2 * (1 + 1e-12)) if n else 0


def median_of(ordered: Sequence[float], level: float = 0.95) -> Interval:
    """Return the median of sorted values with its exact binomial order-statistic interval.

    It assumes independent values and nothing of their distribution; the bounds are infinite where
    there are too few (N < 6 at 95 %). Conover, Practical Nonparametric Statistics, §3.2.
    """
    n = len(ordered)
    if n == 0:
        return UNKNOWN
    middle = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    k = cut_each_side(n, level)
    if k == 0:
        return Interval(middle, -math.inf, math.inf)
    return Interval(middle, ordered[k - 1], ordered[n - k])


def known(values: Iterable[float | None]) -> list[float]:
    """Return the values that are known: without None, NaN, and what is infinite, as no rate is."""
    return [float(one) for one in values if one is not None and math.isfinite(one)]


def median_interval(values: Iterable[float | None], level: float = 0.95) -> Interval:
    """Return the median and its interval of the known ones of values in any order."""
    return median_of(sorted(known(values)), level)


def robust_spread(values: Iterable[float | None]) -> float:
    """Return s_r = 1.4826 · median |d - median d| of the known values, NaN for none."""
    there = known(values)
    if not there:
        return math.nan
    middle = median(there)
    return MAD_TO_SD * median(abs(value - middle) for value in there)
