"""Two modes of a cell whose processes the kernel places, and the ratio of two cells in each.

Left to itself, the kernel runs the processes of a trial on one core (`crowded`) or on several
(`spread`), which is worth a factor of two; the ratio over all trials is then one that no trial
shows. It needs numpy, and is imported by name. Hollander and Wolfe, §4.1-4.3, for the shift.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from runner.statistics.arrays import Floats, Series, only_known
from runner.statistics.median import UNKNOWN, Interval
from runner.statistics.pooling import pool
from runner.statistics.student import normal_quantile

Places = npt.NDArray[np.int64]

FEWEST_TRIALS = 12
"""Independent trials below which no modes are looked for."""

LEAST_SHARE = 0.15
"""Each mode has so many of the trials at least."""

LEAST_EXPLAINED = 0.75
"""Of the variance, what the two means explain: so much of an even spread, which has one mode."""

ROUNDING = 1e-9
"""Values that differ by less are taken as equal: a quotient of two times is not exact."""

EXACT_TRIALS = 60
"""Up to so many trials of both cells the distribution of pairs is counted, above it normal."""


class CellTrials(NamedTuple):
    """One cell in one session, by trial: CPU over wall, and ln rates."""

    cores: Series
    logs: Series


@dataclass(frozen=True, slots=True)
class Split:
    """Two modes: trials below `cut` are of the low one. `low` and `high` are the medians.

    `share` is that of the low one, a binomial interval over as many trials as are independent.
    """

    cut: float
    low: float
    high: float
    share: Interval


@dataclass(frozen=True, slots=True)
class InMode:
    """ln ratio of a over b in one mode, and how many trials of each it rests on."""

    ratio: Interval
    trials_a: int
    trials_b: int


@dataclass(frozen=True, slots=True)
class ByMode:
    """Cells a and b in each mode: crowded is the one in which fewer cores were used."""

    crowded: InMode
    spread: InMode


def by_mode(
    a: Sequence[CellTrials], b: Sequence[CellTrials], split_a: Split | None, split_b: Split | None
) -> ByMode | None:
    """Return a over b in each mode, by session; None where neither is split, or where there are
    too few trials for an interval in one of the modes.

    Unpaired: trials of one mode against all of the other cell's in the same mode and session; a
    cell that is not split is compared whole. Sessions are pooled as ratios are; one in which a cell
    has no trials adds nothing. ValueError unless both have the same number of sessions, and each
    trial has both figures.
    """
    if len(a) != len(b) or any(len(one.cores) != len(one.logs) for one in (*a, *b)):
        message = "two cells have the same sessions, and each trial has cores and a rate"
        raise ValueError(message)
    if split_a is None and split_b is None:
        return None
    found = []
    for high in (False, True):
        logs = [
            [_of_mode(one, cut, high) for one in cell] for cell, cut in ((a, split_a), (b, split_b))
        ]
        ratio = pool([shift(one, other) for one, other in zip(*logs, strict=True)]).interval
        if not math.isfinite(ratio.half_width):
            return None
        found.append(InMode(ratio, *(sum(len(one) for one in cell) for cell in logs)))
    return ByMode(*found)


def _of_mode(trials: CellTrials, cut: Split | None, high: bool) -> Floats:
    """Return the ln rates that are known, of the trials of one mode, or of all without a cut."""
    cores, logs = (np.array(one, dtype=np.float64) for one in trials)
    if cut is not None:
        logs = logs[cores >= cut.cut if high else cores < cut.cut]
    return np.asarray(logs[np.isfinite(logs)])


def split(series: Series) -> Split | None:
    """Return the two modes of one cell's values, given in the order of its trials, or None.

    Two where Hartigan's dip is larger than in 95 % of even spreads of so many independent trials
    (all distributions with one mode dip less: Hartigan and Hartigan, Ann. Stat. 13 (1985)), and
    where the best cut in two explains three quarters of the variance, with 15 % of the trials on
    either side. A series that drifts, or stays in one mode for long, has few independent trials:
    then it is the machine that changed. What is not known is left out.
    """
    values = only_known(series)
    n = len(values)
    if n < FEWEST_TRIALS:
        return None
    ordered = np.sort(values)
    centred = ordered - ordered.mean()
    least = math.ceil(LEAST_SHARE * n)
    below = np.arange(1, n)
    between = np.cumsum(centred)[:-1] ** 2 * n / (below * (n - below))
    count = least + int(between[least - 1 : n - least].argmax())
    best, total = between[count - 1], float(centred @ centred)
    apart = ordered[-1] - ordered[0] > ROUNDING * max(1.0, abs(float(ordered[-1])))
    if not apart or best < LEAST_EXPLAINED * total:
        return None
    if between[count - 2 : count + 1].max() > best:  # one of the modes has fewer trials
        return None
    independent = effective(values)
    if independent < FEWEST_TRIALS or dip(ordered) <= critical(independent):
        return None
    low, high = ordered[:count], ordered[count:]
    return Split(
        float(low[-1] + high[0]) / 2,
        float(np.median(low)),
        float(np.median(high)),
        share_of(count / n, independent),
    )


def share_of(share: float, n: float, level: float = 0.95) -> Interval:
    """Return the binomial interval of a share of n independent trials (Wilson 1927)."""
    z = normal_quantile((1 + level) / 2)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2) / (1 + z * z / n)
    return Interval(share, middle - reach, middle + reach)


def effective(series: Series) -> float:
    """Return how many independent values a series is worth: n over its correlation time.

    The correlations of neighbours at all distances are summed while they are positive, two by two
    (Geyer, Statist. Sci. 7 (1992), the initial positive sequence). What is not known is left out.
    """
    values = only_known(series)
    n = len(values)
    d = values - (values.mean() if n else 0.0)
    square = float(d @ d)
    if square <= 0:
        return float(n)
    correlation = np.fft.irfft(np.abs(np.fft.rfft(d, 2 * n)) ** 2, 2 * n)[:n] / square
    pairs = correlation[: n // 2 * 2].reshape(-1, 2).sum(axis=1)
    ends = np.flatnonzero(pairs <= 0)
    summed = pairs[: ends[0] if len(ends) else None].sum()
    return n / max(1.0, 2 * float(summed) - 1)


def dip(series: Series) -> float:
    """Return how far values lie from the nearest distribution with one mode: 0 to 1/4, 0 of none.

    Half the largest distance of the two distribution functions; P. M. Hartigan's algorithm AS 217
    (Appl. Statist. 34 (1985)) with the mending of later editions. Equal values are taken as
    rounded: see `_unrounded`.
    """
    x = _unrounded(np.sort(only_known(series)))
    n = len(x)
    if n == 0:
        return 0.0
    if x[0] == x[-1]:
        return 1 / (2 * n)
    before, after = _corners(x), n - 1 - _corners(-x[::-1])[::-1]
    low, high, found = 0, n - 1, 1.0
    while True:
        under, over = _chain(before, high, low)[::-1], _chain(after, low, high)
        at = np.concatenate([under, over])
        apart = np.interp(x[at], x[over], over + 1) - np.interp(x[at], x[under], under)
        if apart.max() < found:
            break
        widest = at[apart.argmax()]
        left, right = under[under <= widest][-1], over[over >= widest][0]
        rising, falling = np.arange(low, left + 1), np.arange(right, high + 1)
        found = max(
            found,
            float((rising + 1 - np.interp(x[rising], x[under], under)).max()),
            float((np.interp(x[falling], x[over], over + 1) - falling).max()),
        )
        if (left, right) == (low, high):
            break
        low, high = left, right
    return found / (2 * n)


def critical(n: float) -> float:
    """Return the dip that 95 % of samples of n values from an even spread stay below.

    Fitted to 3,000 to 20,000 samples of each of 12 to 2,000 values, within 1 %.
    """
    return (0.54 - 0.30 / math.sqrt(n)) / math.sqrt(n)


def _unrounded(ordered: Floats) -> Floats:
    """Return sorted values with equal ones spread evenly over the usual step between values.

    Else each value that occurs several times, as times in ticks do, would be a mode.
    """
    values, places, counts = np.unique(
        np.round(ordered / ROUNDING), return_inverse=True, return_counts=True
    )
    if len(values) in (1, len(ordered)):
        return ordered
    values *= ROUNDING
    step = float(np.median(np.diff(values)))
    nth = np.arange(len(ordered)) - (np.cumsum(counts) - counts)[places]
    spread = values[places] + step * ((nth + 0.5) / counts[places] - 0.5)
    return np.asarray(np.sort(spread))


def _corners(x: Floats) -> Places:
    """Return for each point (x, its place) the corner before it, of the greatest convex function
    below the points up to it.
    """
    values, before = x.tolist(), [0]
    for j in range(1, len(values)):
        a = j - 1
        while a:
            b = before[a]
            if (values[j] - values[a]) * (a - b) < (values[a] - values[b]) * (j - a):
                break
            a = b
        before.append(a)
    return np.array(before)


def _chain(following: Places, begin: int, end: int) -> Places:
    """Return the places from one to another, each leading to the next; none lies past the end."""
    found, nearer = [begin], min if begin < end else max
    while found[-1] != end:
        found.append(nearer(int(following[found[-1]]), end))
    return np.array(found)


def shift(a: Series, b: Series, level: float = 0.95) -> Interval:
    """Return the median of all differences a - b with the interval of Mann and Whitney's test.

    What is not known is left out; without bounds where the values are too few: fewer than 4 and 4
    at 95 %.
    """
    x, y = (np.sort(only_known(one)) for one in (a, b))
    size = len(x) * len(y)
    if not size:
        return UNKNOWN
    k = pairs_cut(*sorted((len(x), len(y))), level)
    middle = (_difference(x, y, (size - 1) // 2) + _difference(x, y, size // 2)) / 2
    if k == 0:
        return Interval(middle, -math.inf, math.inf)
    return Interval(middle, _difference(x, y, k - 1), _difference(x, y, size - k))


def _difference(x: Floats, y: Floats, place: int) -> float:
    """Return the difference x - y at a place in their order, by halving: there may be 10^7."""
    low, high = float(x[0] - y[-1]), float(x[-1] - y[0])
    for _ in range(60):
        middle = low + (high - low) / 2
        above = int(np.searchsorted(y, x - middle, "left").sum())
        low, high = (low, middle) if len(x) * len(y) - above > place else (middle, high)
    return high


@lru_cache(maxsize=4096)
def pairs_cut(n: int, m: int, level: float = 0.95) -> int:
    """Return k: the interval runs from the k-th smallest to the k-th largest difference, or 0."""
    tail = (1 - level) / 2
    if n + m > EXACT_TRIALS:
        sd = math.sqrt(n * m * (n + m + 1) / 12)
        return max(0, math.floor(n * m / 2 + 0.5 + normal_quantile(tail) * sd))
    # How many ways to each sum: the product over i of (1 - q^(m+i)) / (1 - q^i).
    ways = [1] + [0] * (n * m)
    for i in range(1, n + 1):
        for at in range(n * m, m + i - 1, -1):
            ways[at] -= ways[at - m - i]
        for at in range(i, n * m + 1):
            ways[at] += ways[at - i]
    most = tail * (1 + 1e-12) * math.comb(n + m, n)
    return sum(below <= most for below in accumulate(ways))
