"""What stands for a comparison in one session: the one function that stopping and report share.

`estimates` takes series that share their rounds, as rows of an array; one series is one row. It
needs numpy, and is imported by name.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from runner.statistics.diagnostics import two_modes
from runner.statistics.median import UNKNOWN, Interval
from runner.statistics.signed_ranks import RankSum, averages_of, cap_of, cut

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FEWEST_ROUNDS = 6
"""Rounds below which no 95 % interval has bounds."""

LONG = 250
"""Above it not all N²/2 averages are made: see _chosen."""

AT_ONCE = 1 << 21
"""Averages made at a time."""


class Rounds(NamedTuple):
    """A comparison in one session, by round: ln rates, NaN where a trial was not ok.

    `control` is None where the block has none; `disturbed` is 1 where the machine's counters say
    that others had a hand in the round, 0 where not, NaN where that is not known.
    """

    a: Floats
    baseline: Floats
    control: Floats | None
    disturbed: Floats


class Estimate(NamedTuple):
    """An estimate of a log-ratio with its 95 and 90 % intervals, and what its test takes."""

    wide: Interval
    narrow: Interval
    ranks: RankSum


NOTHING = Estimate(UNKNOWN, UNKNOWN, RankSum(0, 0, 0, 0))


def compare(rounds: Rounds, bound: bool) -> Estimate:
    """Return the estimate of one comparison with the baseline in one session."""
    a, baseline, control, disturbed = rounds
    if control is not None and averages(rounds, bound):
        baseline = (baseline + control) / 2
    d = a - baseline
    known = ~np.isnan(d)
    counted = undisturbed(disturbed[known])
    return estimates(d[known][counted][None], bound)[0]


def averages(rounds: Rounds, bound: bool) -> bool:
    """Return whether `a` is compared with the mean of baseline and control: it has half the noise.

    So it is where processes are bound to cores, unless the baseline's own rates, over the rounds
    of `a` that count, have two modes: the mean would be of neither.
    """
    a, baseline, control, disturbed = rounds
    if control is None or not bound:
        return False
    took_part = ~np.isnan(a)
    counted = undisturbed(disturbed[took_part])
    own = np.concatenate([one[took_part][counted] for one in (baseline, control)])
    return two_modes(own[~np.isnan(own)].tolist()) is None


def undisturbed(disturbed: Floats) -> Flags:
    """Return which rounds count: those in which the counters saw no others, if they are enough.

    Where these are fewer than half, or too few for an interval that all rounds would have, all
    count, and the comparison is `loaded`. No ratio has a say in it.
    """
    calm: Flags = disturbed != 1
    count, all_rounds = int(calm.sum()), len(calm)
    if 2 * count < all_rounds or count < FEWEST_ROUNDS <= all_rounds:
        return np.ones(all_rounds, dtype=np.bool_)
    return calm


def estimates(rows: Floats, bound: bool) -> list[Estimate]:
    """Return the estimate of every row of log-ratios: half of all averages lie below it.

    Bound to cores: the pseudo-median of Hodges and Lehmann; free: that of ranks capped at N/2,
    which bears the rounds that the scheduler makes different.
    """
    n = rows.shape[1]
    if n == 0:
        return [NOTHING] * len(rows)
    cap = cap_of(n, bound)
    size, outer, inner = averages_of(n, cap), cut(n, cap), cut(n, cap, 0.90)
    places = [(size - 1) // 2, size // 2]
    for k in (outer, inner):
        places += [k - 1, size - k] if k else []
    ordered, found = np.sort(rows, axis=1), []
    step = max(1, AT_ONCE // size)
    for start in range(0, len(rows), step):
        some = ordered[start : start + step]
        if n > LONG:
            chosen = np.array([_chosen(row, cap, places) for row in some])
            up, down = (
                np.array([_partners(row, cap, 0.0, side).sum() for row in some])
                for side in ("right", "left")
            )
        else:
            earlier, later = _pairs(n, cap)
            averages = (some[:, earlier] + some[:, later]) / 2
            chosen = np.partition(averages, sorted(set(places)), axis=1)[:, places]
            up, down = (averages > 0).sum(axis=1), (averages >= 0).sum(axis=1)
        middle = (chosen[:, 0] + chosen[:, 1]) / 2
        ends = [np.full(len(some), end) for end in (-math.inf, math.inf, -math.inf, math.inf)]
        for place, values in zip(range(0 if outer else 2, 4), chosen.T[2:], strict=False):
            ends[place] = values
        columns = (middle, *ends, size - up, down)
        found += [
            Estimate(Interval(m, a, b), Interval(m, c, d), RankSum(n, cap, no, yes))
            for m, a, b, c, d, no, yes in zip(*(one.tolist() for one in columns), strict=True)
        ]
    return found


@lru_cache(maxsize=256)
def _pairs(n: int, cap: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the places of all pairs less than `cap` apart."""
    earlier, later = np.triu_indices(n)
    near = later - earlier < cap
    return earlier[near], later[near]


def _chosen(d: Floats, cap: int, places: Sequence[int]) -> list[float]:
    """Return the averages at these places in order, of one long sorted row.

    Averages are counted, not made, until a few are left around each place.
    """
    n = len(d)
    size = averages_of(n, cap)
    middle, scale = float(d[n // 2]), float(d[3 * n // 4] - d[n // 4]) / math.sqrt(n)
    levels = [float(d[0]) - 1.0, float(d[-1])]
    levels[1:1] = [min(max(middle + scale * at, levels[0]), levels[1]) for at in _GRID]
    more = [_partners(d, cap, level) for level in levels]
    below = [size - int(one.sum()) for one in more]
    found = []
    for place in places:
        for step in range(STEPS):
            at = bisect_right(below, place)
            low, high, between = levels[at - 1], levels[at], below[at] - below[at - 1]
            # A little below where it should be, then a little above; every third step halves.
            aside = (-0.4, 0.4)[step % 3 % 2] * n / between
            share = 0.5 if step % 3 == 2 else (place + 0.5 - below[at - 1]) / between + aside
            level = low + (high - low) * min(max(share, 0.01), 0.99)
            if between <= n or not low < level < high:
                break
            levels.insert(at, level)
            more.insert(at, _partners(d, cap, level))
            below.insert(at, size - int(more[at].sum()))
        at = bisect_right(below, place)
        count = more[at - 1] - more[at]
        later = np.repeat(np.arange(n), count)
        earlier = later + 1 - more[at - 1][later] + np.arange(len(later))
        earlier -= np.repeat(np.cumsum(count) - count, count)
        rest = place - below[at - 1]
        found.append(float(np.partition((d[earlier] + d[later]) / 2, rest)[rest]))
    return found


_GRID = (-1.8, -1.0, 0.0, 1.0, 1.8)
STEPS = 40


def _partners(
    d: Floats, cap: int, level: float, side: Literal["left", "right"] = "right"
) -> npt.NDArray[np.int64]:
    """Return for each value of a sorted row with how many others before it, less than `cap` away
    and itself included, its average lies above a level; on the level too from the left.
    """
    places = np.arange(len(d))
    first = np.searchsorted(d, 2 * level - d[::-1], side)[::-1]  # quick, since they ascend
    return np.maximum(0, places + 1 - np.maximum(first, places - cap + 1))
